import type { Besides, Right, Rights } from '../../model/capability.ts'
import { unlessBug } from '../../model/fault.ts'
import type { AwsClient } from './client.ts'
import { NO_GUARD } from './guard/access.ts'
import { type Simulated, simulated } from './settings/simulation.ts'
import { type WhoAmI, whoAmI } from './sign-in/caller.ts'

/** Made with the credentials that write guard policies. */
const OF_GUARD = /^organizations:/

const GUARDS = ['aws.user.guard', 'aws.role.guard']

/** Users and roles, of different paths, that are asked about: policies are often narrowed to a path. */
const SAMPLES = 3

const BASIS =
  'by IAM’s policy simulator on a few users and roles (it sees no service control policy with a condition, no session policy, no resource control policy)'

/**
 * Which permissions our own user or role has, by the policy simulator, and those of who writes guard policies by its own.
 * Reads only.
 *
 * @param me who we are in the account of `client`
 */
export async function rights(client: AwsClient, me: WhoAmI, permissions: readonly string[]): Promise<Rights> {
  const own = permissions.filter(each => !OF_GUARD.test(each))
  const guards = permissions.filter(each => OF_GUARD.test(each))
  const [held, guard] = await Promise.all([ownRights(client, me, own), guardRights(client, guards)])
  return { held: new Map([...held, ...guard.held]), besides: guard.besides, basis: BASIS }
}

type Held = Map<string, Right>

const all = (permissions: readonly string[], right: Right): Held =>
  new Map(permissions.map(each => [each, right]))

async function ownRights(client: AwsClient, me: WhoAmI, permissions: readonly string[]): Promise<Held> {
  if (permissions.length === 0) return new Map()
  const principal = await principalArn(client, me)
  if (typeof principal !== 'string') return all(permissions, { held: 'unknown', why: principal.because })
  const { account, partition } = me
  const arn = (resource: string) => `arn:${partition}:iam::${account}:${resource}`
  const [users, roles] = await Promise.all([samples(client, 'user'), samples(client, 'role')])
  const resources: { readonly [kind in Kind]: readonly string[] } = {
    user: users.length > 0 ? users : [arn('user/interdict-doctor')],
    role: roles.length > 0 ? roles : [arn('role/interdict-doctor')],
    principal: [...users.slice(0, 1), ...roles.slice(0, 1)],
    group: [arn('group/interdict-doctor')],
    'oidc-provider': [arn('oidc-provider/interdict-doctor.example.com')],
    policy: [arn('policy/interdict-doctor')],
    instance: [`arn:${partition}:ec2:us-east-1:${account}:instance/i-0123456789abcdef0`],
    any: ['*'],
  }
  const context = contextOf(me, principal)
  const found: Held = new Map()
  for (const kind of KINDS) {
    const actions = permissions.filter(each => kindOf(each) === kind)
    if (actions.length === 0) continue
    const on = resources[kind].length > 0 ? resources[kind] : ['*']
    for (const each of await simulated(client, { principal, actions, resources: on, context })) {
      found.set(...each)
    }
  }
  return found
}

async function guardRights(
  client: AwsClient,
  permissions: readonly string[],
): Promise<{ held: Held; besides: Besides[] }> {
  if (permissions.length === 0) return { held: new Map(), besides: [] }
  const { guard } = client
  const stages = ['contain', 'prove', 'restore'] as const
  if (guard === undefined || 'because' in guard) {
    const why = guard?.because ?? NO_GUARD
    // No credentials for it are configured: that is the reason, and no permission is missing.
    return {
      held: all(permissions, { held: 'yes' }),
      besides: [{ on: GUARDS, stages, answer: 'unavailable', why }],
    }
  }
  const besides: Besides[] = []
  let held: Held
  try {
    const as = await whoAmI(guard.client)
    const principal = await principalArn(guard.client, as)
    held =
      typeof principal === 'string'
        ? await simulated(guard.client, {
            principal,
            actions: permissions,
            resources: ['*'],
            context: contextOf(as, principal),
          })
        : all(permissions, { held: 'unknown', why: `${principal.because} as ${guard.as}` })
    for (const [permission, right] of held) {
      if (right.held === 'unknown') held.set(permission, { ...right, why: `${right.why} as ${guard.as}` })
    }
  } catch (error) {
    held = all(permissions, { held: 'unknown', why: unlessBug(error).message })
  }
  try {
    const { because } = await guard.read(client.account)
    if (because !== undefined) besides.push({ on: GUARDS, stages, answer: 'unavailable', why: because })
  } catch (error) {
    besides.push({ on: GUARDS, stages, answer: 'unknown', why: unlessBug(error).message })
  }
  return { held, besides }
}

