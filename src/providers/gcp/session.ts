import type { Identity } from '../../model/identity.ts'
import type { Session } from '../../model/provider.ts'
import { manual } from './advice.ts'
import type { SignIn } from './auth.ts'
import { callerOf, type Self, warningsFor } from './caller.ts'
import type { GcpClient } from './client.ts'
import { accountOf } from './common-facts.ts'
import { dependentsOf } from './dependents.ts'
import type { PolicyCache } from './grants.ts'
import { credentialsOf, emailOf, inventory, type Listing } from './inventory.ts'
import { sparesFor } from './spares.ts'

/** What the sessions of one credential share. */
export interface Common {
  chain: SignIn['chain']
  self: Self
  policies: PolicyCache
  /** Where the calls go, when it is not Google. */
  endpoint: string | undefined
}

/** A session of one project. Makes no call: there may be hundreds. */
export function openSession(
  client: GcpClient,
  common: Common,
  about: { displayName?: string | undefined; hidden: readonly string[] },
): Session<GcpClient> {
  const { chain, self, policies, endpoint } = common
  const { displayName, hidden } = about
  const account = accountOf(client)
  const warnings = warningsFor(chain)
  const warn = (message: string) => {
    if (!warnings.some(each => each.message === message)) warnings.push({ message, refuse: false })
  }
  for (const each of hidden) warn(`${each} may not be read: roles that are granted there are not seen`)
  const listing: Listing = { client, policies, warn }
  return {
    cloud: 'gcp',
    account,
    ...(displayName === undefined || displayName === account ? {} : { alias: displayName }),
    caller: callerOf(chain),
    ...(endpoint === undefined ? {} : { endpoint }),
    client,
    inventory: (query, tell) => inventory(listing, query, tell),
    credentials: async (owner: Identity) =>
      owner.kind === 'service-account' ? await credentialsOf(listing, emailOf(owner)) : [],
    dependents: dependentsOf(client),
    spares: sparesFor(self),
    manual,
    warnings,
    clockOffset: () => client.clockOffset(),
    calls: () => client.calls,
    close: async () => undefined,
  }
}
