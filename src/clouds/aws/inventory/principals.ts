import type { Facts, Identity } from '../../../model/identity.ts'
import type { AccessKeyMetadata, RoleDetail, UserDetail } from '../client.ts'
import { humanRole, humanUser } from '../kinds/human.ts'
import { trustOf } from '../kinds/trust.ts'
import { awsId } from '../names.ts'
import type { Reported } from './report.ts'

const DAY_MS = 86_400_000

/** The policy that AWS itself attaches to an identity whose key leaked; never ours to touch. */
const AWS_QUARANTINE = /:policy\/(AWSCompromisedKeyQuarantine(?:V\d+)?)$/

/** Facts of a user that GetAccountAuthorizationDetails does not have. */
interface Belongings {
  /** Its line of the credential report. */
  reported: Reported | undefined
  /** Access keys, listed afresh; undefined: they could not be. */
  keys: readonly AccessKeyMetadata[] | undefined
  /** Signing certificates, where they were listed. */
  certificates: readonly unknown[]
  /** Ids of the users with a live service-specific credential; undefined: those could not be listed. */
  bearers: ReadonlySet<string> | undefined
  /** Milliseconds since 1970. */
  now: number
}

/** A user of GetAccountAuthorizationDetails. */
export function userIdentity(
  account: string,
  user: UserDetail,
  { reported, keys, certificates, bearers, now }: Belongings,
): Identity {
  const id = awsId(account, 'user', user.UserName ?? '')
  const { UserName: name = '', UserId: uid = '', Path: path = '/' } = user
  const tags = tagsOf(user.Tags)
  const lastKey = latest(reported?.keys.map(({ lastUsed }) => lastUsed))
  const used: Use = reported ? { last: latest([lastKey, reported.passwordUsed]) } : 'unknown'
  const hasCertificate = certificates.length > 0 || (reported?.certificates ?? 0) > 0
  const human = humanUser({
    name,
    path,
    tags,
    password: reported?.password,
    passwordUsedDays: daysSince(reported?.passwordUsed, now),
    mfa: reported?.mfa,
    keys: keys?.some(({ Status }) => Status === 'Active'),
    otherCredentials: hasCertificate || bearers?.has(id),
    keyUsedDays: daysSince(lastKey, now),
  })
  return {
    id,
    uid,
    cloud: 'aws',
    account,
    kind: 'user',
    name,
    facts: {
      ...common({ path, tags, created: user.CreateDate, enabled: true, used }, now),
      ...grantsOf(user, user.UserPolicyList, user.GroupList),
      reserved: '',
      ...(keys ? { keys: keys.flatMap(({ AccessKeyId }) => (AccessKeyId ? [AccessKeyId] : [])) } : {}),
      ...(reported?.password === undefined ? {} : { password: reported.password }),
      ...(reported?.mfa === undefined ? {} : { mfa: reported.mfa }),
      human: { ...human },
    },
  }
}

export function roleIdentity(account: string, role: RoleDetail, now: number): Identity {
  const { RoleName: name = '', RoleId: uid = '', Path: path = '/' } = role
  const tags = tagsOf(role.Tags)
  const trust = trustOf(role.AssumeRolePolicyDocument)
  const { mfa: _, ...shown } = trust
  return {
    id: awsId(account, 'role', name),
    uid,
    cloud: 'aws',
    account,
    kind: 'role',
    name,
    facts: {
      ...common(
        {
          path,
          tags,
          created: role.CreateDate,
          enabled: true,
          // IAM keeps the last use of a role for 400 days ("never" is "not in that time").
          used: { last: role.RoleLastUsed?.LastUsedDate?.toISOString() },
        },
        now,
      ),
      ...grantsOf(role, role.RolePolicyList, undefined),
      reserved: reservedOf(path),
      trust: { ...shown },
      instanceProfiles: (role.InstanceProfileList ?? []).flatMap(({ Arn }) => (Arn ? [Arn] : [])),
      human: { ...humanRole({ name, path, tags, trust }) },
    },
  }
}

/** Roles that refuse every modification: "this role is only modifiable by AWS". */
function reservedOf(path: string): string {
  if (path.startsWith('/aws-service-role/')) return 'service-linked'
  return path.startsWith('/aws-reserved/') ? 'sso' : ''
}

function grantsOf(
  principal: UserDetail | RoleDetail,
  inline: { PolicyName?: string | undefined }[] | undefined,
  groups: string[] | undefined,
): Facts {
  const managed = (principal.AttachedManagedPolicies ?? []).flatMap(({ PolicyArn }) =>
    PolicyArn ? [PolicyArn] : [],
  )
  return {
    grants: {
      managed,
      inline: (inline ?? []).flatMap(({ PolicyName }) => (PolicyName ? [PolicyName] : [])),
      groups: groups ?? [],
      boundary: principal.PermissionsBoundary?.PermissionsBoundaryArn ?? '',
    },
    awsQuarantine: managed.flatMap(arn => AWS_QUARANTINE.exec(arn)?.[1] ?? []),
  }
}

/** The last use, undefined when there was none; `unknown` where AWS does not tell, which is not "never". */
export type Use = { last: string | undefined } | 'unknown'

/** The facts that every kind has. A `lastUsed` of null is "never"; a missing one is not known. */
export function common(
  of: {
    path?: string
    tags?: { [key: string]: string }
    created: Date | string | undefined
    enabled: boolean
    used: Use
  },
  now: number,
): Facts {
  const created = of.created === undefined ? undefined : new Date(of.created).toISOString()
  const { used } = of
  return {
    path: of.path ?? '/',
    tags: of.tags ?? {},
    enabled: of.enabled,
    ...(created === undefined ? {} : { created }),
    ...(used === 'unknown' ? {} : useFacts(used.last, created, now)),
  }
}

function useFacts(last: string | undefined, created: string | undefined, now: number): Facts {
  const since = daysSince(last ?? created, now)
  return {
    neverUsed: last === undefined,
    lastUsed: last ?? null,
    ...(since === undefined ? {} : { unusedDays: since }),
  }
}

function daysSince(time: string | undefined, now: number): number | undefined {
  return time === undefined ? undefined : Math.max(0, Math.floor((now - Date.parse(time)) / DAY_MS))
}

function latest(times: readonly (string | undefined)[] | undefined): string | undefined {
  return times
    ?.filter(time => time !== undefined)
    .sort()
    .at(-1)
}

/** Tag keys come from every principal that may tag; `__proto__` is a key like any other here. */
export function tagsOf(tags: { Key?: string | undefined; Value?: string | undefined }[] | undefined): {
  [key: string]: string
} {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
}
