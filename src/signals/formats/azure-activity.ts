import type { Signal } from '../../model/signal.ts'
import { claimed, claimsOf, codeOf, guid, resourceId } from '../azure-names.ts'
import type { Draft } from '../draft.ts'
import type { Format } from '../format.ts'
import { at, isMembers, type Members, textAt } from '../members.ts'

/**
 * Azure's activity log as diagnostic settings send it ("Azure Activity Log event schema"), and the same facts as
 * Event Grid tells them (`Microsoft.Resources.*`, "Azure subscription as an Event Grid source").
 */
export const azureActivity: Format = {
  name: 'azure-activity',
  fits: record =>
    (isMembers(at(record, 'identity', 'claims')) && 'operationName' in record) ||
    (isMembers(at(record, 'data', 'claims')) && isMembers(at(record, 'data', 'authorization'))),
  read(record, context) {
    const grid = isMembers(record['data']) ? record['data'] : undefined
    const said = grid ?? record
    const result = textAt(grid, 'status') ?? textAt(record, 'resultType') ?? textAt(record, 'resultSignature')
    // What has only begun is told again when it has ended.
    if (/^(?:start|started|accept|accepted)$/i.test(result ?? '')) return []
    return [draft(record, said, result, context.tenant)]
  },
}

function draft(record: Members, said: Members, result: string | undefined, known: string | undefined): Draft {
  const authorization = said === record ? at(record, 'identity', 'authorization') : said['authorization']
  const claims = claimsOf(said === record ? at(record, 'identity', 'claims') : said['claims'])
  const tenant = guid(textAt(said, 'tenantId')) ?? claims.tenant ?? guid(known)
  const evidence = at(authorization, 'evidence')
  const principal = guid(textAt(evidence, 'principalId'))
  return {
    id: textAt(record, 'eventDataId') ?? textAt(record, 'properties', 'eventDataId') ?? gridId(record, said),
    time: record['time'] ?? record['eventTime'] ?? record['eventTimestamp'],
    cloud: 'azure',
    account: tenant,
    identity: claimed(tenant, { ...claims, objectId: claims.objectId ?? principal }),
    action: textAt(authorization, 'action') ?? textAt(said, 'operationName')?.toLowerCase(),
    resource:
      resourceId(said, 'resourceUri') ??
      resourceId(record, 'resourceId') ??
      resourceId(authorization, 'scope'),
    outcome: outcomeOf(result, textAt(record, 'resultSignature'), said),
    sourceIp:
      textAt(record, 'callerIpAddress') ?? textAt(said, 'httpRequest', 'clientIpAddress') ?? claims.address,
    details: {
      appId: guid(claims.appId),
      operation: at(said, 'operationName'),
      category: record['category'],
      correlationId: at(said, 'correlationId'),
      result: result,
      resultSignature: record['resultSignature'],
      scope: resourceId(authorization, 'scope'),
      role: at(evidence, 'role'),
      roleAssignment: at(evidence, 'roleAssignmentId'),
      principalType: at(evidence, 'principalType'),
      managedIdentity: claims.managed,
      subscription: /\/subscriptions\/([^/]+)/i.exec(
        textAt(said, 'resourceUri') ?? textAt(record, 'resourceId') ?? '',
      )?.[1],
      level: record['level'],
    },
  }
}

function gridId(record: Members, said: Members): string | undefined {
  return said === record ? undefined : textAt(record, 'id')
}

function outcomeOf(
  result: string | undefined,
  signature: string | undefined,
  said: Members,
): Signal['outcome'] {
  if (/^succe/i.test(result ?? '')) return 'success'
  const status = codeOf(said, 'properties', 'statusCode')
  const refused = /forbidden|unauthorized|denied|AuthorizationFailed/i.test(
    `${signature ?? ''} ${result ?? ''}`,
  )
  return refused || status === 403 || status === 401 ? 'denied' : 'failure'
}
