import type { Signal } from '../../../model/signal.ts'
import { type Draft, ipOf, Unreadable } from '../../../signals/draft.ts'
import type { Format } from '../../../signals/format.ts'
import { at, isMembers, listAt, type Members, textAt } from '../../../signals/members.ts'
import {
  callerOf,
  federatedOf,
  isServiceAccount,
  KUBERNETES_ACCOUNT,
  keyOf,
  serviceAccount,
} from '../names.ts'

/** Google Cloud's LogEntry with an AuditLog inside ("Understand audit logs" in Google's Cloud Logging documentation). */
export const cloudAudit: Format = {
  name: 'cloud-audit',
  fits: record => isMembers(record['protoPayload']) && ('logName' in record || 'insertId' in record),
  read(record) {
    const audit = record['protoPayload']
    checkLog(textAt(record, 'logName'))
    const { account, identity } = actorOf(record)
    const permission = permissionOf(audit)
    if (isEndAlone(record, permission)) return []
    const method = textAt(audit, 'methodName')
    const caller = textAt(audit, 'requestMetadata', 'callerIp')
    const resource = textAt(audit, 'resourceName')
    return [
      {
        id: idOf(record),
        time: record['timestamp'] ?? record['receiveTimestamp'],
        cloud: 'gcp',
        account: account ?? projectOf(record),
        recordedIn: projectOf(record),
        identity: {
          ...identity,
          credential: keyOf(textAt(audit, 'authenticationInfo', 'serviceAccountKeyName')),
        },
        action: permission ?? method,
        // A new version of a secret is not another secret.
        resource: resource?.replace(/(\/secrets\/[^/]+)\/versions\/[^/]+$/, '$1'),
        outcome: outcomeOf(audit),
        sourceIp: caller,
        userAgent: textAt(audit, 'requestMetadata', 'callerSuppliedUserAgent'),
        details: {
          ...detailsOf(record, audit),
          method,
          permission,
          caller: ipOf(caller) ? undefined : caller,
        },
      },
    ]
  },
}

/**
 * Whether an entry only says that a long-running operation has ended. Its beginning has the permission and the caller's
 * request, and the two come in any order: a listing is newest first, and Pub/Sub has no order.
 */
function isEndAlone(record: Members, permission: string | undefined): boolean {
  const operation = record['operation']
  return at(operation, 'last') === true && at(operation, 'first') !== true && permission === undefined
}

/**
 * A long-running operation is logged at its start and its end, under two insert ids; every other entry is distinguished by
 * log, time and insert id.
 */
function idOf(record: Members): string | undefined {
  const operation = record['operation']
  const [first, last] = [at(operation, 'first') === true, at(operation, 'last') === true]
  const id = textAt(operation, 'id')
  if (id !== undefined && first !== last) return `${textAt(operation, 'producer') ?? ''}/${id}`
  const parts = [textAt(record, 'insertId'), textAt(record, 'timestamp'), textAt(record, 'logName')]
  return parts[0] === undefined ? undefined : parts.join(' ')
}

/**
 * A principal that may write log entries can write one that looks like an audit entry, but not to the logs of Cloud Audit Logs ("Cloud
 * Audit Logs overview": they are written by Google Cloud's services only).
 */
function checkLog(name: string | undefined): void {
  if (name === undefined || /\/logs\/cloudaudit\.googleapis\.com(?:%2F|\/)[a-z_]+$/i.test(name)) return
  throw new Unreadable(
    'an audit entry of another log than those of Cloud Audit Logs, which anybody may write to',
  )
}

function projectOf(record: Members): string | undefined {
  return (
    textAt(record, 'resource', 'labels', 'project_id') ??
    /^projects\/([^/]+)\//.exec(textAt(record, 'logName') ?? '')?.[1]
  )
}

/**
 * Who is to be stopped. A federated principal is not in the inventory; where it asks for a token of a service account,
 * that account is who acts from then on.
 */
function actorOf(record: Members): { account?: string | undefined; identity: Draft['identity'] } {
  const audit = record['protoPayload']
  const info = at(audit, 'authenticationInfo')
  const subject = textAt(info, 'principalSubject')
  const caller = callerOf(textAt(info, 'principalEmail'), subject)
  const { kind } = caller.identity
  if (kind !== 'federated-principal' && kind !== KUBERNETES_ACCOUNT) return caller
  const target = impersonated(record)
  if (target === undefined) return caller
  const { account, identity } = serviceAccount(target)
  const uid = textAt(record, 'resource', 'labels', 'unique_id')
  return { account, identity: { ...identity, uid, session: subject ?? textAt(info, 'principalEmail') } }
}

function impersonated(record: Members): string | undefined {
  const audit = record['protoPayload']
  if (textAt(audit, 'serviceName') !== 'iamcredentials.googleapis.com') return undefined
  const named = textAt(record, 'resource', 'labels', 'email_id')
  const asked = textAt(audit, 'request', 'name')?.split('/').at(-1)
  return [named, asked].find(isServiceAccount)
}

/** The permission that was looked for: the refused one where one was refused. */
function permissionOf(audit: unknown): string | undefined {
  const asked = listAt(audit, 'authorizationInfo').slice(0, 50)
  const refused = asked.find(
    each => at(each, 'granted') === false && textAt(each, 'permission') !== undefined,
  )
  return textAt(refused ?? asked[0], 'permission')
}

/** Codes are those of gRPC: 7 is PERMISSION_DENIED, 16 UNAUTHENTICATED. No status, or an empty one, is success. */
function outcomeOf(audit: unknown): Signal['outcome'] {
  const code = Number(at(audit, 'status', 'code') ?? 0)
  if (code === 7 || code === 16) return 'denied'
  return code === 0 ? 'success' : 'failure'
}

function detailsOf(record: Members, audit: unknown): Members {
  const info = at(audit, 'authenticationInfo')
  const subject = textAt(info, 'principalSubject') ?? textAt(audit, 'metadata', 'mapped_principal')
  const federated = federatedOf(subject)
  return {
    service: at(audit, 'serviceName'),
    log: textAt(record, 'logName')?.split('%2F').at(-1),
    severity: record['severity'],
    project: projectOf(record),
    statusCode: at(audit, 'status', 'code'),
    statusMessage: at(audit, 'status', 'message'),
    principalEmail: at(info, 'principalEmail'),
    principalSubject: subject,
    pool: federated?.pool,
    subject: federated?.subject,
    permissions: listAt(audit, 'authorizationInfo').map(each => textAt(each, 'permission')),
    /** Who stood behind the caller, in order. */
    delegation: listAt(info, 'serviceAccountDelegationInfo').map(
      each => textAt(each, 'principalSubject') ?? textAt(each, 'firstPartyPrincipal', 'principalEmail'),
    ),
    targetAccount: impersonated(record),
    requestName: at(audit, 'request', 'name'),
    version: /\/versions\/([^/]+)$/.exec(textAt(audit, 'resourceName') ?? '')?.[1],
  }
}
