import type { Account } from './aws-account.ts'
import type { Entity, Part } from './aws-entities.ts'
import type { Expected } from './aws-person.ts'
import { inner, type Members, text } from './recordings.ts'

/** The reading that every interruption has to give of an identity, as a person finds it in the recorded answers. */

export interface ExpectedReading {
  uid: string
  facet: Members
  seen?: Members
}

const NO_GUARD =
  'no credentials for it: name an identity of the management account or of a delegated administrator as scope.aws.guard (profile or roleArn), or in INTERDICT_AWS_GUARD'

/** @param documents those that inline policies were served with, in turn */
export function readingOf(
  interruption: string,
  { kind, name, uid }: Expected,
  account: Account,
  documents: readonly Part<string>[],
): ExpectedReading {
  const [, , verb = ''] = interruption.split('.')
  if (kind === 'user' || kind === 'role') {
    const entity = (kind === 'user' ? account.users : account.roles).get(name)
    if (!entity) throw new Error(`no ${kind} ${name} was recorded`)
    return { uid, ...principal({ verb, kind, name, entity, account, documents }) }
  }
  if (kind === 'oidc-provider') {
    const audiences = account.providers.get(uid)?.value['ClientIDList'] as string[]
    return { uid, facet: Object.fromEntries(audiences.map(each => [`audience/${each}`, true])) }
  }
  return { uid, facet: { enabled: statusOf(kind, name, account) === 'Active' } }
}

function statusOf(kind: string, name: string, { users, services }: Account): string | undefined {
  const all: Members[] = [
    ...services.value,
    ...[...users.values()].flatMap(user =>
      [user.keys, user.sshKeys, user.certificates].flatMap(each => each?.value ?? []),
    ),
  ]
  const member: { [kind: string]: string } = {
    'access-key': 'AccessKeyId',
    'ssh-key': 'SSHPublicKeyId',
    'signing-certificate': 'CertificateId',
    'service-credential': 'ServiceSpecificCredentialId',
  }
  return text(
    all.find(each => each[member[kind] ?? ''] === name),
    'Status',
  )
}

interface Of {
  verb: string
  kind: 'user' | 'role'
  name: string
  entity: Entity
  account: Account
  documents: readonly Part<string>[]
}

/** Nothing of ours is in a recording: the only entries are of what the identity itself has. */
function principal(of: Of): { facet: Members; seen: Members } {
  const { verb, kind, entity, account } = of
  const quota = (name: string, documented: number) => {
    const said = inner(account.summary?.value, 'SummaryMap')?.[name]
    return typeof said === 'number' ? said : documented
  }
  const inlineQuota =
    kind === 'user' ? quota('UserPolicySizeQuota', 2048) : quota('RolePolicySizeQuota', 10_240)
  const attached = (entity.attached?.value ?? []).map(each => text(each, 'PolicyArn') ?? '')
  const boundary = text(inner(entity.self.value, 'PermissionsBoundary'), 'PermissionsBoundaryArn')
  const bounded = boundary === undefined ? {} : { boundary }
  const documents = documentsOf(of)
  const inlineUsed = Object.values(documents).reduce((sum, each) => sum + withoutSpace(each), 0)
  switch (verb) {
    case 'guard':
      return guardReading(of)
    case 'quarantine': {
      const attachedQuota =
        kind === 'user'
          ? quota('AttachedPoliciesPerUserQuota', 10)
          : quota('AttachedPoliciesPerRoleQuota', 10)
      const seen = {
        inlineUsed,
        inlineQuota,
        partition: 'aws',
        attachedCount: attached.length,
        attachedQuota,
      }
      return { facet: bounded, seen }
    }
    case 'disable': {
      const trust = decodeURIComponent(text(entity.self.value, 'AssumeRolePolicyDocument') ?? '%7B%7D')
      const limit = quota('AssumeRolePolicySizeQuota', 2048)
      // No recorded trust policy names a deleted principal, or an issuer that many share.
      return { facet: {}, seen: { size: withoutSpace(trust), quota: limit, orphans: [], missing: [] } }
    }
    case 'detach': {
      const facet = {
        ...bounded,
        ...prefixed('inline', documents),
        ...prefixed('attached', Object.fromEntries(attached.map(arn => [arn, true]))),
        ...prefixed(
          'group',
          Object.fromEntries((entity.groups?.value ?? []).map(each => [text(each, 'GroupName'), true])),
        ),
      }
      return { facet, seen: { ...policiesSeen(attached, account), inlineQuota, inlineUsed: 0 } }
    }
  }
  return { facet: {}, seen: { inlineUsed, inlineQuota } }
}

function policiesSeen(attached: readonly string[], { policies }: Account): Members {
  const recorded = attached.map(arn => [arn, policies.get(arn)?.value] as const)
  const own = recorded.filter(([arn, policy]) => policy && !arn.startsWith('arn:aws:iam::aws:'))
  return {
    defaultVersions: Object.fromEntries(
      recorded.map(([arn, policy]) => [arn, text(policy, 'DefaultVersionId') ?? null]),
    ),
    added: Object.fromEntries(
      own.map(([arn, policy]) => [
        `attached/${arn}`,
        { at: new Date(text(policy, 'CreateDate') ?? '').toISOString() },
      ]),
    ),
  }
}

function documentsOf({ entity, documents }: Of): { [policy: string]: string } {
  return Object.fromEntries(
    (entity.inline?.value ?? []).map((policy, index) => [
      policy,
      decodeURIComponent(documents[index % documents.length]?.value ?? ''),
    ]),
  )
}

function prefixed(setting: string, entries: Members): Members {
  return Object.fromEntries(Object.entries(entries).map(([name, value]) => [`${setting}/${name}`, value]))
}

function withoutSpace(document: string): number {
  return [...document].filter(each => each.trim() !== '').length
}

function guardReading({ kind, name, entity, account }: Of): { facet: Members; seen: Members } {
  const path = text(entity.self.value, 'Path') ?? '/'
  const arn = text(entity.self.value, 'Arn') ?? `arn:aws:iam::${account.id}:${kind}${path}${name}`
  const policy = `interdict-guard-${account.id}`
  const told = {
    [`guard/all/${arn}`]: `${policy}: deny all`,
    [`guard/undo/${arn}`]: `${policy}: deny what would undo`,
    [`guard/sessions/${arn}`]: `${policy}: deny older sessions`,
  }
  return { facet: {}, seen: { arn, told, because: NO_GUARD } }
}
