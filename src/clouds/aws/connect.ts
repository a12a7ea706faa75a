import PQueue from 'p-queue'
import { z } from 'zod'
import { CloudClock } from '../../model/cloud-clock.ts'
import { Fault, toFault } from '../../model/fault.ts'
import type { Connected, ConnectOptions, Session } from '../../model/provider.ts'
import type { Lane } from '../kit/http/lane.ts'
import { type AwsClient, awsClient, type ClientOptions } from './client.ts'
import { guardOfEnvironment, guardSchema, openGuard } from './guard/access.ts'
import { GuardPolicies } from './guard/policy.ts'
import { ENTRY_PACE, PACE } from './http/pace.ts'
import { tokenPages } from './http/pages.ts'
import { openPool, type Pool } from './http/pool.ts'
import { awsLane } from './http/retry.ts'
import { configuredRegion, ownAgents } from './http/sdk.ts'
import { PATTERNS } from './scope-flags.ts'
import { openSession } from './session.ts'
import { assumedRole } from './sign-in/assumed-role.ts'
import { ownIssuer, type WhoAmI, whoAmI } from './sign-in/caller.ts'
import { cameThrough, inRegion, missingProfile, signInFault } from './sign-in/sign-in.ts'

/** `scope.aws` of a playbook. */
export const scopeSchema = z.strictObject({
  accounts: z
    .array(z.union([z.literal('self'), z.literal('organization'), z.string().regex(PATTERNS.account)]))
    .min(1)
    .default(['self']),
  /** Name, with its path if it has one, of the role to assume in accounts other than our own. */
  role: z.string().regex(PATTERNS.role).optional(),
  externalId: z.string().optional(),
  /** Regions whose instances are looked at; else the one of the environment. */
  regions: z.array(z.string().regex(PATTERNS.region)).min(1).optional(),
  guard: guardSchema.optional(),
})

type Scope = z.infer<typeof scopeSchema>

const labCredentials = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string().optional(),
  /** The role of the lab that writes guard policies. */
  guardRoleArn: z.string().optional(),
})

/** Accounts signed in to at once: each takes some five calls, three of them one after the other. */
const ACCOUNTS_AT_ONCE = 32

type Base = Omit<ClientOptions, 'lane' | 'account'> & { pool: Pool }

/** How we got in: what is the same for every account. */
interface Entrance {
  base: Base
  scope: Scope
  /** The caller, and what its credentials came through. */
  chain: readonly [WhoAmI, ...WhoAmI[]]
  own: AwsClient
  /** The same identity, for assuming the roles of other accounts. */
  door: AwsClient
  issuer: string | undefined
  lane: () => Lane
}

/**
 * Seconds. The policy simulator reads policies, and AWS publishes no bound for when they are enforced (IAM User Guide,
 * "Changes that I make are not always immediately visible"); a cut that was read back was seen to be without effect for
 * three to four seconds (OFFENSAI, "Eventual consistency").
 */
const EVALUATION_LEAD = 5

/** Signs in to every account of the scope. One that cannot be reached leaves the others. */
export async function connect(options: ConnectOptions): Promise<Connected<AwsClient>> {
  const checked = scopeSchema.safeParse(options.scope)
  if (!checked.success) {
    throw new Fault('invalid-playbook', `scope.aws: ${z.prettifyError(checked.error)}`, {
      where: 'scope.aws',
    })
  }
  const scope = checked.data
  const lane = () => awsLane(PACE, { rated: !options.lab, timing: options.timing })
  const base = await baseOf(options, scope)
  const first = awsClient({ ...base, account: '', lane: lane() })
  let me: WhoAmI
  try {
    me = await whoAmI(first)
  } catch (error) {
    const failed = signInFault(error)
    const fault = options.lab
      ? failed
      : ((await missingProfile(failed, options.environment ?? process.env)) ?? inRegion(failed, base.region))
    base.pool.close()
    return { sessions: [], unreached: [{ account: 'self', fault: fault.record() }] }
  } finally {
    first.close()
  }
  // Other accounts' credentials are refreshed through it, so it stays open.
  const own = awsClient({ ...base, account: me.account, partition: me.partition, lane: lane() })
  const problems: string[] = []
  const came: [WhoAmI, ...WhoAmI[]] = [
    me,
    ...(options.lab ? [] : await cameThrough(base, options.environment ?? process.env, problems)),
  ]
  const guarded = await guardedBy(options, scope, { base, own, chain: came }, problems)
  const door = awsClient({
    ...base,
    account: me.account,
    partition: me.partition,
    lane: awsLane(ENTRY_PACE, { rated: !options.lab, timing: options.timing }),
  })
  const entrance: Entrance = {
    base,
    scope,
    chain: guarded,
    own,
    door,
    issuer: options.lab ? undefined : await ownIssuer(options.environment ?? process.env),
    lane,
  }
  const connected: Connected<AwsClient> = { sessions: [], unreached: [] }
  const accounts = await accountsOf(entrance, connected)
  const queue = new PQueue({ concurrency: ACCOUNTS_AT_ONCE })
  const tried = await Promise.all(
    accounts.map(account => queue.add(() => attempt(account, entrance, options.signal))),
  )
  for (const each of tried) {
    if ('fault' in each) connected.unreached.push(each)
    else connected.sessions.push(each)
  }
  // A custom endpoint may be set for STS alone, and it answered who we are.
  const endpoint = first.endpoint()
  // Once, however many accounts there are.
  connected.sessions[0]?.warnings.push(...problems.map(message => ({ message, refuse: false })))
  for (const session of connected.sessions) {
    if (endpoint !== undefined) session.endpoint ??= endpoint
    // A lab's simulator says what the lab enforces.
    if (!options.lab) session.evaluationLead = EVALUATION_LEAD
  }
  onLastClose(connected.sessions, () => {
    for (const client of [own, door]) client.close()
    base.pool.close()
  })
  return connected
}

