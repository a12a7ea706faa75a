import { AUDIENCES } from '../audiences.ts'
import {
  AKS,
  BACKUP_IDENTITY,
  EXCHANGE_AUDIENCE,
  GITHUB,
  ORDERS_SITE,
  PARTNER_TENANT,
  RUNNER_IDENTITY,
  resourceId,
  SUBSCRIPTIONS,
  VAULT,
  VENDOR_TENANT,
} from './ids.ts'
import {
  APPLICATION_ADMINISTRATOR,
  DIRECTORY_READERS,
  GLOBAL_ADMINISTRATOR,
  RESPONDER_ROLES,
  SYNC_ACCOUNTS,
} from './permissions.ts'
import type { PrincipalSpec, RoleSpec } from './spec.ts'

export { EXCHANGE_AUDIENCE }

const PRODUCTION = `/subscriptions/${SUBSCRIPTIONS.production}`
const STAGING = `/subscriptions/${SUBSCRIPTIONS.staging}`
const SHARED = `/subscriptions/${SUBSCRIPTIONS.shared}`
const LEDGER = resourceId('production', 'rg-payments', 'Microsoft.Storage/storageAccounts', 'stacmeledger')

const ONE_CONTAINER =
  "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'exports'))"
const NO_OWNERS =
  "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidNotEquals {8e3af657-a8ff-443c-a75c-2fe8c4bcb635}))"

/** May read this secret and no other. */
export function reads(...secrets: string[]): RoleSpec[] {
  return secrets.map(name => ({ role: 'Key Vault Secrets User', scope: `${VAULT}/secrets/${name}` }))
}

const workloads: readonly PrincipalSpec[] = [
  {
    name: 'billing-export',
    secrets: ['ci', 'laptop'],
    roles: [
      ...reads('billing-sap'),
      {
        role: 'Storage Blob Data Reader',
        scope: LEDGER,
        condition: ONE_CONTAINER,
        description: 'exports only',
      },
    ],
    owners: ['dana@acme.onmicrosoft.com'],
    used: 0,
  },
  {
    name: 'reports-api',
    secrets: ['vault'],
    roles: reads('reports-warehouse'),
    graph: ['User.Read.All'],
    groups: ['sg-readers'],
    used: 0,
  },
  {
    name: 'mail-insights',
    displayName: 'Mail Insights',
    secrets: ['stolen', 'digest'],
    graph: ['User.Read.All', 'Mail.Read', 'Directory.Read.All'],
    delegated: 'openid profile Mail.Read offline_access',
    roles: reads('payments-stripe', 'mail-archive'),
    groups: ['sg-readers'],
    owners: ['mallory@acme.onmicrosoft.com'],
    used: 0,
  },
  {
    name: 'shop-deploy',
    federated: [
      { name: 'any-shop-branch', issuer: GITHUB, expression: "claims['sub'] matches 'repo:acme/shop:*'" },
    ],
    roles: [...reads('payments-stripe', 'ci-signing'), { role: 'Contributor', scope: STAGING }],
    used: 0,
  },
  {
    name: 'docs-deploy',
    federated: [{ name: 'docs-main', issuer: GITHUB, subject: 'repo:acme/docs:ref:refs/heads/main' }],
    roles: reads('docs-site'),
    used: 0,
  },
  {
    name: 'release-bot',
    displayName: 'Release Bot (at its limit)',
    federated: Array.from({ length: 20 }, (_, index) => ({
      name: `release-${index + 1}`,
      issuer: GITHUB,
      subject: `repo:acme/service-${index + 1}:environment:production`,
    })),
    roles: [{ role: 'Contributor', scope: `${SHARED}/resourceGroups/rg-releases` }],
    used: 3,
  },
  {
    name: 'ledger-sync',
    certificates: [
      { name: 'ledger-2026' },
      { name: 'ledger-2025', hidden: true },
      { name: 'ledger-2023', expired: true },
    ],
    roles: [{ role: 'Storage Blob Data Reader', scope: LEDGER }],
    used: 1,
  },
  { name: 'crm-sso', certificates: [{ name: 'crm-saml', usage: 'Sign', on: 'principal' }], used: 0 },
  {
    name: 'hr-portal',
    secrets: ['app'],
    principalSecrets: ['backdoor'],
    graph: ['User.Read.All'],
    used: 200,
  },
  {
    name: 'iac-pipeline',
    secrets: ['terraform'],
    roles: [
      { role: 'Contributor', scope: PRODUCTION },
      {
        role: 'Role Based Access Control Administrator',
        scope: PRODUCTION,
        condition: NO_OWNERS,
        description: 'may not make owners',
      },
    ],
    owners: ['dana@acme.onmicrosoft.com', 'identity-automation'],
    used: 0,
  },
  {
    name: 'dr-operator',
    secrets: ['drill'],
    roles: [{ role: 'Contributor', scope: PRODUCTION, until: 2 }],
    directoryRoles: [{ id: DIRECTORY_READERS, until: 1 }],
    used: 4,
  },
  {
    name: 'retired-importer',
    secrets: ['old'],
    disabled: true,
    roles: [{ role: 'Reader', scope: STAGING }],
    used: 400,
  },
  { name: 'legacy-export', secrets: ['old'], deactivated: true, used: 500 },
  {
    name: 'escape-artist',
    displayName: 'invoice\u001b[2J\u001b[31mbot\u202etxt',
    secrets: ['app'],
    used: 12,
  },
  { name: 'formula', displayName: '=HYPERLINK("https://example.invalid","open")', secrets: ['app'] },
  { name: 'saas-product', audience: 'AzureADMultipleOrgs', secrets: ['platform'], used: 0 },
]

