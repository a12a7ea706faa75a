import type { Limit } from '../throttle.ts'
import type { Inquiry } from './dispatch.ts'
import type { LiveEstate } from './estate.ts'
import { sessionOf } from './issue.ts'
import { routes } from './routes/index.ts'

/**
 * IAM publishes no rates. Users report that an account stands about 15 writes a second over all callers, and is
 * answered with `Throttling` beyond (hashicorp/terraform-provider-aws #44853, AWS Support on token buckets).
 */
const WRITES_A_SECOND = 15

/** The bucket that a call draws from: the writes to IAM of an account are one bucket for all of its callers. */
export function limitsOf(estate: LiveEstate, { service, operation, signature }: Inquiry): Limit[] {
  const route = Object.hasOwn(routes[service], operation) ? routes[service][operation] : undefined
  if (service !== 'iam' || route?.writes !== true || signature === undefined) return []
  const { accessKeyId, token } = signature
  const session = sessionOf(estate, accessKeyId, token)
  const account = session?.principal.account ?? estate.keyOwners.get(accessKeyId)?.account
  return account === undefined
    ? []
    : [{ bucket: `aws iam writes ${account}`, size: WRITES_A_SECOND, perSecond: WRITES_A_SECOND }]
}
