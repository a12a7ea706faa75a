import type { Signal } from '../../../model/signal.ts'
import type { Draft } from '../../../signals/draft.ts'
import type { Format } from '../../../signals/format.ts'
import { at, listAt, type Members, prefixed, textAt } from '../../../signals/members.ts'
import { accessKeyOf, isDenied, namedByArn, principal, principalId, secretOf } from '../names.ts'

/** AWS CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element". */
export const cloudtrail: Format = {
  name: 'cloudtrail',
  fits: record =>
    typeof record['eventVersion'] === 'string' && 'eventSource' in record && 'eventName' in record,
  read(record) {
    const who = callerOf(record)
    const code = textAt(record, 'errorCode')
    return [
      {
        id: textAt(record, 'eventID'),
        time: record['eventTime'],
        cloud: 'aws',
        ...who,
        account: who.account ?? textAt(record, 'recipientAccountId'),
        recordedIn: digits(textAt(record, 'recipientAccountId')),
        action: actionOf(record),
        resource: resourceOf(record),
        outcome: outcomeOf(code, record),
        sourceIp: textAt(record, 'sourceIPAddress'),
        userAgent: textAt(record, 'userAgent'),
        details: { ...detailsOf(record, code), ...prefixed('request', record['requestParameters']) },
      },
    ]
  },
}

function actionOf(record: Members): string | undefined {
  const [source, name] = [textAt(record, 'eventSource'), textAt(record, 'eventName')]
  return source && name ? `${source.replace(/\.amazonaws\.com$/, '')}:${name}` : undefined
}

type Caller = Pick<Draft, 'identity' | 'account'>

/** Who is to be stopped: the user or role behind a session, and for a role that is assumed from outside that role. */
function callerOf(record: Members): Caller {
  const identity = record['userIdentity']
  const type = textAt(identity, 'type')
  const account = textAt(identity, 'accountId')
  const credential = accessKeyOf(textAt(identity, 'accessKeyId'))
  const { uid, session } = principalId(textAt(identity, 'principalId'))
  if (type === 'IAMUser') {
    const name = textAt(identity, 'userName') ?? namedByArn(textAt(identity, 'arn'))?.identity.name
    return { account, identity: { ...principal(account, 'user', name), uid, credential } }
  }
  if (type === 'AssumedRole' || type === 'Role') {
    return assumedBy(identity, { account, uid, session, credential })
  }
  if (type === 'FederatedUser') return federatedBy(identity, account, credential)
  if (type === 'IdentityCenterUser') return { account: digits(account), identity: centerUser(identity) }
  if (type === 'Root') return { account, identity: { kind: 'root', name: 'root', credential } }
  if (type === 'WebIdentityUser' || type === 'SAMLUser' || type === 'AWSAccount') {
    return assumedFromOutside(record) ?? { account: digits(account), identity: outsider(record) }
  }
  const anywhere = fromRolesAnywhere(record)
  if (anywhere !== undefined) return anywhere
  const name = textAt(identity, 'userName') ?? textAt(identity, 'invokedBy') ?? type
  return {
    account: digits(account),
    identity: { kind: type === 'AWSService' ? 'service' : type, name, uid, credential },
  }
}

interface Session {
  account: string | undefined
  uid: string | undefined
  session: string | undefined
  credential: string | undefined
}

/** The issuer's ARN has the role's own account and path, which the session's ARN has not. */
function assumedBy(identity: unknown, { account, uid, session, credential }: Session): Caller {
  const issuer = at(identity, 'sessionContext', 'sessionIssuer')
  const named = namedByArn(textAt(issuer, 'arn')) ?? namedByArn(textAt(identity, 'arn'))
  const own = named?.account ?? textAt(issuer, 'accountId') ?? account
  const name = named?.identity.name ?? textAt(issuer, 'userName')
  return { account: own, identity: { ...principal(own, 'role', name), uid, session, credential } }
}

/** A person of IAM Identity Center, by the id in its directory (CloudTrail, "userIdentity: onBehalfOf"). */
function centerUser(identity: unknown): Draft['identity'] {
  const uid = textAt(identity, 'onBehalfOf', 'userId')
  const name = textAt(identity, 'userName') ?? uid ?? textAt(identity, 'credentialId')
  return { kind: 'IdentityCenterUser', name, uid }
}

/**
 * The role that a certificate becomes: IAM Roles Anywhere assumes it as a service, and its own `CreateSession` is
 * called by nobody in IAM ("IAM Roles Anywhere and CloudTrail").
 */
function fromRolesAnywhere(record: Members): Caller | undefined {
  const source = textAt(record, 'eventSource')
  const invoker = textAt(record, 'userIdentity', 'invokedBy')
  const isSession =
    source === 'rolesanywhere.amazonaws.com' && textAt(record, 'eventName') === 'CreateSession'
  if (isSession)
    return becoming(
      record,
      textAt(record, 'responseElements', 'credentialSet', '0', 'assumedRoleUser', 'assumedRoleId'),
    )
  return source === 'sts.amazonaws.com' && invoker === 'rolesanywhere.amazonaws.com'
    ? assumedFromOutside(record)
    : undefined
}

/**
 * A federated session has the rights of the user who asked for it, so that the user is the one to stop. A record that
 * does not say who asked names the session alone.
 */