const administration: readonly PrincipalSpec[] = [
  {
    name: 'identity-automation',
    secrets: ['vault'],
    directoryRoles: [{ id: GLOBAL_ADMINISTRATOR }],
    used: 0,
  },
  {
    name: 'emergency-access',
    secrets: ['safe'],
    tags: ['interdict:protected=true', 'break-glass'],
    directoryRoles: [{ id: APPLICATION_ADMINISTRATOR }],
    roles: [{ role: 'Owner', scope: '/' }],
  },
  {
    name: 'ConnectSyncProvisioning_DC01_4f1b2c',
    certificates: [{ name: 'sync-2026' }],
    directoryRoles: [{ id: SYNC_ACCOUNTS }],
    used: 0,
  },
  {
    name: 'responder',
    displayName: 'interdict',
    secrets: ['tool'],
    graph: RESPONDER_ROLES,
    roles: [PRODUCTION, STAGING, SHARED].map(scope => ({ role: 'Responder', scope }) as const),
    used: 0,
  },
]

const agents: readonly PrincipalSpec[] = [
  {
    name: 'support-agents',
    kind: 'blueprint',
    secrets: ['platform'],
    graph: ['AgentIdentity.CreateAsManager'],
    used: 0,
  },
  {
    name: 'agent-triage',
    kind: 'agent',
    blueprint: 'support-agents',
    roles: reads('support-inbox'),
    used: 0,
  },
  {
    name: 'agent-refunds',
    kind: 'agent',
    blueprint: 'support-agents',
    roles: reads('refunds-api', 'payments-stripe'),
    graph: ['User.Read.All'],
    used: 0,
  },
  { name: 'agent-translate', kind: 'agent', blueprint: 'support-agents', used: 30 },
  {
    name: 'research-agents',
    kind: 'blueprint',
    secrets: ['platform'],
    graph: ['AgentIdentity.CreateAsManager'],
    used: 0,
  },
  {
    name: 'agent-research',
    kind: 'agent',
    blueprint: 'research-agents',
    roles: reads('research-index'),
    used: 0,
  },
]

const outsiders: readonly PrincipalSpec[] = [
  {
    name: 'vendor-sync',
    displayName: 'Vendor Sync',
    kind: 'third-party',
    home: VENDOR_TENANT,
    audience: 'AzureADMultipleOrgs',
    graph: ['User.Read.All'],
    delegated: 'openid User.Read',
    roles: reads('vendor-exchange', 'orders-database'),
    used: 0,
  },
  {
    name: 'partner-reports',
    displayName: 'Partner Reports',
    kind: 'third-party',
    home: PARTNER_TENANT,
    audience: 'AzureADMultipleOrgs',
    roles: reads('partner-exchange'),
    used: 0,
  },
  {
    name: 'free-vpn',
    kind: 'third-party',
    home: PARTNER_TENANT,
    audience: 'AzureADMultipleOrgs',
    violation: true,
    delegated: 'openid',
  },
  { name: 'Microsoft Graph', kind: 'first-party', appId: AUDIENCES.graph },
  { name: 'Windows Azure Service Management API', kind: 'first-party', appId: AUDIENCES.arm },
  { name: 'Azure Key Vault', kind: 'first-party', appId: AUDIENCES.vault },
  { name: 'Azure Storage', kind: 'first-party', appId: AUDIENCES.storage },
  { name: 'Office 365 Exchange Online', kind: 'first-party', appId: '00000002-0000-0ff1-ce00-000000000000' },
  { name: 'old-intranet', kind: 'legacy' },
]

const managed: readonly PrincipalSpec[] = [
  {
    name: 'id-backup',
    kind: 'managed',
    resource: { id: BACKUP_IDENTITY, explicit: true },
    roles: [
      ...reads('backup-key'),
      { role: 'Storage Blob Data Reader', scope: LEDGER, delegated: BACKUP_IDENTITY },
    ],
    used: 0,
  },
  {
    name: 'id-runner',
    kind: 'managed',
    resource: { id: RUNNER_IDENTITY, explicit: true },
    roles: [{ role: 'Contributor', scope: `${SHARED}/resourceGroups/rg-runners` }],
    groups: ['sg-readers'],
    used: 0,
  },
  {
    name: 'orders-web',
    kind: 'managed',
    resource: { id: ORDERS_SITE, explicit: false },
    roles: reads('orders-database'),
    used: 0,
  },
]

export const principals: readonly PrincipalSpec[] = [
  ...workloads,
  ...administration,
  ...agents,
  ...outsiders,
  ...managed,
]

/** Federated credentials of the runners' identity: they are Azure's, not the directory's. */
export const runnerTrusts = [
  {
    name: 'runners-main',
    issuer: GITHUB,
    subject: 'repo:acme/runners:ref:refs/heads/main',
    audiences: [EXCHANGE_AUDIENCE],
  },
  {
    name: 'aks-runner',
    issuer: AKS,
    subject: 'system:serviceaccount:ci:runner',
    audiences: [EXCHANGE_AUDIENCE],
  },
]
