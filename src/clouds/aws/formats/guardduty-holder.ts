import type { Draft } from '../../../signals/draft.ts'
import { at, isMembers, listAt, textAt } from '../../../signals/members.ts'
import { accessKeyOf, namedByArn, principal, principalId } from '../names.ts'

/** Whom a finding accuses. */
export interface Holder {
  /** The accused one's own, where the finding says so. */
  account?: string | undefined
  identity: Draft['identity']
}

const MOST_HOLDERS = 20

/**
 * Whom a finding of GuardDuty accuses, by its kind of resource: the holder of a key, the actors of an attack sequence,
 * the role of a function, the user or service account of a cluster, the instance profile of a machine ("GuardDuty
 * finding format", "Attack sequence finding details"). One that names nobody gives the resource alone.
 */
export function holdersOf(finding: unknown, account: string | undefined): Holder[] {
  const resource = at(finding, 'resource')
  const sequence = at(finding, 'service', 'detection', 'sequence')
  if (isMembers(sequence)) {
    const found = actorsOf(sequence, account)
    if (found.length > 0) return found
  }
  if (isMembers(at(resource, 'accessKeyDetails'))) {
    return [{ identity: keyHolder(at(resource, 'accessKeyDetails'), account) }]
  }
  const role = namedByArn(textAt(resource, 'lambdaDetails', 'role'))
  if (role !== undefined) return [role]
  const kubernetes = at(resource, 'kubernetesDetails', 'kubernetesUserDetails')
  if (isMembers(kubernetes)) return [{ identity: kubernetesUser(kubernetes) }]
  const profile = textAt(resource, 'instanceDetails', 'iamInstanceProfile', 'arn')
  if (profile !== undefined) return [{ identity: instanceProfile(profile) }]
  return [{ identity: { name: textAt(resource, 'lambdaDetails', 'functionName') } }]
}

/** "IAMUser" in a finding's type also means roles; `userType` tells them apart. */
export function keyHolder(details: unknown, account: string | undefined): Draft['identity'] {
  const name = textAt(details, 'userName')
  const { uid, session } = principalId(textAt(details, 'principalId'))
  const credential = accessKeyOf(textAt(details, 'accessKeyId'))
  return byType({ account, type: textAt(details, 'userType'), name, uid, session, credential })
}

interface Accused {
  account: string | undefined
  type: string | undefined
  name: string | undefined
  uid: string | undefined
  session: string | undefined
  credential: string | undefined
}

function byType({ account, type, name, uid, session, credential }: Accused): Draft['identity'] {
  if (type === 'AssumedRole' || type === 'Role') {
    return { ...principal(account, 'role', name), uid, session, credential }
  }
  if (type === 'IAMUser' || type === 'FederatedUser') {
    return { ...principal(account, 'user', name), uid, credential }
  }
  return { kind: type === 'Root' ? 'root' : type, name: name ?? credential, uid, credential }
}

/** Everybody that a sequence names: its actors; where those name nobody, the keys and profiles among its resources. */
function actorsOf(sequence: unknown, account: string | undefined): Holder[] {
  const actors = listAt(sequence, 'actors').slice(0, MOST_HOLDERS)
  const found = actors.flatMap((actor): Holder[] => {
    const user = at(actor, 'user')
    if (textAt(user, 'name') === undefined && textAt(user, 'uid') === undefined) return []
    const { uid, session } = principalId(textAt(user, 'uid'))
    const issuer = namedByArn(textAt(actor, 'session', 'issuer'))
    const own = textAt(user, 'account', 'uid') ?? account
    const credential = accessKeyOf(textAt(user, 'credentialUid'))
    if (issuer !== undefined)
      return [{ ...issuer, identity: { ...issuer.identity, uid, session, credential } }]
    const named = { type: textAt(user, 'type'), name: textAt(user, 'name'), uid, session, credential }
    return [{ account: own, identity: byType({ account: own, ...named }) }]
  })
  return found.length > 0 ? once(found) : once(resourcesOf(sequence, account))
}

function resourcesOf(sequence: unknown, account: string | undefined): Holder[] {
  const resources = listAt(sequence, 'resources').slice(0, MOST_HOLDERS)
  return resources.flatMap((resource): Holder[] => {
    const key = at(resource, 'data', 'accessKey')
    if (isMembers(key)) {
      const own = textAt(resource, 'accountId') ?? account
      const details = { ...key, accessKeyId: textAt(resource, 'uid') }
      return [{ account: own, identity: keyHolder(details, own) }]
    }
    const profile = textAt(resource, 'data', 'ec2Instance', 'iamInstanceProfile', 'arn')
    return profile === undefined ? [] : [{ identity: instanceProfile(profile) }]
  })
}

/** One of each: a session and its role are two actors, and one to stop. */
function once(holders: readonly Holder[]): Holder[] {
  const found = new Map<string, Holder>()
  for (const holder of holders) {
    const { id, uid, name } = holder.identity
    const key = id ?? uid ?? name ?? ''
    if (!found.has(key)) found.set(key, holder)
  }
  return [...found.values()]
}

/** As EKS names its users: AWS's authenticator gives the unique id of a role or user. */
function kubernetesUser(details: unknown): Draft['identity'] {
  const name = textAt(details, 'username')
  const [, unique] =
    /^aws-iam-authenticator:\d{12}:(A(?:ROA|IDA)\w+)$/.exec(textAt(details, 'uid') ?? '') ?? []
  const kind = name?.startsWith('system:serviceaccount:') ? 'kubernetes-service-account' : 'kubernetes-user'
  return { kind, name, uid: unique ?? textAt(details, 'uid'), session: listText(at(details, 'sessionName')) }
}

function listText(value: unknown): string | undefined {
  return textAt(Array.isArray(value) ? value[0] : value)
}

/** A profile holds one role, whose name it does not say. */
function instanceProfile(arn: string): Draft['identity'] {
  return { kind: 'instance-profile', name: arn.split('/').at(-1), uid: arn }
}