function federatedBy(identity: unknown, account: string | undefined, credential: string | undefined): Caller {
  const issuer = at(identity, 'sessionContext', 'sessionIssuer')
  const session = textAt(identity, 'arn')?.split('/').at(-1)
  const named = namedByArn(textAt(issuer, 'arn'))
  const { uid } = principalId(textAt(issuer, 'principalId'))
  if (
    textAt(issuer, 'type') === 'Root' ||
    /^arn:[\w-]+:iam::\d{12}:root$/.test(textAt(issuer, 'arn') ?? '')
  ) {
    return { account, identity: { kind: 'root', name: 'root', session, credential } }
  }
  if (named === undefined) {
    return { account, identity: { kind: 'federated-user', name: session, session, credential } }
  }
  return { account: named.account, identity: { ...named.identity, uid, session, credential } }
}

/** Web identities, SAML users and other accounts are not in the inventory; the role that they become is. */
function assumedFromOutside(record: Members): Caller | undefined {
  if (!textAt(record, 'eventName')?.startsWith('AssumeRole')) return undefined
  return becoming(record, textAt(record, 'responseElements', 'assumedRoleUser', 'assumedRoleId'))
}

/** The role in the request. @param assumed `AROA…:session` of the answer; a refused call has none */
function becoming(record: Members, assumed: string | undefined): Caller | undefined {
  const role = namedByArn(textAt(record, 'requestParameters', 'roleArn'))
  if (role === undefined) return undefined
  const { uid, session } = principalId(assumed)
  const asked = textAt(record, 'requestParameters', 'roleSessionName')
  return { account: role.account, identity: { ...role.identity, uid, session: asked ?? session } }
}

function outsider(record: Members): Draft['identity'] {
  const identity = record['userIdentity']
  const claims = at(record, 'additionalEventData', 'jwt', 'claims')
  const principal = textAt(identity, 'principalId')
  // Another account's role comes as `AROA…:session`: the session is not part of who it is.
  const { uid = principal, session } = principalId(principal)
  const name = textAt(claims, 'sub') ?? textAt(identity, 'userName') ?? uid
  return { kind: textAt(identity, 'type'), name: name ?? textAt(identity, 'accountId'), uid, session }
}

function digits(account: string | undefined): string | undefined {
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined
}

function outcomeOf(code: string | undefined, record: Members): Signal['outcome'] {
  if (code !== undefined) return isDenied(code) ? 'denied' : 'failure'
  return textAt(record, 'responseElements', 'ConsoleLogin') === 'Failure' ? 'denied' : 'success'
}

/** Parameters that name what was worked on, where the record has no `resources`. */
const TARGETS = [
  'roleArn',
  'policyArn',
  'functionName',
  'keyId',
  'tableName',
  'queueUrl',
  'topicArn',
  'roleName',
]

function resourceOf(record: Members): string | undefined {
  const request = record['requestParameters']
  const account = textAt(record, 'recipientAccountId')
  const secret = textAt(request, 'secretId')
  if (secret !== undefined) return secretOf(secret, textAt(record, 'awsRegion'), account)
  const bucket = textAt(request, 'bucketName')
  if (bucket !== undefined) {
    const key = textAt(request, 'key')
    return `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`
  }
  for (const resource of listAt(record, 'resources').slice(0, 10)) {
    const arn = textAt(resource, 'ARN')
    if (arn !== undefined) return arn
  }
  for (const name of [...TARGETS, 'userName']) {
    const target = textAt(request, name)
    if (target !== undefined) return target
  }
  return undefined
}

function detailsOf(record: Members, code: string | undefined): Members {
  const identity = record['userIdentity']
  const context = at(identity, 'sessionContext')
  const more = record['additionalEventData']
  return {
    eventSource: record['eventSource'],
    eventName: record['eventName'],
    eventType: record['eventType'],
    eventCategory: record['eventCategory'],
    region: record['awsRegion'],
    readOnly: record['readOnly'],
    errorCode: code,
    errorMessage: record['errorMessage'],
    recipientAccount: record['recipientAccountId'],
    sharedEventId: record['sharedEventID'],
    vpcEndpoint: record['vpcEndpointId'],
    userType: at(identity, 'type'),
    principalId: at(identity, 'principalId'),
    principalArn: at(identity, 'arn'),
    callerAccount: at(identity, 'accountId'),
    invokedBy: at(identity, 'invokedBy'),
    /** The subject of the token that a role was assumed with, e.g. `repo:acme/payments:ref:refs/heads/main`. */
    subject: textAt(record, 'responseElements', 'subjectFromWebIdentityToken') ?? webSubject(identity),
    identityProvider: at(identity, 'identityProvider'),
    federatedProvider: at(context, 'webIdFederationData', 'federatedProvider'),
    sourceIdentity: at(context, 'sourceIdentity'),
    sessionCreated: at(context, 'attributes', 'creationDate'),
    mfa: at(context, 'attributes', 'mfaAuthenticated'),
    /** The one function or task that the role's credentials were issued to. */
    issuedTo: at(identity, 'inScopeOf', 'credentialsIssuedTo'),
    /** The key of the session that this call opened. */
    issuedKey: accessKeyOf(textAt(record, 'responseElements', 'credentials', 'accessKeyId')),
    bearerToken: at(more, 'callWithBearerToken'),
    gatewayTool: at(record, 'requestParameters', 'body', 'params', 'name'),
    gatewayMethod: at(record, 'requestParameters', 'body', 'method'),
    gatewayScope: at(more, 'jwt', 'claims', 'scope'),
  }
}

function webSubject(identity: unknown): string | undefined {
  return textAt(identity, 'type') === 'WebIdentityUser' ? textAt(identity, 'userName') : undefined
}
