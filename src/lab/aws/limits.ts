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

/**
 * The bucket that a call draws from: `aws iam writes`, `aws iam reads`, … of an account are one bucket for all of its callers.
 * Only writes to IAM have a limit of their own; a lab may be started with limits for the others (`LabOptions.throttle`).
 */
export function limitsOf(estate: LiveEstate, { service, operation, signature }: Inquiry): Limit[] {
  const route = Object.hasOwn(routes[service], operation) ? routes[service][operation] : undefined
  if (route === undefined || signature === undefined) return []
  const { accessKeyId, token } = signature
  const session = sessionOf(estate, accessKeyId, token)
  const account = session?.principal.account ?? estate.keyOwners.get(accessKeyId)?.account
  if (account === undefined) return []
  const writes = route.writes === true
  const most = service === 'iam' && writes ? WRITES_A_SECOND : Number.POSITIVE_INFINITY
  return [
    { family: `aws ${service} ${writes ? 'writes' : 'reads'}`, owner: account, size: most, perSecond: most },
  ]
}
