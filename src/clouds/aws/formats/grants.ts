import type { LoggedGrant } from '../../../model/entry.ts'
import { type Members, textAt, textTime } from '../../../signals/members.ts'
import { principal } from '../names.ts'

/** By the call, what it gives: the kind of setting, and the parameter that names it. */
const CALLS: { readonly [call: string]: [setting: string, parameter: string] } = {
  AttachUserPolicy: ['attached', 'policyArn'],
  AttachRolePolicy: ['attached', 'policyArn'],
  PutUserPolicy: ['inline', 'policyName'],
  PutRolePolicy: ['inline', 'policyName'],
  AddUserToGroup: ['group', 'groupName'],
}

/** Returns what a record of CloudTrail says was granted. Entries are named as the `detach` interruption names them. */
export function grantsIn(record: Members): LoggedGrant[] {
  if (record['eventSource'] !== 'iam.amazonaws.com') return []
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
  const at = textTime(record['eventTime'])
  if (what === undefined || identity === undefined || at === undefined) return []
  const by = textAt(record, 'userIdentity', 'arn') ?? textAt(record, 'userIdentity', 'userName')
  return [{ identity, entry: `${setting}/${what}`, at, ...(by === undefined ? {} : { by }) }]
}
