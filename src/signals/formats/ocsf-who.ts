import { accessKeyOf, namedByArn, principal, principalId } from '../../clouds/aws/names.ts'
import { anyIdentity, type Found } from '../any-cloud.ts'
import { at, isMembers, listAt, type Members, textAt } from '../members.ts'

const CLOUDS: { readonly [provider: string]: string } = {
  aws: 'aws',
  amazon: 'aws',
  gcp: 'gcp',
  google: 'gcp',
  'google cloud': 'gcp',
  azure: 'azure',
  microsoft: 'azure',
}

/** The cloud that a record of OCSF is from, as the product calls it. */
export function cloudOf(record: Members): string | undefined {
  return CLOUDS[(textAt(record, 'cloud', 'provider') ?? '').toLowerCase()]
}

/** A session's issuer is who it is a session of; without one, the user. */
export function who(record: Members, actor: unknown): Found {
  const user = at(actor, 'user')
  const names = [at(actor, 'session', 'issuer'), at(user, 'uid'), at(user, 'uid_alt'), at(user, 'email_addr')]
  const named = names.find(each => typeof each === 'string' && /^arn:|@|^(?:aws|gcp|azure):/.test(each))
  const unique = [at(user, 'uid_alt'), at(user, 'uid')].find(
    each => typeof each === 'string' && principalId(each).uid !== undefined,
  )
  const found = anyIdentity({
    cloud: cloudOf(record),
    account: textAt(user, 'account', 'uid') ?? textAt(record, 'cloud', 'account', 'uid'),
    uid: typeof named === 'string' ? named : textAt(user, 'uid'),
    name: textAt(user, 'name'),
    type: textAt(user, 'type'),
    session: textAt(actor, 'session', 'uid'),
    credential: textAt(user, 'credential_uid') ?? textAt(actor, 'session', 'credential_uid'),
  })
  const { uid, session } = typeof unique === 'string' ? principalId(unique) : {}
  const { identity } = found
  return {
    ...found,
    identity: { ...identity, uid: identity.uid ?? uid, session: session ?? identity.session },
  }
}

/** The kind of principal that a type of a resource names, e.g. of `AwsIamAccessKey`. */
const KEYS = /^(?:AwsIamAccessKey|AWS::IAM::AccessKey|ACCESS_KEY)$/i

/**
 * Whom the resources of a finding name: the holder of a key, of which AWS puts the details as JSON into `data`; a role or
 * user by its ARN; the owner of a resource.
 */
export function ofResources(record: Members): Found {
  const resources = listAt(record, 'resources').slice(0, 20)
  const account = textAt(record, 'cloud', 'account', 'uid')
  for (const resource of resources) {
    const key = KEYS.test(textAt(resource, 'type') ?? '') ? keyIn(resource, account) : undefined
    if (key !== undefined) return key
  }
  for (const resource of resources) {
    const named = namedByArn(textAt(resource, 'uid'))
    if (named !== undefined) return { cloud: 'aws', ...named }
  }
  return ofOwner(record, resources[0], account)
}

function keyIn(resource: unknown, account: string | undefined): Found | undefined {
  const data = dataOf(resource)
  const details = at(data, 'AwsIamAccessKey') ?? at(data, 'accessKey') ?? data
  const name =
    textAt(details, 'PrincipalName') ??
    textAt(details, 'UserName') ??
    textAt(details, 'userName') ??
    ownerName(resource)
  const type =
    textAt(details, 'PrincipalType') ??
    textAt(details, 'userType') ??
    textAt(resource, 'owner', 'type') ??
    'IAMUser'
  const { uid, session } = principalId(textAt(details, 'PrincipalId') ?? textAt(details, 'principalId'))
  const credential = accessKeyOf(textAt(resource, 'uid')?.replace(/^AWS::IAM::AccessKey:/, ''))
  const issuer = namedByArn(textAt(details, 'SessionContext', 'SessionIssuer', 'Arn'))
  if (issuer !== undefined) {
    return { cloud: 'aws', ...issuer, identity: { ...issuer.identity, uid, session, credential } }
  }
  if (name === undefined) return undefined
  const kind = /role/i.test(type) ? 'role' : 'user'
  const own = textAt(details, 'AccountId') ?? account
  return { cloud: 'aws', account: own, identity: { ...principal(own, kind, name), uid, session, credential } }
}

function ownerName(resource: unknown): string | undefined {
  return textAt(resource, 'owner', 'name') ?? textAt(resource, 'user', 'name')
}

/** `data` of a resource: an object, or one as JSON. */
function dataOf(resource: unknown): unknown {
  const data = at(resource, 'data')
  if (isMembers(data) || typeof data !== 'string') return data
  try {
    return JSON.parse(data) as unknown
  } catch {
    return undefined
  }
}

function ofOwner(record: Members, resource: unknown, account: string | undefined): Found {
  const owner = at(resource, 'user') ?? at(resource, 'owner')
  const uid = textAt(resource, 'uid')
  return anyIdentity({
    cloud: cloudOf(record),
    account,
    uid: textAt(owner, 'uid') ?? uid,
    name: textAt(owner, 'name') ?? textAt(resource, 'name') ?? uid,
    type: textAt(owner, 'type') ?? (owner === undefined ? textAt(resource, 'type') : 'user'),
    credential: uid?.replace(/^AWS::IAM::AccessKey:/, ''),
  })
}