/** Calls `end` once every session is closed; at once where there is none. */
function onLastClose(sessions: readonly Session[], end: () => void): void {
  const open = new Set(sessions)
  if (open.size === 0) end()
  for (const session of sessions) {
    const { close } = session
    session.close = async () => {
      await close()
      if (open.delete(session) && open.size === 0) end()
    }
  }
}

/** For a lab all options are given; else the SDK looks at the environment, profiles and the machine. */
async function baseOf({ lab, run, callTimeout, timing }: ConnectOptions, scope: Scope): Promise<Base> {
  const region = (lab ? undefined : await configuredRegion()) ?? 'us-east-1'
  const common = {
    partition: 'aws',
    region,
    regions: scope.regions ?? [],
    clock: new CloudClock(),
    timing,
    pool: openPool(await ownAgents(lab?.endpoint)),
    ...(run === undefined ? {} : { run }),
    ...(callTimeout === undefined ? {} : { callTimeout }),
  }
  if (!lab) return common
  const checked = labCredentials.safeParse(lab.credentials)
  if (!checked.success) {
    throw new Fault('not-authenticated', `credentials of the lab: ${z.prettifyError(checked.error)}`)
  }
  const { sessionToken, ...keys } = checked.data
  const credentials = sessionToken === undefined ? keys : { ...keys, sessionToken }
  return { ...common, endpoint: lab.endpoint, credentials }
}

/**
 * Signs in as who writes guard policies, where the scope or the environment names one; the chain with all that it came
 * through: cutting it would cut the way back as well.
 */
async function guardedBy(
  { lab, environment = process.env }: ConnectOptions,
  scope: Scope,
  { base, own, chain }: Pick<Entrance, 'base' | 'own' | 'chain'>,
  problems: string[],
): Promise<Entrance['chain']> {
  const asked = scope.guard ?? (lab ? undefined : guardOfEnvironment(environment))
  if (asked === undefined) return chain
  const roleArn = labCredentials.safeParse(lab?.credentials).data?.guardRoleArn
  const found = await openGuard({ scope: asked, base, own, ...(lab ? { lab: { roleArn } } : {}) })
  if ('because' in found) {
    own.guard = found
    return chain
  }
  const [me, ...rest] = chain
  const { profile } = asked
  const source =
    lab || profile === undefined ? [] : await cameThrough(base, { AWS_PROFILE: profile }, problems)
  const whole: Entrance['chain'] = [me, ...rest, ...found.chain, ...source]
  own.guard = new GuardPolicies(
    found.client,
    found.chain[0].name,
    whole.flatMap(({ uids }) => uids),
  )
  return whole
}

async function attempt(account: string, entrance: Entrance, signal: AbortSignal | undefined) {
  const { chain, own, issuer } = entrance
  try {
    if (signal?.aborted) throw new Fault('interrupted', 'interrupted while signing in')
    return account === own.account ? await openSession(own, chain, issuer) : await assume(account, entrance)
  } catch (error) {
    return { account, fault: signInFault(error).record() }
  }
}

async function accountsOf(
  { scope, own }: Entrance,
  { unreached }: Pick<Connected, 'unreached'>,
): Promise<string[]> {
  const accounts = new Set<string>()
  for (const each of scope.accounts) {
    if (each === 'self') accounts.add(own.account)
    else if (each !== 'organization') accounts.add(each)
    else {
      try {
        for (const account of await organizationAccounts(own)) accounts.add(account)
      } catch (error) {
        unreached.push({ account: 'organization', fault: toFault(error).record() })
      }
    }
  }
  return [...accounts]
}

/** `State` is the successor of `Status`, which AWS announced to retire in 2026; an older endpoint has only the latter. */
async function organizationAccounts(client: AwsClient): Promise<string[]> {
  const accounts = await tokenPages(async next => {
    const page = await client.organizations('ListAccounts', next)
    return { items: page.Accounts ?? [], marker: page.NextToken }
  })
  return accounts.flatMap(({ Id, State, Status }) => ((State ?? Status) === 'ACTIVE' && Id ? [Id] : []))
}

async function assume(account: string, entrance: Entrance): Promise<Session<AwsClient>> {
  const { base, scope, chain, own, door, issuer, lane } = entrance
  const { partition } = own
  if (scope.role === undefined) {
    throw new Fault('not-authenticated', `no role is named by which account ${account} can be entered`, {
      where: 'scope.aws.role',
      next: 'add --role NAME, or name the role to assume there as scope.aws.role',
    })
  }
  const RoleArn = `arn:${partition}:iam::${account}:role/${scope.role.replace(/^\//, '')}`
  const credentials = assumedRole(door, RoleArn, { externalId: scope.externalId, run: base.run })
  const guard = own.guard === undefined ? {} : { guard: own.guard }
  const client = awsClient({ ...base, account, partition, credentials, lane: lane(), ...guard })
  try {
    const there = await whoAmI(client)
    if (there.account !== account) {
      throw new Fault('wrong-target', `expected account ${account}, got ${there.account}`)
    }
    return await openSession(client, [there, ...chain], issuer)
  } catch (error) {
    client.close()
    throw error
  }
}
