import { principal } from '../clouds/aws/names.ts'
import { serviceAccount } from '../clouds/gcp/names.ts'
import type { LoggedGrant } from '../model/entry.ts'
import { isMembers, listAt, type Members, textAt } from './members.ts'
import { leaves } from './unwrap.ts'

/**
 * Who gave an identity a right, and when, in records of CloudTrail and Cloud Audit Logs, bare or in the wrappers that
 * clouds put around records. Entries are named as the `detach` interruptions name them. Records of anything else are
 * skipped.
 */
export function grantsIn(given: unknown): LoggedGrant[] {
  return [...leaves(given)].flatMap(leaf => {
    if (!('record' in leaf) || !isMembers(leaf.record)) return []
    return leaf.record['eventSource'] === 'iam.amazonaws.com' ? ofAws(leaf.record) : ofGoogle(leaf.record)
  })
}

/** By the call, what it gives: the kind of setting, and the parameter that names it. */
const CALLS: { readonly [call: string]: [setting: string, parameter: string] } = {
  AttachUserPolicy: ['attached', 'policyArn'],
  AttachRolePolicy: ['attached', 'policyArn'],
  PutUserPolicy: ['inline', 'policyName'],
  PutRolePolicy: ['inline', 'policyName'],
  AddUserToGroup: ['group', 'groupName'],
}

function ofAws(record: Members): LoggedGrant[] {
  const [setting, parameter] = CALLS[textAt(record, 'eventName') ?? ''] ?? []
  if (setting === undefined || parameter === undefined || record['errorCode'] !== undefined) return []
  const request = record['requestParameters']
  const what = textAt(request, parameter)
  const role = textAt(request, 'roleName')
  const name = role ?? textAt(request, 'userName')
  const identity = principal(
    textAt(record, 'recipientAccountId'),
    role === undefined ? 'user' : 'role',
    name,
  ).id
  const at = timeOf(record['eventTime'])
  if (what === undefined || identity === undefined || at === undefined) return []
  const by = textAt(record, 'userIdentity', 'arn') ?? textAt(record, 'userIdentity', 'userName')
  return [{ identity, entry: `${setting}/${what}`, at, ...(by === undefined ? {} : { by }) }]
}

/** What `SetIamPolicy` added (Cloud Audit Logs, `AuditData.policyDelta`), to service accounts. */
function ofGoogle(record: Members): LoggedGrant[] {
  const audit = record['protoPayload']
  const at = timeOf(record['timestamp'])
  const resource = textAt(audit, 'resourceName')
  if (at === undefined || resource === undefined) return []
  const by = textAt(audit, 'authenticationInfo', 'principalEmail')
  return listAt(audit, 'serviceData', 'policyDelta', 'bindingDeltas').flatMap(delta => {
    const role = textAt(delta, 'role')
    const email = /^serviceAccount:(.+)$/.exec(textAt(delta, 'member') ?? '')?.[1]
    if (textAt(delta, 'action') !== 'ADD' || role === undefined || email === undefined) return []
    const { id } = serviceAccount(email).identity
    if (id === undefined) return []
    return [{ identity: id, entry: `grant/${role}@${resource}`, at, ...(by === undefined ? {} : { by }) }]
  })
}

function timeOf(value: unknown): string | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}
