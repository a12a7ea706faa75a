import type { Signal } from '../../../model/signal.ts'
import type { Draft } from '../../../signals/draft.ts'
import type { Format } from '../../../signals/format.ts'
import { at, isMembers, listAt, type Members, textAt } from '../../../signals/members.ts'
import { directoryPrincipal, guid } from '../names.ts'
import { azureRow, lowered, tenantOf } from './azure-row.ts'

const CATEGORY = 'AuditLogs'
const MOST_TARGETS = 20

/**
 * The audit log of Microsoft Entra, where an attacker's new secret and somebody's undoing of a containment show: as
 * diagnostic settings send it, as the table `AuditLogs` has it, and as Microsoft Graph lists it ("directoryAudit
 * resource type").
 */
export const entraAudit: Format = {
  name: 'entra-audit',
  fits: record => rowOf(record) !== undefined,
  read(record, context) {
    const row = rowOf(record)
    if (row === undefined) return []
    const { said, around } = row
    const tenant = tenantOf(row, context.tenant)
    const targets = listAt(said, 'targetresources').slice(0, MOST_TARGETS)
    const initiator = at(said, 'initiatedby')
    return [
      {
        id: textAt(said, 'id'),
        time: at(said, 'activitydatetime') ?? around['time'] ?? around['timegenerated'],
        cloud: 'azure',
        account: tenant,
        identity: who(initiator, tenant),
        action: textAt(said, 'activitydisplayname') ?? textAt(around, 'operationname'),
        resource: textAt(targets[0], 'id') ?? textAt(targets[0], 'displayName'),
        outcome: outcomeOf(said),
        sourceIp: textAt(initiator, 'user', 'ipAddress') ?? textAt(around, 'calleripaddress'),
        userAgent: userAgentIn(said),
        details: detailsOf(said, initiator, targets),
      },
    ]
  },
}

function rowOf(record: Members): { said: Members; around: Members } | undefined {
  const row = azureRow(record)
  if (row !== undefined) return row.category === CATEGORY ? row : undefined
  const listed =
    'activityDisplayName' in record &&
    isMembers(record['initiatedBy']) &&
    Array.isArray(record['targetResources'])
  if (!listed) return undefined
  const said = lowered(record)
  return { said, around: said }
}

/** An application by its principal, or a user. */
function who(initiator: unknown, tenant: string | undefined): Draft['identity'] {
  const app = at(initiator, 'app')
  if (isMembers(app)) {
    return directoryPrincipal(tenant, {
      objectId: textAt(app, 'servicePrincipalId'),
      appId: textAt(app, 'appId'),
      managed: false,
      shown: textAt(app, 'displayName') ?? textAt(app, 'servicePrincipalName'),
    })
  }
  const user = at(initiator, 'user')
  const uid = guid(textAt(user, 'id'))
  return { kind: 'user', uid, name: textAt(user, 'userPrincipalName') ?? textAt(user, 'displayName') ?? uid }
}

function outcomeOf(said: Members): Signal['outcome'] {
  const result = textAt(said, 'result') ?? textAt(said, 'resulttype') ?? ''
  if (/^success$/i.test(result) || result === '' || result === '0') return 'success'
  const reason = `${textAt(said, 'resultreason') ?? ''} ${textAt(said, 'resultdescription') ?? ''}`
  return /denied|insufficient privileges|unauthori[sz]ed|forbidden/i.test(reason) ? 'denied' : 'failure'
}

function detailsOf(said: Members, initiator: unknown, targets: readonly unknown[]): Members {
  const changed = targets.flatMap(each => listAt(each, 'modifiedProperties').slice(0, 20))
  return {
    auditCategory: at(said, 'category'),
    operationType: at(said, 'operationtype') ?? at(said, 'aadoperationtype'),
    loggedBy: at(said, 'loggedbyservice'),
    result: at(said, 'result'),
    resultReason: at(said, 'resultreason'),
    correlationId: at(said, 'correlationid'),
    appId: guid(textAt(initiator, 'app', 'appId')),
    displayName: textAt(initiator, 'app', 'displayName'),
    targets: targets.map(each => textAt(each, 'id')).filter(each => each !== undefined),
    targetNames: targets.map(each => textAt(each, 'displayName')).filter(each => each !== undefined),
    targetTypes: targets.map(each => textAt(each, 'type')).filter(each => each !== undefined),
    changed: changed.map(each => textAt(each, 'displayName')).filter(each => each !== undefined),
    newValues: changed.map(each => textAt(each, 'newValue')).filter(each => each !== undefined),
  }
}

function userAgentIn(said: Members): string | undefined {
  const more = listAt(said, 'additionaldetails').slice(0, 20)
  return textAt(
    more.find(each => textAt(each, 'key') === 'User-Agent'),
    'value',
  )
}
