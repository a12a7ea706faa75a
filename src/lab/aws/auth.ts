import type { View } from '../propagation.ts'
import { type LiveEstate, roleArn, userArn } from './estate.ts'
import { sessionOf } from './issue.ts'
import type { Principal, Session } from './store.ts'
import { AwsError, isJson, type Service } from './wire.ts'

/** Whose credentials signed the call. */
export interface Caller {
  account: string
  /** As GetCallerIdentity shows it. */
  arn: string
  /** `AIDA…`, `AROA…:session` or `111122223333:name`. */
  userId: string
  accessKeyId: string
  kind: 'user' | 'session' | 'federated' | 'role'
  /** The user or role as the data plane knows it. */
  principal: Principal
  session?: Session
}

/** The readable parts of a SigV4 signature. */
export interface Signature {
  accessKeyId: string
  region: string
  service: string
  token: string | undefined
}

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/

/** undefined for a call that is not signed. */
export function signatureOf(headers: {
  readonly [name: string]: string | string[] | undefined
}): Signature | undefined {
  const { authorization } = headers
  const [, accessKeyId, region, service] = CREDENTIAL.exec(String(authorization ?? '')) ?? []
  if (accessKeyId === undefined || region === undefined || service === undefined) return undefined
  const token = headers['x-amz-security-token']
  return { accessKeyId, region, service, token: typeof token === 'string' ? token : undefined }
}

/**
 * The caller behind a signature. The signature itself is not computed again: the lab tells credentials apart by access
 * key and session token, which are what containment acts on; a wrong secret is nothing that it could bring about.
 * @throws AwsError when the credentials are unknown, inactive or expired
 */
export function authenticate(
  estate: LiveEstate,
  signature: Signature | undefined,
  service: Service,
  view: View,
  now: number,
): Caller {
  if (signature === undefined) {
    throw new AwsError('MissingAuthenticationToken', 403, 'Request is missing Authentication Token')
  }
  const { accessKeyId, token } = signature
  const session = sessionOf(estate, accessKeyId, token)
  if (session !== undefined) {
    if (session.token !== token) throw unknown(service)
    if (Date.parse(session.expires) <= now) throw expired(service)
    const caller = sessionCaller(estate, session, view)
    // Sessions of GetSessionToken without MFA and of GetFederationToken "cannot call any IAM API operations" (STS API
    // reference); IAM answers as if it did not know them.
    if (caller === undefined || (service === 'iam' && caller.kind !== 'role')) throw unknown(service)
    return caller
  }
  const owner = estate.keyOwners.get(accessKeyId)
  const user = owner && estate.accounts.get(owner.account)?.users.get(owner.user.toLowerCase(), view)
  const key = user?.accessKeys.find(({ id }) => id === accessKeyId)
  if (user === undefined || owner === undefined || key?.status !== 'Active' || token !== undefined) {
    throw unknown(service)
  }
  const arn = userArn(owner.account, user)
  return { account: owner.account, arn, userId: user.id, accessKeyId, kind: 'user', principal: { user } }
}

function sessionCaller(estate: LiveEstate, session: Session, view: View): Caller | undefined {
  const { kind, account, name, id } = session.principal
  const { accessKeyId } = session
  const within = estate.accounts.get(account)
  if (kind === 'role') {
    const role = within?.roles.get(name.toLowerCase(), view)
    if (role?.id !== id) return undefined
    const arn = `arn:aws:sts::${account}:assumed-role/${role.name}/${session.name}`
    return {
      account,
      arn,
      userId: `${id}:${session.name}`,
      accessKeyId,
      kind: 'role',
      principal: { role },
      session,
    }
  }
  const user = within?.users.get(name.toLowerCase(), view)
  if (user?.id !== id) return undefined
  const principal = { user }
  if (kind === 'user') {
    const arn = userArn(account, user)
    return { account, arn, userId: id, accessKeyId, kind: 'session', principal, session }
  }
  const arn = `arn:aws:sts::${account}:federated-user/${session.name}`
  return {
    account,
    arn,
    userId: `${account}:${session.name}`,
    accessKeyId,
    kind: 'federated',
    principal,
    session,
  }
}

/** The ARN that `aws:PrincipalArn` has: of a role session, the role's. */
export function principalArn({ account, arn, principal }: Caller): string {
  return 'role' in principal ? roleArn(account, principal.role) : arn
}

function unknown(service: Service): AwsError {
  const message = 'The security token included in the request is invalid.'
  if (isJson(service)) return new AwsError('UnrecognizedClientException', 400, message)
  if (service === 'ec2') {
    return new AwsError('AuthFailure', 401, 'AWS was not able to validate the provided access credentials')
  }
  return new AwsError('InvalidClientTokenId', 403, message)
}

function expired(service: Service): AwsError {
  const message = 'The security token included in the request is expired'
  if (isJson(service)) return new AwsError('ExpiredTokenException', 400, message)
  if (service === 'ec2') return new AwsError('RequestExpired', 400, 'Request has expired.')
  return new AwsError('ExpiredToken', 403, message)
}
