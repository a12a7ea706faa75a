import { Fault } from '../../model/fault.ts'
import type { Identity } from '../../model/identity.ts'
import type { Session } from '../../model/provider.ts'
import { rights } from './capabilities.ts'
import type { AwsClient } from './client.ts'
import { NO_GUARD } from './guard/access.ts'
import { guardState } from './guard/state.ts'
import { listAssociations } from './inventory/associations.ts'
import { assumableBy } from './inventory/assumable.ts'
import { roles } from './inventory/bulk-listing.ts'
import { credentialsOf } from './inventory/credentials.ts'
import { doubtsOf } from './inventory/doubts.ts'
import { inventory } from './inventory/inventory.ts'
import { Losses, type Warn } from './inventory/listing-losses.ts'
import { newcomers } from './inventory/newcomers.ts'
import { issuersOf } from './inventory/oidc-providers.ts'
import { isOfRoot, summaryWarning } from './inventory/root.ts'
import { sparesFor, undecidedIn } from './inventory/spares.ts'
import { undoes } from './self-restore-rights.ts'
import { selfOf, type WhoAmI, warningsFor } from './sign-in/caller.ts'
import { keyAccount } from './sign-in/key-account.ts'

/**
 * A session of a client that is signed in.
 *
 * @param chain who we are there, and what we came through
 * @param issuer the OIDC issuer of our own token, if we have one
 */
export async function openSession(
  client: AwsClient,
  chain: readonly [WhoAmI, ...WhoAmI[]],
  issuer: string | undefined,
): Promise<Session<AwsClient>> {
  const [me] = chain
  const [self, alias, ofRoot] = await Promise.all([
    selfOf(client, chain, issuer),
    aliasOf(client),
    summaryWarning(client),
  ])
  const endpoint = client.endpoint()
  const { guard } = client
  const warnings: Session['warnings'] = warningsFor(me)
  const warn: Warn = (message, kinds = []) => {
    const known = warnings.find(each => isOfRoot(each.message, me.account) && isOfRoot(message, me.account))
    if (known) known.message = message
    else if (!warnings.some(each => each.message === message)) {
      warnings.push({ message, refuse: false, ...(kinds.length > 0 ? { missing: kinds } : {}) })
    }
  }
  for (const undecided of undecidedIn(self)) warn(undecided)
  if (ofRoot !== undefined) warn(ofRoot)
  return {
    cloud: 'aws',
    account: me.account,
    ...(alias === undefined ? {} : { alias }),
    caller: { name: me.name, uids: [...self.uids] },
    ...(endpoint === undefined ? {} : { endpoint }),
    client,
    inventory: (query, tell) => inventory(client, query, tell, warn),
    credentials: async (owner, gap, kinds) =>
      owner.kind === 'user' ? await credentialsOf(client, me.account, owner.name, { gap, kinds }) : [],
    newcomers: since => newcomers(client, since),
    whereIs: (name, reached) => keyAccount(client, name, reached),
    dependents: dependentsOf(client),
    assumable: assumableBy(client),
    spares: sparesFor(self),
    undoes: identity => undoes(client, identity),
    rights: permissions => rights(client, me, permissions),
    doubts: doubtsOf(client),
    warnings,
    clockOffset: () => client.clockOffset(),
    calls: () => client.tally.operations,
    purposes: () => client.tally.purposes,
    guard: guardOf(guard ?? { because: NO_GUARD }, me.account),
    close: async () => {
      client.close()
      if (guard !== undefined && !('because' in guard)) guard.client.close()
    },
  }
}

/** The guard policy of this account, for `doctor` and for plans. */
function guardOf(guard: NonNullable<AwsClient['guard']>, account: string): NonNullable<Session['guard']> {
  if ('because' in guard) {
    return {
      as: undefined,
      state: async () => ({ ready: false, possible: false, text: guard.because }),
      prepare: async () => {
        throw new Fault('not-authenticated', guard.because, { where: 'scope.aws.guard' })
      },
    }
  }
  return {
    as: guard.as,
    state: async () => guardState(account, await guard.read(account)),
    prepare: () => guard.prepare(account),
  }
}

async function aliasOf(client: AwsClient): Promise<string | undefined> {
  // For display only, so that a lacking permission is no reason to stop.
  const { AccountAliases = [] } = await client
    .iam('ListAccountAliases', {})
    .catch(() => ({ AccountAliases: [] as string[] }))
  return AccountAliases[0]
}

/** Instances that a role is on, and roles that trust an OIDC provider; each listing is made once. */
function dependentsOf(client: AwsClient): (identity: Identity) => Promise<string[]> {
  let associations: ReturnType<typeof listAssociations> | undefined
  let trusting: Promise<Map<string, string[]>> | undefined
  return async ({ kind, name, facts }) => {
    if (kind === 'oidc-provider') {
      trusting ??= trustingRoles(client)
      return ((await trusting).get(name) ?? []).map(role => `role ${role} is assumed through it`)
    }
    const { instanceProfiles } = facts
    if (kind !== 'role' || !Array.isArray(instanceProfiles) || instanceProfiles.length === 0) return []
    associations ??= allAssociations(client)
    return (await associations)
      .filter(({ profile }) => instanceProfiles.includes(profile))
      .map(({ instance }) => `EC2 instance ${instance}`)
  }
}

/** Throws a refusal, also of one region: "nothing uses it" is said only if all were read. */
async function allAssociations(client: AwsClient): ReturnType<typeof listAssociations> {
  const losses = new Losses(() => undefined)
  const found = await listAssociations(client, losses)
  if (losses.fault) throw losses.fault
  return found
}

async function trustingRoles(client: AwsClient): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for await (const { name, facts } of roles(client)) {
    for (const issuer of issuersOf(facts)) found.set(issuer, [...(found.get(issuer) ?? []), name])
  }
  return found
}
