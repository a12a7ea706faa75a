import { GITHUB, resourceId, SUBSCRIPTIONS, VAULT } from './ids.ts'
import { DIRECTORY_READERS } from './permissions.ts'
import type { PrincipalSpec, RoleSpec } from './spec.ts'

export const PRODUCTION = `/subscriptions/${SUBSCRIPTIONS.production}`
export const STAGING = `/subscriptions/${SUBSCRIPTIONS.staging}`
export const SHARED = `/subscriptions/${SUBSCRIPTIONS.shared}`
export const LEDGER = resourceId(
  'production',
  'rg-payments',
  'Microsoft.Storage/storageAccounts',
  'stacmeledger',
)

const ONE_CONTAINER =
  "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'exports'))"
const NO_OWNERS =
  "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidNotEquals {8e3af657-a8ff-443c-a75c-2fe8c4bcb635}))"

/** May read this secret and no other. */
export function reads(...secrets: string[]): RoleSpec[] {
  return secrets.map(name => ({ role: 'Key Vault Secrets User', scope: `${VAULT}/secrets/${name}` }))
}

/** The workloads of the house. */
export const workloads: readonly PrincipalSpec[] = [
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
    // Beside its trust: what was handed out before the workflow had one, and nobody took back.
    secrets: ['laptop'],
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
