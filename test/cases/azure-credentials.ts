import type { AzureEstate } from '../../src/lab/azure/index.ts'
import { guid, objectId, SUBSCRIPTIONS } from '../../src/lab/azure/seed/index.ts'
import { type AzureCase, azureCase } from './azure.ts'

const APPLICATION = guid('application docs-deploy')
const HOLDER = guid('application ledger-sync')
const CERTIFICATE = guid('certificate ledger-2026')
const ACCOUNT = 'stacmeledger'
const GATED = objectId('billing-export')

/** Every interruption of Azure that the first case leaves out, each of which writes once. */
const PLAYBOOK = `version: 1
name: stop-credentials
title: Stop an application, what is signed in with, and where from
status: test
severity: high
scope:
  azure: { subscriptions: ["${SUBSCRIPTIONS.production}"] }
limit: { identities: 10, share: 1 }
ttl: 1h
steps:
  - name: an application
    select: identity.kind == "application" && identity.name == "${APPLICATION}"
    interrupt: [disable]
  - name: its trust
    select: identity.kind == "federated-credential" && identity.objectId == "${APPLICATION}"
    interrupt: [disable]
  - name: a certificate
    select: identity.kind == "certificate" && identity.name == "${HOLDER}/${CERTIFICATE}"
    interrupt: [disable]
  - name: keys of a storage account
    select: identity.kind == "storage-account" && identity.name == "${ACCOUNT}"
    interrupt: [constrain]
  - name: from anywhere
    select: identity.kind == "service-principal" && identity.name == "${GATED}"
    interrupt: [gate]
`

const TRUSTS = '/beta/applications/{id}/federatedIdentityCredentials'
const POLICIES = '/v1.0/identity/conditionalAccess/policies'

export function azureCredentials(): AzureCase {
  const given = azureCase()
  return {
    ...given,
    playbook: PLAYBOOK,
    changes: 5,
    fresh: azureCredentials,
    contained: () => isContained(given.estate()),
    operations: {
      ...given.operations,
      reads: [
        'GET /v1.0/applications/{id}',
        `GET ${TRUSTS}`,
        `GET ${POLICIES}`,
        'Microsoft.Storage/storageAccounts/read',
      ],
      cuts: [
        'PATCH /v1.0/applications/{id}',
        `DELETE ${TRUSTS}/{id}`,
        'Microsoft.Storage/storageAccounts/write',
        `POST ${POLICIES}`,
      ],
      restores: [
        'PATCH /v1.0/applications/{id}',
        `PATCH ${TRUSTS}(name={name})`,
        'Microsoft.Storage/storageAccounts/write',
        `DELETE ${POLICIES}/{id}`,
      ],
    },
  }
}

function isContained(estate: AzureEstate): boolean {
  const { applications, federatedCredentials, resources, conditionalAccess } = estate
  const application = applications.find(({ id }) => id === APPLICATION)
  const holder = applications.find(({ id }) => id === HOLDER)
  const account = resources.find(({ id }) => id.endsWith(`/storageAccounts/${ACCOUNT}`))
  return (
    application?.isDisabled === true &&
    !federatedCredentials.some(each => each.application === APPLICATION) &&
    holder?.keyCredentials.every(({ keyId }) => keyId !== CERTIFICATE) === true &&
    account?.properties['allowSharedKeyAccess'] === false &&
    conditionalAccess.some(
      ({ state, conditions }) => state === 'enabled' && JSON.stringify(conditions).includes(GATED),
    )
  )
}
