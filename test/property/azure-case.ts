import { azureLab } from '../../src/lab/azure/index.ts'
import { guid, objectId, SUBSCRIPTIONS, seedAzure } from '../../src/lab/azure/seed/index.ts'
import type { AzureEstate } from '../../src/lab/azure/store.ts'
import type { Provider } from '../../src/model/provider.ts'
import { azure } from '../../src/providers/azure/index.ts'
import type { Case } from '../cases/case.ts'

/** The deployer of the documentation: its principal, its application and its trust; four changes, each of which writes once. */
const NAME = 'docs-deploy'

const PLAYBOOK = `version: 1
name: stop-docs-deploy
title: Stop the deployer of the documentation
status: test
severity: high
scope:
  azure: {}
limit: { identities: 5, share: 1 }
ttl: 1h
steps:
  - name: its principal
    select: identity.kind == "service-principal" && identity.name == "${objectId(NAME)}"
    interrupt:
      - use: quarantine
        params: { scopes: ["/subscriptions/${SUBSCRIPTIONS.production}"] }
      - disable
  - name: its application
    select: identity.kind == "application" && identity.name == "${guid(`application ${NAME}`)}"
    interrupt: [disable]
  - name: its trust
    select: identity.kind == "federated-credential" && identity.objectId == "${guid(`application ${NAME}`)}"
    interrupt: [disable]
`

export interface AzureCase extends Case {
  estate(): AzureEstate
}

export function azureCase(change: (estate: AzureEstate) => void = () => undefined): AzureCase {
  const lab = azureLab(() => {
    const estate = seedAzure(new Date().toISOString())
    // Never set, it would come back as not set off, which means the same and reads otherwise.
    for (const each of [...estate.applications, ...estate.servicePrincipals]) each.isDisabled ??= false
    change(estate)
    return estate
  })
  return {
    provider: azure as Provider,
    scope: {},
    lab,
    playbook: PLAYBOOK,
    changes: 4,
    fresh: () => azureCase(change),
    estate: () => lab.estate() as AzureEstate,
    contained: () => isContained(lab.estate() as AzureEstate),
    operations: {
      reads: [
        'GET /v1.0/servicePrincipals/{id}',
        'GET /v1.0/applications/{id}',
        'GET /beta/applications/{id}/federatedIdentityCredentials',
        'Microsoft.Authorization/denyAssignments/read',
        'Microsoft.Authorization/roleAssignments/read',
      ],
      probes: [],
      cuts: [
        'PATCH /v1.0/servicePrincipals/{id}',
        'PATCH /v1.0/applications/{id}',
        'DELETE /beta/applications/{id}/federatedIdentityCredentials/{id}',
        'Microsoft.Authorization/denyAssignments/write',
      ],
      restores: [
        'PATCH /v1.0/servicePrincipals/{id}',
        'PATCH /v1.0/applications/{id}',
        'PATCH /beta/applications/{id}/federatedIdentityCredentials(name={name})',
        'Microsoft.Authorization/denyAssignments/delete',
      ],
      isWrite: operation => /^(PATCH|DELETE|PUT) |\/(write|delete)$/.test(operation),
    },
    errors: {
      internal: { code: 'UnknownError', status: 500 },
      conflict: { code: 'Directory_ConcurrencyViolation', status: 409 },
      denied: { code: 'Authorization_RequestDenied', status: 403 },
    },
    async environment(endpoint) {
      const { tenantId, clientId, clientSecret } = (lab.estate() as AzureEstate).responder
      return {
        AZURE_TENANT_ID: tenantId,
        AZURE_CLIENT_ID: clientId,
        AZURE_CLIENT_SECRET: clientSecret,
        INTERDICT_AZURE_ENDPOINT: endpoint,
      }
    },
  }
}

/** The principal and the application off, the trust gone, everything that can be denied denied. */
function isContained(estate: AzureEstate): boolean {
  const id = objectId(NAME)
  const application = guid(`application ${NAME}`)
  return (
    estate.servicePrincipals.find(each => each.id === id)?.accountEnabled !== true &&
    estate.applications.find(each => each.id === application)?.isDisabled !== false &&
    !estate.federatedCredentials.some(each => each.application === application) &&
    estate.denyAssignments.some(each => each.principals.some(principal => principal.id === id))
  )
}
