import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { azure } from '../../src/clouds/azure/provider.ts'
import { type AzureEstate, azureLab } from '../../src/lab/azure/index.ts'
import { SUBSCRIPTIONS, seedAzure } from '../../src/lab/azure/seed/index.ts'
import type { Provider } from '../../src/model/provider.ts'
import { overTls } from '../lab/azure/over-tls.ts'
import type { Case } from './case.ts'

/** All that the applications have in Azure is in this one. */
const SUBSCRIPTION = SUBSCRIPTIONS.production

/** The same for all: certificates have it in them. */
const AT = new Date().toISOString()

/** An application that people let in: its principal, a deny assignment, and everything that it may do. */
const playbookFor = (name: string) => `version: 1
name: stop-application
title: Stop an application
status: test
severity: high
scope:
  azure: { subscriptions: ["${SUBSCRIPTION}"] }
limit: { identities: 5, share: 1 }
ttl: 1h
steps:
  - name: the principal
    select: identity.kind == "service-principal" && identity.displayName == "${name}"
    interrupt: [quarantine, disable, detach]
`

export interface AzureCase extends Case {
  estate(): AzureEstate
}

/** @param name of an application that has roles in Azure, app roles and groups; the usual one has several of each, and grants */
export function azureCase(
  change: (estate: AzureEstate) => void = () => undefined,
  name = 'Mail Insights',
): AzureCase {
  const lab = azureLab(() => {
    const estate = seedAzure(AT)
    change(estate)
    return estate
  })
  return {
    provider: azure as Provider,
    scope: { subscriptions: [SUBSCRIPTION] },
    lab,
    playbook: playbookFor(name),
    changes: 3,
    fresh: () => azureCase(change, name),
    estate: () => lab.estate(),
    contained: () => isContained(lab.estate(), name),
    operations: {
      reads: [
        'GET /v1.0/servicePrincipals/{id}',
        'GET /v1.0/servicePrincipals/{id}/appRoleAssignments',
        'GET /v1.0/servicePrincipals/{id}/memberOf',
        'Microsoft.Authorization/roleAssignments/read',
        'Microsoft.Authorization/denyAssignments/read',
      ],
      probes: [],
      cuts: [
        'Microsoft.Authorization/denyAssignments/write',
        'PATCH /v1.0/servicePrincipals/{id}',
        'Microsoft.Authorization/roleAssignments/delete',
        'DELETE /v1.0/servicePrincipals/{id}/appRoleAssignments/{id}',
        'DELETE /v1.0/oauth2PermissionGrants/{id}',
        'DELETE /v1.0/groups/{id}/members/{id}/$ref',
      ],
      restores: [
        'Microsoft.Authorization/denyAssignments/delete',
        'PATCH /v1.0/servicePrincipals/{id}',
        'Microsoft.Authorization/roleAssignments/write',
        'POST /v1.0/servicePrincipals/{id}/appRoleAssignments',
        'POST /v1.0/oauth2PermissionGrants',
        'POST /v1.0/groups/{id}/members/$ref',
      ],
      isWrite: operation =>
        /^(PATCH|PUT|DELETE|POST) |\/(write|delete)$/.test(operation) && !operation.endsWith('/$batch'),
    },
    errors: {
      internal: { code: 'InternalServerError', status: 500 },
      conflict: { code: 'Directory_ConcurrencyViolation', status: 409 },
      denied: { code: 'Authorization_RequestDenied', status: 403 },
    },
    async environment(endpoint, folder) {
      const { endpoint: address, authority } = await overTls(endpoint)
      const trusted = join(folder, 'azure-ca.pem')
      await writeFile(trusted, authority)
      const { tenantId, clientId, clientSecret } = lab.estate().responder
      return {
        INTERDICT_AZURE_ENDPOINT: address,
        NODE_EXTRA_CA_CERTS: trusted,
        AZURE_TENANT_ID: tenantId,
        AZURE_CLIENT_ID: clientId,
        AZURE_CLIENT_SECRET: clientSecret,
      }
    },
  }
}

function isContained(
  { servicePrincipals, roleAssignments, appRoleAssignments, grants }: AzureEstate,
  name: string,
): boolean {
  const principal = servicePrincipals.find(({ displayName }) => displayName === name)
  if (!principal) return true
  const { id, accountEnabled } = principal
  return (
    accountEnabled === false &&
    !JSON.stringify([roleAssignments, appRoleAssignments]).includes(`"principalId":"${id}"`) &&
    !JSON.stringify(grants).includes(id)
  )
}
