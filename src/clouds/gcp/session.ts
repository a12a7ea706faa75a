import type { Identity } from '../../model/identity.ts'
import type { Query, Session } from '../../model/provider.ts'
import { manual } from './advice.ts'
import { rights } from './capabilities.ts'
import type { GcpClient } from './client.ts'
import { accountOf } from './inventory/common-facts.ts'
import { credentialsOf, emailOf } from './inventory/credentials.ts'
import { dependentsOf } from './inventory/dependents.ts'
import { doubtsOf } from './inventory/doubts.ts'
import type { PolicyCache } from './inventory/grants.ts'
import { inventory, type Listing } from './inventory/inventory.ts'
import { newcomers, present } from './inventory/newcomers.ts'
import { sparesFor } from './inventory/spares.ts'
import { undoes } from './self-restore-rights.ts'
import type { SignIn } from './sign-in/auth.ts'
import { callerOf, type Self, warningsFor } from './sign-in/caller.ts'

/** The state that the sessions of one credential share. */
export interface Common {
  chain: SignIn['chain']
  self: Self
  policies: PolicyCache
  /** Where the calls go, when it is not Google. */
  endpoint: string | undefined
  /** Whom calls are counted against when it was chosen; undefined: the project of the credentials. */
  quotaProject: string | undefined
  /** The project of the credentials, where it is known. */
  home: string | undefined
  /** The rehearsal's, in which nothing of the environment counts. */
  lab: boolean
}

/** A session of one project. Makes no call: there may be hundreds. */
export function openSession(
  client: GcpClient,
  common: Common,
  about: { displayName?: string | undefined },
): Session<GcpClient> {
  const { chain, self, policies, endpoint } = common
  const { displayName } = about
  const account = accountOf(client)
  const warnings: Session['warnings'] = warningsFor(chain)
  const warn: Listing['warn'] = (message, missing) => {
    if (warnings.some(each => each.message === message)) return
    warnings.push({ message, refuse: false, ...(missing === undefined ? {} : { missing }) })
  }
  for (const { resource, because } of client.hidden) {
    warn(`roles that are granted on ${resource} and above are not known: ${because}`)
  }
  const listing: Listing = { client, policies, warn, undecided: undefined }
  let listed: string[] | undefined
  const remember = (uids: string[]) => {
    listed = uids
  }
  return {
    cloud: 'gcp',
    account,
    ...(displayName === undefined || displayName === account ? {} : { alias: displayName }),
    caller: callerOf(chain),
    ...(endpoint === undefined ? {} : { endpoint }),
    client,
    inventory: (query, tell) => remembering(inventory(listing, query, tell), query, remember),
    // The plan has listed them a moment ago, unless it looked at a few alone.
    present: async () => listed ?? (await present(client)),
    newcomers: since => newcomers(client, since),
    credentials: async (owner, gap, kinds) =>
      owner.kind === 'service-account' ? await credentialsOf(client, emailOf(owner), gap, kinds) : [],
    dependents: dependentsOf(client),
    spares: sparesFor(self, () => listing.undecided),
    doubts: doubtsOf(client),
    rights: permissions => rights(client, permissions),
    undoes: identity => undoes(client, identity),
    manual,
    warnings,
    advice: quotaAdvice(account, common),
    clockOffset: () => client.clockOffset(),
    calls: () => client.tally.operations,
    purposes: () => client.tally.purposes,
    close: async () => undefined,
  }
}

/** Deny policies have five reads and five writes a minute of one project, which anybody who polls them there uses up. */
function quotaAdvice(account: string, { quotaProject, home, lab }: Common): string[] {
  if (lab) return []
  if (quotaProject !== undefined && quotaProject !== account) return []
  const payer = quotaProject ?? home ?? 'of the credentials'
  return [
    `calls for deny policies are counted against project ${payer}, 5 reads and 5 writes a minute: another program that polls deny policies in it keeps you out. Set GOOGLE_CLOUD_QUOTA_PROJECT to a project of your own that nobody else uses (serviceusage.services.use there)`,
  ]
}

/** Passes a listing on; one of all service accounts is remembered once it has come to its end. */
async function* remembering(
  identities: AsyncIterable<Identity>,
  { kinds, only }: Query,
  remember: (uids: string[]) => void,
): AsyncGenerator<Identity> {
  const uids: string[] = []
  for await (const identity of identities) {
    if (identity.kind === 'service-account') uids.push(identity.uid)
    yield identity
  }
  if (only === undefined && (kinds === undefined || kinds.includes('service-account'))) remember(uids)
}
