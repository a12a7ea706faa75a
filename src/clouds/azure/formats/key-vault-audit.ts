import type { Signal } from '../../../model/signal.ts'
import type { Format } from '../../../signals/format.ts'
import { at, isMembers, type Members, textAt } from '../../../signals/members.ts'
import { claimed, claimsOf, codeOf, guid, resourceId } from '../names.ts'

/**
 * Key Vault's own log ("Azure Key Vault logging"): `identity.claim`, in the singular. It does not name the tenant
 * unless the token's claims do.
 */
export const keyVaultAudit: Format = {
  name: 'key-vault-audit',
  fits: record =>
    record['category'] === 'AuditEvent' &&
    isMembers(record['properties']) &&
    /\/providers\/microsoft\.keyvault\//i.test(textAt(record, 'resourceId') ?? ''),
  read(record, context) {
    const properties = record['properties']
    const claims = claimsOf(at(record, 'identity', 'claim'))
    const tenant = guid(textAt(record, 'tenantId')) ?? claims.tenant ?? guid(context.tenant)
    return [
      {
        time: record['time'],
        cloud: 'azure',
        account: tenant,
        identity: claimed(tenant, claims),
        action: textAt(record, 'operationName'),
        resource: objectOf(properties) ?? resourceId(record, 'resourceId'),
        outcome: outcomeOf(record),
        sourceIp: textAt(record, 'callerIpAddress'),
        userAgent: textAt(properties, 'clientInfo'),
        details: {
          appId: guid(claims.appId),
          vault: resourceId(record, 'resourceId'),
          correlationId: record['correlationId'],
          resultSignature: record['resultSignature'],
          resultDescription: record['resultDescription'],
          httpStatus: at(properties, 'httpStatusCode'),
          rbac: at(properties, 'isRbacAuthorized'),
          /** The role assignment that let it through. */
          roleAssignment: at(properties, 'appliedAssignmentId'),
          managedIdentity: claims.managed,
        },
      },
    ]
  },
}

/** The secret, key or certificate without its version, in one case: vaults keep none. */
function objectOf(properties: unknown): string | undefined {
  const url = textAt(properties, 'id') ?? textAt(properties, 'requestUri')
  const match = /^(https:\/\/[^/?#]+)(\/(?:secrets|keys|certificates|storage)\/[^/?#]+)?/i.exec(url ?? '')
  return match === null ? undefined : `${match[1] ?? ''}${match[2] ?? ''}`.toLowerCase()
}

function outcomeOf(record: Members): Signal['outcome'] {
  const status = codeOf(record['properties'], 'httpStatusCode')
  if (status === 401 || status === 403) return 'denied'
  if (status !== undefined) return status < 400 ? 'success' : 'failure'
  if (/^success/i.test(textAt(record, 'resultType') ?? '')) return 'success'
  return /forbidden|unauthorized/i.test(textAt(record, 'resultSignature') ?? '') ? 'denied' : 'failure'
}
