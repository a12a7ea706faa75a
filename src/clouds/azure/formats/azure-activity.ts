import type { Signal } from '../../../model/signal.ts'
import type { Draft } from '../../../signals/draft.ts'
import type { Format } from '../../../signals/format.ts'
import { at, isMembers, type Members, textAt } from '../../../signals/members.ts'
import { type Claims, claimed, claimsOf, codeOf, guid, resourceId } from '../names.ts'
import { lowered, valueAt } from './azure-row.ts'

/**
 * Azure's activity log as diagnostic settings send it ("Azure Activity Log event schema"), as the REST API and the CLI
 * list it ("Activity Logs - List": claims at the top, names in objects), as the table `AzureActivity` of Log Analytics has
 * it, and the same facts as Event Grid has them (`Microsoft.Resources.*`, "Azure subscription as an Event Grid source").
 */
export const azureActivity: Format = {
  name: 'azure-activity',
  fits: record =>
    (isMembers(at(record, 'identity', 'claims')) && 'operationName' in record) ||
    (isMembers(at(record, 'data', 'claims')) && isMembers(at(record, 'data', 'authorization'))) ||
    isListed(record) ||
    isRow(record),
  read(record, context) {
    const given = isRow(record) ? rowOf(record) : isListed(record) ? listedOf(record) : sentOf(record)
    // An operation that has only begun is logged again when it has ended.
    if (/^(?:start|started|accept|accepted)$/i.test(given.result ?? '')) return []
    return [draft(given, context.tenant)]
  },
}

/** An event, whichever way it came. */
interface Event {
  id: string | undefined
  time: unknown
  tenant: string | undefined
  /** Object id or user name, where a form gives one without claims. */
  caller?: string | undefined
  authorization: unknown
  claims: Claims
  operation: string | undefined
  result: string | undefined
  signature: string | undefined
  status: number | undefined
  resource: string | undefined
  address: string | undefined
  category: string | undefined
  correlationId: string | undefined
  level: unknown
}

function isListed(record: Members): boolean {
  return isMembers(record['claims']) && 'eventDataId' in record && 'operationName' in record
}

function isRow(record: Members): boolean {
  const table = textAt(record, 'Type') ?? textAt(record, 'type')
  if (/^AzureActivity$/i.test(table ?? '')) return true
  return 'OperationNameValue' in record && ('Claims' in record || 'Claims_d' in record)
}

/** Of diagnostic settings, or of Event Grid. */
function sentOf(record: Members): Event {
  const grid = isMembers(record['data']) ? record['data'] : undefined
  const said = grid ?? record
  const authorization = grid === undefined ? at(record, 'identity', 'authorization') : said['authorization']
  return {
    id:
      textAt(record, 'eventDataId') ??
      textAt(record, 'properties', 'eventDataId') ??
      (grid === undefined ? undefined : textAt(record, 'id')),
    time: record['time'] ?? record['eventTime'] ?? record['eventTimestamp'],
    tenant: textAt(said, 'tenantId'),
    authorization,
    claims: claimsOf(grid === undefined ? at(record, 'identity', 'claims') : said['claims']),
    operation: textAt(said, 'operationName'),
    result: textAt(grid, 'status') ?? textAt(record, 'resultType') ?? textAt(record, 'resultSignature'),
    signature: textAt(record, 'resultSignature'),
    status: codeOf(said, 'properties', 'statusCode'),
    resource: resourceId(said, 'resourceUri') ?? resourceId(record, 'resourceId'),
    address: textAt(record, 'callerIpAddress') ?? textAt(said, 'httpRequest', 'clientIpAddress'),
    category: textAt(record, 'category'),
    correlationId: textAt(said, 'correlationId'),
    level: record['level'],
  }
}

