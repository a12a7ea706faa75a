import type { Signal } from '../../model/signal.ts'
import { codeOf, directoryPrincipal, guid, tenantIn } from '../azure-names.ts'
import type { Format } from '../format.ts'
import { at, isMembers, type Members, textAt } from '../members.ts'

const CATEGORIES: ReadonlySet<unknown> = new Set(['ServicePrincipalSignInLogs', 'ManagedIdentitySignInLogs'])

/**
 * Sign-ins of service principals and managed identities, as diagnostic settings send them ("AADServicePrincipalSignInLogs"
 * in the Azure Monitor reference; there in PascalCase, in an event hub in camelCase).
 */
export const entraSignIn: Format = {
  name: 'entra-sign-in',
  fits: record => CATEGORIES.has(record['category']) && isMembers(record['properties']),
  read(record, context) {
    const sign = record['properties']
    const managed = record['category'] === 'ManagedIdentitySignInLogs'
    const appId = textAt(sign, 'appId')
    const shown = textAt(sign, 'servicePrincipalName') ?? textAt(record, 'identity')
    const tenant =
      guid(textAt(record, 'tenantId')) ?? tenantIn(textAt(record, 'resourceId')) ?? guid(context.tenant)
    const code = codeOf(sign, 'status', 'errorCode') ?? codeOf(record, 'resultType')
    const objectId = textAt(sign, 'servicePrincipalId')
    const key = textAt(sign, 'servicePrincipalCredentialKeyId')
    return [
      {
        id: textAt(sign, 'id'),
        time: at(sign, 'createdDateTime') ?? record['time'],
        cloud: 'azure',
        account: tenant,
        identity: {
          ...directoryPrincipal(tenant, { objectId, appId, managed, shown }),
          // What the sign-in was made with: a failed one names no key, since none fitted.
          credential: key ?? guid(textAt(sign, 'federatedCredentialId')),
          session: textAt(sign, 'uniqueTokenIdentifier'),
        },
        action: textAt(record, 'operationName') ?? 'Sign-in activity',
        resource: textAt(sign, 'resourceDisplayName') ?? textAt(sign, 'resourceId'),
        outcome: outcomeOf(code, record),
        sourceIp: textAt(sign, 'ipAddress') ?? textAt(record, 'callerIpAddress'),
        country: textAt(sign, 'location', 'countryOrRegion') ?? textAt(record, 'location'),
        userAgent: textAt(sign, 'userAgent'),
        // Rows are put together by principal, status, address and resource, over an hour at most.
        count: at(sign, 'count'),
        details: detailsOf(sign, code, shown),
      },
    ]
  },
}

/** AADSTS 90xxx are faults of the service, as in "Microsoft Entra authentication and authorization error codes". */
function outcomeOf(code: number | undefined, record: Members): Signal['outcome'] {
  if (code === undefined) return textAt(record, 'resultType') === undefined ? 'success' : 'failure'
  if (code === 0) return 'success'
  return code >= 90_000 && code < 100_000 ? 'failure' : 'denied'
}

function detailsOf(sign: unknown, code: number | undefined, shown: string | undefined): Members {
  return {
    displayName: shown,
    appId: guid(textAt(sign, 'appId')),
    /** Where the application is registered: another tenant's is a third party's. */
    ownerTenant: guid(textAt(sign, 'appOwnerTenantId')),
    errorCode: code,
    failureReason: at(sign, 'status', 'failureReason'),
    credentialType: at(sign, 'clientCredentialType'),
    federatedCredential: at(sign, 'federatedCredentialId'),
    resourceId: at(sign, 'resourceId'),
    conditionalAccess: at(sign, 'conditionalAccessStatus'),
    asn: at(sign, 'autonomousSystemNumber'),
    city: at(sign, 'location', 'city'),
    risk: at(sign, 'riskLevelAggregated'),
    count: at(sign, 'count'),
    managedIdentityType: at(sign, 'managedIdentityType'),
    tokenType: at(sign, 'incomingTokenType'),
  }
}
