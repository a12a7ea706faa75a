import { identityId } from '../../model/identity.ts'
import type { CloudNames } from '../../signals/any-cloud.ts'
import type { Draft } from '../../signals/draft.ts'

const ACCOUNT = /^\d{12}$/
const NAME = /^[\w+=,.@-]{1,128}$/
const ARN = /^arn:(aws[a-z-]*):(iam|sts)::(\d{12}):(user|role|assumed-role)\/(.+)$/

/**
 * Returns the id of an identity of AWS. The inventory and the readers of records both make their ids here, so that an event
 * means the identity that a plan selects.
 *
 * @param account 12 digits
 */
export function awsId(account: string, kind: string, name: string): string {
  return identityId('aws', account, kind, name)
}

/** An access key id, permanent (`AKIA`) or of a session (`ASIA`). */
export function accessKeyOf(value: string | undefined): string | undefined {
  return value !== undefined && /^(?:AKIA|ASIA)[A-Z0-9]{12,60}$/.test(value) ? value : undefined
}

/** A resource's id without the type that findings put before it. */
export function withoutType(id: string | undefined): string | undefined {
  return id?.replace(/^AWS::IAM::AccessKey:/, '')
}

/** A user or role as the inventory has it; a name or account that IAM would not have gives no id. */
export function principal(
  account: string | undefined,
  kind: 'user' | 'role',
  name: string | undefined,
): { id?: string | undefined; kind: string; name: string | undefined } {
  const known = account !== undefined && ACCOUNT.test(account) && name !== undefined && NAME.test(name)
  return { id: known ? awsId(account, kind, name) : undefined, kind, name }
}

export interface Named {
  account: string
  identity: Draft['identity']
}

/**
 * Who an ARN of IAM or STS names. A user's and a role's ARN hold the path, which the inventory's id does not; the ARN
 * of an assumed role has none, and its last part is the session.
 */
export function namedByArn(arn: string | undefined): Named | undefined {
  const match = arn === undefined || arn.length > 1_000 ? null : ARN.exec(arn)
  if (match === null) return undefined
  const [, , , account = '', kind, rest = ''] = match
  if (kind === 'assumed-role') {
    const [name, session] = rest.split('/')
    return { account, identity: { ...principal(account, 'role', name), session } }
  }
  const name = rest.split('/').at(-1)
  return { account, identity: principal(account, kind === 'user' ? 'user' : 'role', name) }
}

/** The unique id of a role or user, and the session: `AROA…:session`. */
export function principalId(text: string | undefined): {
  uid?: string | undefined
  session?: string | undefined
} {
  const match = /^(A(?:ROA|IDA)[A-Z0-9]{8,60})(?::(.+))?$/s.exec(text ?? '')
  return { uid: match?.[1], session: match?.[2] }
}

/** A secret under one name, whether it was called by name, by ARN, or by the ARN without its random end. */
export function secretOf(
  secret: string | undefined,
  region: string | undefined,
  account: string | undefined,
): string | undefined {
  if (secret === undefined) return undefined
  if (secret.startsWith('arn:')) return secret.replace(/-[A-Za-z0-9]{6}$/, '')
  return `arn:aws:secretsmanager:${region ?? ''}:${account ?? ''}:secret:${secret}`
}

const DENIED =
  /^(?:Client\.)?(?:(?:\w+\.|Vpce)?AccessDenied\w*|UnauthorizedOperation|NotAuthorized(?:Exception)?|Unauthorized(?:Access)?(?:Exception)?|AuthorizationError(?:Exception)?|Forbidden(?:Exception)?|OperationNotPermitted\w*)$/

/** Whether an error code of AWS says that the caller may not; `VpceAccessDenied` is an endpoint policy's. */
export function isDenied(code: string): boolean {
  return DENIED.test(code)
}

/** How records of no cloud's own format name identities of AWS. */
export const names: CloudNames = {
  isName: text => text.startsWith('arn:'),
  identify: text => namedByArn(text),
  credentialIn: text => {
    const id = withoutType(text)
    return accessKeyOf(id) ?? (id === text ? undefined : id)
  },
  uniqueId(text) {
    const found = principalId(text)
    return found.uid === undefined ? undefined : found
  },
  byType({ account, name, type = '' }) {
    const kind = /role/i.test(type) ? 'role' : /user/i.test(type) ? 'user' : undefined
    return kind && principal(account, kind, name)
  },
}