function listedOf(record: Members): Event {
  return {
    id: textAt(record, 'eventDataId'),
    time: record['eventTimestamp'] ?? record['submissionTimestamp'],
    tenant: textAt(record, 'tenantId'),
    caller: textAt(record, 'caller'),
    authorization: record['authorization'],
    claims: claimsOf(record['claims']),
    operation: valueAt(record, 'operationName'),
    result: valueAt(record, 'status'),
    signature: valueAt(record, 'subStatus'),
    status:
      codeOf(record, 'properties', 'statusCode') ?? statusOf(valueAt(record, 'properties', 'statusCode')),
    resource: resourceId(record, 'resourceId') ?? resourceId(record, 'resourceUri'),
    address: textAt(record, 'httpRequest', 'clientIpAddress'),
    category: valueAt(record, 'category'),
    correlationId: textAt(record, 'correlationId'),
    level: record['level'],
  }
}

/** In a table the tenant is only in the claims: `TenantId` is the workspace's. */
function rowOf(record: Members): Event {
  const row = lowered(record)
  const claims = claimsOf(row['claims_d'] ?? row['claims'])
  return {
    id: textAt(row, 'eventdataid'),
    time: row['timegenerated'] ?? row['eventsubmissiontimestamp'],
    tenant: undefined,
    caller: textAt(row, 'caller'),
    authorization: row['authorization_d'] ?? row['authorization'],
    claims,
    operation: textAt(row, 'operationnamevalue') ?? textAt(row, 'operationname'),
    result: textAt(row, 'activitystatusvalue') ?? textAt(row, 'activitystatus'),
    signature: textAt(row, 'activitysubstatusvalue') ?? textAt(row, 'activitysubstatus'),
    status: statusOf(textAt(row, 'properties_d', 'statusCode') ?? textAt(row, 'properties', 'statusCode')),
    resource: resourceId(row, '_resourceid') ?? resourceId(row, 'resourceid'),
    address: textAt(row, 'calleripaddress'),
    category: textAt(row, 'categoryvalue') ?? textAt(row, 'category'),
    correlationId: textAt(row, 'correlationid'),
    level: row['level'],
  }
}

/** A status as a number or as a word, such as `Forbidden`. */
function statusOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{3}$/.test(value)) return Number(value)
  return /^forbidden$/i.test(value) ? 403 : /^unauthorized$/i.test(value) ? 401 : undefined
}

function draft(event: Event, known: string | undefined): Draft {
  const { authorization, claims, operation, result } = event
  const tenant = guid(event.tenant) ?? claims.tenant ?? guid(known)
  const evidence = at(authorization, 'evidence')
  const principal = guid(textAt(evidence, 'principalId')) ?? guid(event.caller)
  const resource = event.resource ?? resourceId(authorization, 'scope')
  return {
    id: event.id,
    time: event.time,
    cloud: 'azure',
    account: tenant,
    identity: whoOf(event, tenant, principal),
    action: textAt(authorization, 'action') ?? operation?.toLowerCase(),
    resource,
    outcome: outcomeOf(event),
    sourceIp: event.address ?? claims.address,
    details: {
      appId: guid(claims.appId),
      operation,
      category: event.category,
      correlationId: event.correlationId,
      result,
      resultSignature: event.signature,
      scope: resourceId(authorization, 'scope'),
      role: at(evidence, 'role') ?? textAt(authorization, 'role'),
      roleAssignment: at(evidence, 'roleAssignmentId'),
      principalType: at(evidence, 'principalType'),
      managedIdentity: claims.managed,
      subscription: /\/subscriptions\/([^/]+)/i.exec(resource ?? '')?.[1],
      level: event.level,
    },
  }
}

/** A caller with an address is a person, also where a form leaves the claims out. */
function whoOf(
  { claims, caller }: Event,
  tenant: string | undefined,
  principal: string | undefined,
): Draft['identity'] {
  const noClaims = claims.objectId === undefined && claims.appId === undefined
  if (noClaims && caller?.includes('@')) return { kind: 'user', name: caller }
  return claimed(tenant, { ...claims, objectId: claims.objectId ?? principal })
}

function outcomeOf({ result, signature, status }: Event): Signal['outcome'] {
  if (/^succe/i.test(result ?? '')) return 'success'
  const refused = /forbidden|unauthorized|denied|AuthorizationFailed/i.test(
    `${signature ?? ''} ${result ?? ''}`,
  )
  return refused || status === 403 || status === 401 ? 'denied' : 'failure'
}
