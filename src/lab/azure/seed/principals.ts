import { AUDIENCES } from '../audiences.ts'
import {
  AKS,
  BACKUP_IDENTITY,
  EXCHANGE_AUDIENCE,
  GITHUB,
  ORDERS_SITE,
  PARTNER_TENANT,
  RUNNER_IDENTITY,
  VENDOR_TENANT,
} from './ids.ts'
import {
  APPLICATION_ADMINISTRATOR,
  GLOBAL_ADMINISTRATOR,
  RESPONDER_ROLES,
  SYNC_ACCOUNTS,
} from './permissions.ts'
import type { PrincipalSpec } from './spec.ts'
import { LEDGER, PRODUCTION, reads, SHARED, STAGING, workloads } from './workloads.ts'

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
