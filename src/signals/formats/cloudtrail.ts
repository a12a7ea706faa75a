import type { Signal } from '../../model/signal.ts'
import { accessKeyOf, namedByArn, principal, principalId, secretOf } from '../aws-names.ts'
import type { Draft } from '../draft.ts'
import type { Format } from '../format.ts'
import { at, listAt, type Members, prefixed, textAt } from '../members.ts'

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
  if (type === 'AssumedRole') return assumedBy(identity, { account, uid, session, credential })
  if (type === 'FederatedUser') return federatedBy(identity, account, credential)
  if (type === 'Root') return { account, identity: { kind: 'root', name: 'root', credential } }
  if (type === 'WebIdentityUser' || type === 'SAMLUser' || type === 'AWSAccount') {
    return assumedFromOutside(record) ?? { account: digits(account), identity: outsider(record) }
  }
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

/** A federated session has the rights of the user who asked for it, so that the user is the one to stop. */
function federatedBy(identity: unknown, account: string | undefined, credential: string | undefined): Caller {
  const issuer = at(identity, 'sessionContext', 'sessionIssuer')
  const session = textAt(identity, 'arn')?.split('/').at(-1)
  const named = namedByArn(textAt(issuer, 'arn'))
  const { uid } = principalId(textAt(issuer, 'principalId'))
  if (named === undefined) return { account, identity: { kind: 'root', name: 'root', session, credential } }
  return { account: named.account, identity: { ...named.identity, uid, session, credential } }
}

/** Web identities, SAML users and other accounts are not in the inventory; the role that they become is. */
function assumedFromOutside(record: Members): Caller | undefined {
  if (!textAt(record, 'eventName')?.startsWith('AssumeRole')) return undefined
  const role = namedByArn(textAt(record, 'requestParameters', 'roleArn'))
  if (role === undefined) return undefined
  const { uid } = principalId(textAt(record, 'responseElements', 'assumedRoleUser', 'assumedRoleId'))
  const session = textAt(record, 'requestParameters', 'roleSessionName')
  return { account: role.account, identity: { ...role.identity, uid, session } }
}

function outsider(record: Members): Draft['identity'] {
  const identity = record['userIdentity']
  const claims = at(record, 'additionalEventData', 'jwt', 'claims')
  const name = textAt(claims, 'sub') ?? textAt(identity, 'userName') ?? textAt(identity, 'principalId')
  return {
    kind: textAt(identity, 'type'),
    name: name ?? textAt(identity, 'accountId'),
    uid: textAt(identity, 'principalId'),
  }
}

function digits(account: string | undefined): string | undefined {
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined
}

const DENIED =
  /^(?:Client\.)?(?:AccessDenied(?:Exception)?|UnauthorizedOperation|NotAuthorized(?:Exception)?|Unauthorized(?:Access)?(?:Exception)?|AuthorizationError(?:Exception)?|Forbidden(?:Exception)?|KMS\.AccessDenied\w*|OperationNotPermitted\w*)$/

function outcomeOf(code: string | undefined, record: Members): Signal['outcome'] {
  if (code !== undefined) return DENIED.test(code) ? 'denied' : 'failure'
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