/**
 * The ARN of our own user or role, as the simulator takes it. STS leaves out the path of a role, so it is read; a listing
 * of roles says it too.
 */
async function principalArn(client: AwsClient, me: WhoAmI): Promise<string | { because: string }> {
  if (me.type === 'user') return me.name
  const role = /:assumed-role\/([^/]+)\//.exec(me.name)?.[1]
  if (me.type !== 'role' || role === undefined) {
    return { because: 'the policy simulator is asked about users and roles only' }
  }
  const isOwn = (each: { RoleId?: string | undefined }) =>
    each.RoleId !== undefined && me.uids.includes(each.RoleId)
  try {
    const { Role } = await client.iam('GetRole', { RoleName: role })
    if (Role?.Arn !== undefined && isOwn(Role)) return Role.Arn
  } catch (error) {
    unlessBug(error)
  }
  try {
    for (let Marker: string | undefined; ; ) {
      const answer = await client.iam('ListRoles', Marker === undefined ? {} : { Marker })
      const found = (answer.Roles ?? []).find(isOwn)
      if (found?.Arn !== undefined) return found.Arn
      Marker = answer.IsTruncated ? answer.Marker : undefined
      if (Marker === undefined) break
    }
  } catch (error) {
    unlessBug(error)
  }
  return { because: 'iam:GetRole, which says the path of our own role' }
}

/** A few ARNs of the first page, each of another path as far as there are any; none where they may not be listed. */
async function samples(client: AwsClient, kind: 'user' | 'role'): Promise<string[]> {
  let listed: { Arn?: string | undefined; Path?: string | undefined }[]
  try {
    listed =
      kind === 'user'
        ? ((await client.iam('ListUsers', {})).Users ?? [])
        : ((await client.iam('ListRoles', {})).Roles ?? [])
  } catch (error) {
    unlessBug(error)
    return []
  }
  // AWS's own are changed by nobody.
  const usual = listed.filter(({ Path = '' }) => !/^\/aws-(service-role|reserved)\//.test(Path))
  const byPath = new Map(usual.toReversed().map(({ Path = '/', Arn = '' }) => [Path, Arn]))
  return [...byPath.values()].filter(arn => arn !== '').slice(-SAMPLES)
}

const KINDS = ['user', 'role', 'principal', 'group', 'oidc-provider', 'policy', 'instance', 'any'] as const

type Kind = (typeof KINDS)[number]

/** The type of resource that an action is about (Service Authorization Reference, IAM and EC2). */
function kindOf(action: string): Kind {
  if (action === 'iam:SimulatePrincipalPolicy') return 'principal'
  if (/^iam:(Add|Remove)User(To|From)Group$/.test(action)) return 'group'
  if (action === 'iam:GetPolicy') return 'policy'
  if (/^ec2:(Associate|Disassociate)IamInstanceProfile$/.test(action)) return 'instance'
  if (!action.startsWith('iam:') || /^iam:List(Users|Roles|OpenIDConnectProviders)$/.test(action))
    return 'any'
  if (action.endsWith('OpenIDConnectProvider')) return 'oidc-provider'
  if (/Role/.test(action)) return 'role'
  if (/User|AccessKey|ServiceSpecificCredential|SigningCertificate|SSHPublicKey/.test(action)) return 'user'
  return 'any'
}

/** Context keys that every request of ours has; MFA, addresses and tags are not known here. */
function contextOf(me: WhoAmI, principal: string): Simulated['context'] {
  const service = me.partition === 'aws-cn' ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com'
  return [
    { key: 'aws:PrincipalArn', type: 'string', value: principal },
    { key: 'aws:PrincipalAccount', type: 'string', value: me.account },
    { key: 'aws:PrincipalType', type: 'string', value: me.type === 'user' ? 'User' : 'AssumedRole' },
    { key: 'aws:SecureTransport', type: 'boolean', value: 'true' },
    { key: 'aws:ViaAWSService', type: 'boolean', value: 'false' },
    { key: 'iam:PassedToService', type: 'string', value: service },
    { key: 'organizations:PolicyType', type: 'string', value: 'SERVICE_CONTROL_POLICY' },
  ]
}
