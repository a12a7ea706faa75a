import { createHash } from 'node:crypto'

/** The same GUID for the same name in every run. */
export function guid(name: string): string {
  const hex = createHash('sha256').update(`lab guid of ${name}`).digest('hex')
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** It opens nothing but the lab. */
export function secretOf(name: string): string {
  return `lab${createHash('sha256').update(`lab secret of ${name}`).digest('base64url').slice(0, 37)}`
}

export const TENANT = guid('tenant acme')
export const DOMAIN = 'acme.onmicrosoft.com'
/** The vendor's own tenant, which the thief of `third-party-stop` sits in. */
export const VENDOR_TENANT = guid('tenant vendor')
/** Another partner's, who did nothing wrong. */
export const PARTNER_TENANT = guid('tenant partner')
/** Where Microsoft's own applications are registered. */
export const MICROSOFT_TENANT = 'f8cdef31-a31e-4b4a-93e4-5f571e91255a'

export const SUBSCRIPTIONS = {
  production: guid('subscription production'),
  staging: guid('subscription staging'),
  shared: guid('subscription shared'),
} as const

export const GITHUB = 'https://token.actions.githubusercontent.com'
export const AKS = `https://westeurope.oic.prod-aks.azure.com/${TENANT}/${guid('cluster')}/`
export const EXCHANGE_AUDIENCE = 'api://AzureADTokenExchange'

/** Object id of a principal by the name it has in the seed. */
export function objectId(name: string): string {
  return guid(`principal ${name}`)
}

/** Client id; an agent's is its object id. */
export function appId(name: string): string {
  return guid(`app ${name}`)
}

export function resourceId(
  subscription: keyof typeof SUBSCRIPTIONS,
  group: string,
  type: string,
  name: string,
): string {
  return `/subscriptions/${SUBSCRIPTIONS[subscription]}/resourceGroups/${group}/providers/${type}/${name}`
}

export const VAULT = resourceId('production', 'rg-payments', 'Microsoft.KeyVault/vaults', 'kv-acme-prod')
export const BACKUP_IDENTITY = resourceId(
  'production',
  'rg-backup',
  'Microsoft.ManagedIdentity/userAssignedIdentities',
  'id-backup',
)
export const RUNNER_IDENTITY = resourceId(
  'shared',
  'rg-runners',
  'Microsoft.ManagedIdentity/userAssignedIdentities',
  'id-runner',
)
export const BACKUP_MACHINE = resourceId(
  'production',
  'rg-backup',
  'Microsoft.Compute/virtualMachines',
  'vm-backup-01',
)
export const ORDERS_SITE = resourceId('production', 'rg-orders', 'Microsoft.Web/sites', 'orders-web')
