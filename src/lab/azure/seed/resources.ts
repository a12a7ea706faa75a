import type {
  DenyAssignment,
  ManagementGroup,
  Resource,
  Subscription,
  UserAssignedIdentity,
  VaultSecret,
} from '../store.ts'
import {
  appId,
  BACKUP_IDENTITY,
  BACKUP_MACHINE,
  guid,
  ORDERS_SITE,
  objectId,
  RUNNER_IDENTITY,
  resourceId,
  SUBSCRIPTIONS,
  TENANT,
  VAULT,
} from './ids.ts'
import { runnerTrusts } from './principals.ts'

export const managementGroups: ManagementGroup[] = [
  { name: TENANT, displayName: 'Tenant Root Group', parent: null },
  { name: 'acme', displayName: 'Acme', parent: TENANT },
  { name: 'acme-landing', displayName: 'Landing zones', parent: 'acme' },
]

export const subscriptions: Subscription[] = [
  {
    subscriptionId: SUBSCRIPTIONS.production,
    displayName: 'acme-production',
    state: 'Enabled',
    managementGroup: 'acme-landing',
  },
  {
    subscriptionId: SUBSCRIPTIONS.staging,
    displayName: 'acme-staging',
    state: 'Enabled',
    managementGroup: 'acme-landing',
  },
  {
    subscriptionId: SUBSCRIPTIONS.shared,
    displayName: 'acme-shared',
    state: 'Enabled',
    managementGroup: 'acme',
  },
]

export const identities: UserAssignedIdentity[] = [
  {
    id: BACKUP_IDENTITY,
    location: 'westeurope',
    principalId: objectId('id-backup'),
    clientId: appId('id-backup'),
    tags: { team: 'platform' },
    federatedCredentials: [],
  },
  {
    id: RUNNER_IDENTITY,
    location: 'westeurope',
    principalId: objectId('id-runner'),
    clientId: appId('id-runner'),
    tags: {},
    federatedCredentials: runnerTrusts,
  },
]

function resource(id: string, more: Partial<Resource>): Resource {
  const [, type = ''] = /\/providers\/(Microsoft\.[^/]+\/[^/]+)/.exec(id) ?? []
  return { id, type, location: 'westeurope', tags: {}, identity: null, properties: {}, ...more }
}

function account(name: string, allowSharedKeyAccess: boolean | null): Resource {
  return resource(resourceId('production', 'rg-payments', 'Microsoft.Storage/storageAccounts', name), {
    properties: {
      creationTime: '2024-03-01T08:00:00.000Z',
      allowSharedKeyAccess,
      minimumTlsVersion: 'TLS1_2',
    },
  })
}

/** The casing of the identities' ids differs from theirs, as it does in the cloud. */
export const resources: Resource[] = [
  resource(VAULT, {
    properties: {
      enableRbacAuthorization: true,
      accessPolicies: [],
      vaultUri: 'https://kv-acme-prod.vault.azure.net/',
    },
  }),
  resource(BACKUP_MACHINE, {
    identity: {
      type: 'UserAssigned',
      principalId: null,
      userAssignedIdentities: [BACKUP_IDENTITY.replace('resourceGroups', 'resourcegroups')],
    },
  }),
  resource(ORDERS_SITE, {
    identity: { type: 'SystemAssigned', principalId: objectId('orders-web'), userAssignedIdentities: [] },
  }),
  resource(resourceId('shared', 'rg-runners', 'Microsoft.Compute/virtualMachines', 'vm-runner-01'), {
    identity: {
      type: 'UserAssigned',
      principalId: null,
      userAssignedIdentities: [
        RUNNER_IDENTITY,
        BACKUP_IDENTITY.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions'),
      ],
    },
  }),
  account('stacmeledger', null),
  account('stacmelogs', true),
  account('stacmevault', false),
]

const SECRETS = [
  'billing-sap',
  'reports-warehouse',
  'payments-stripe',
  'mail-archive',
  'ci-signing',
  'docs-site',
  'support-inbox',
  'refunds-api',
  'research-index',
  'vendor-exchange',
  'partner-exchange',
  'orders-database',
  'backup-key',
]

export function secrets(created: string): VaultSecret[] {
  return SECRETS.map(name => ({ vault: 'kv-acme-prod', name, value: `lab value of ${name}`, created }))
}

/** Azure's own, of a managed application: nobody can touch it. */
export const denyAssignments: DenyAssignment[] = [
  {
    name: guid('deny managed application'),
    scope: `/subscriptions/${SUBSCRIPTIONS.shared}/resourceGroups/rg-managed-app`,
    denyAssignmentName: 'System deny assignment created by managed application',
    description: null,
    denyAssignmentEffect: 'enforced',
    permissions: [{ actions: ['*/delete', '*/write'], notActions: [], dataActions: [], notDataActions: [] }],
    principals: [{ id: '00000000-0000-0000-0000-000000000000', type: 'SystemDefined' }],
    excludePrincipals: [{ id: objectId('identity-automation'), type: 'ServicePrincipal' }],
    isSystemProtected: true,
  },
]
