import type { LoggedGrant } from '../../../model/entry.ts'
import { listAt, type Members, textAt, textTime } from '../../../signals/members.ts'
import { serviceAccount } from '../names.ts'

/**
 * Returns what `SetIamPolicy` added to service accounts (Cloud Audit Logs, `AuditData.policyDelta`). Entries are named as the
 * `detach` interruption names them.
 */
export function grantsIn(record: Members): LoggedGrant[] {
  const audit = record['protoPayload']
  const at = textTime(record['timestamp'])
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
