import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { unreadable } from './grants.ts'

const CONSTRAINT = 'iam.allowServiceAccountCredentialLifetimeExtension'

/** An hour; twelve for an account that the constraint names (IAM documentation, "Create short-lived credentials"). */
const USUAL = 3600
const EXTENDED = 43_200

interface Effective {
  spec?: {
    rules?: {
      allowAll?: boolean
      denyAll?: boolean
      values?: { allowedValues?: string[]; deniedValues?: string[] }
    }[]
  }
}

/** Seconds that access tokens of an account may live at most, by its address; undefined where it may not be read. */
export type TokenLifetimes = (email: string) => number | undefined

/** One call a project. `warn` is called when it may not be read: the horizon of a restore is then taken to be an hour. */
export async function tokenLifetimes(
  client: GcpClient,
  warn: (message: string) => void,
): Promise<TokenLifetimes> {
  try {
    const { spec } = await client.call<Effective>(
      gcpCall(
        'GET',
        'orgpolicy.projects.policies.getEffectivePolicy',
        `/v2/projects/${client.project}/policies/${CONSTRAINT}:getEffectivePolicy`,
      ),
    )
    const rules = spec?.rules ?? []
    const named = (list: 'allowedValues' | 'deniedValues') =>
      new Set(rules.flatMap(({ values }) => values?.[list] ?? []).map(each => each.toLowerCase()))
    const [allowed, denied] = [named('allowedValues'), named('deniedValues')]
    const all = rules.some(({ allowAll }) => allowAll)
    return email => {
      const address = email.toLowerCase()
      const extended = !denied.has(address) && (all || denied.size > 0 || allowed.has(address))
      return extended ? EXTENDED : USUAL
    }
  } catch (error) {
    const { message } = unreadable(error)
    warn(
      `${client.project}: whether tokens may live for 12 hours is not known, so that they are taken to live for one: ${message}`,
    )
    return () => undefined
  }
}
