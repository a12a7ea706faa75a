import type { Key, ServiceAccount } from '../store.ts'
import { emailOf, KEYS, PARTNER_PROJECT, PROJECTS, uniqueIdOf, VENDOR_PROJECT } from './ids.ts'
import { keyId, keyPair } from './rsa.ts'

const DAY = 86_400_000
const NEVER = '9999-12-31T23:59:59Z'

interface Spec {
  name: string
  project: string
  displayName?: string
  description?: string
  /** Days ago; missing: not in the window. */
  used?: number
  disabled?: true
  disabledByGoogle?: true
  /** As the address stands, for accounts that are not made by people. */
  email?: string
}

const SPECS: readonly Spec[] = [
  { name: 'incident-response', project: 'acme-prod', displayName: 'Incident response', used: 1 },
  {
    name: 'etl-legacy',
    project: 'acme-prod',
    displayName: 'ETL (legacy)',
    description: 'owner: data-team',
    used: 1,
  },
  {
    name: 'checkout',
    project: 'acme-prod',
    displayName: 'Checkout',
    description: 'GKE shop/checkout',
    used: 1,
  },
  { name: 'orders', project: 'acme-prod', displayName: 'Orders', used: 1 },
  { name: 'metrics-writer', project: 'acme-prod', displayName: 'Metrics', used: 1 },
  { name: 'ci-deployer', project: 'acme-prod', displayName: 'CI deployer', used: 2 },
  { name: 'docs-publisher', project: 'acme-prod', displayName: 'Docs publisher', used: 1 },
  { name: 'payments', project: 'acme-prod', displayName: 'Payments', used: 1 },
  { name: 'analytics', project: 'acme-prod', displayName: 'Analytics', used: 3 },
  { name: 'terraform', project: 'acme-prod', displayName: 'Terraform', used: 4 },
  { name: 'break-glass', project: 'acme-prod', displayName: 'Break glass', description: 'break-glass' },
  {
    name: 'oncall-agent',
    project: 'acme-prod',
    displayName: 'On call \u001b[31magent\u001b[0m\u0007',
    used: 6,
  },
  { name: 'image-resizer', project: 'acme-prod', displayName: 'Image resizer', used: 20 },
  { name: 'partner-upload', project: 'acme-prod', displayName: 'Partner upload', used: 2 },
  { name: 'old-batch', project: 'acme-prod', displayName: 'Old batch', disabled: true },
  {
    name: 'crypto-mined',
    project: 'acme-prod',
    displayName: 'Render farm',
    disabled: true,
    disabledByGoogle: true,
  },
  { name: 'gemini-caller', project: 'acme-prod', displayName: 'Gemini caller', used: 1 },
  { name: 'backup', project: 'acme-prod', displayName: 'Backup', used: 1 },
  { name: 'gke-node', project: 'acme-prod', displayName: 'GKE nodes', used: 1 },
  { name: 'reports-export', project: 'acme-prod', displayName: 'Reports\u202e export', used: 9 },
  { name: 'search-indexer', project: 'acme-prod', displayName: 'Search indexer', used: 2 },
  {
    name: 'compute',
    project: 'acme-prod',
    displayName: 'Compute Engine default service account',
    email: `${PROJECTS['acme-prod']}-compute@developer.gserviceaccount.com`,
    used: 1,
  },
  {
    name: 'appspot',
    project: 'acme-prod',
    displayName: 'App Engine default service account',
    email: 'acme-prod@appspot.gserviceaccount.com',
  },
  { name: 'nightly-etl', project: 'acme-data', displayName: 'Nightly ETL', used: 1 },
  {
    name: 'long-runner',
    project: 'acme-data',
    displayName: 'Long runner',
    description: 'tokens of 12 h',
    used: 1,
  },
  { name: 'warehouse', project: 'acme-data', displayName: 'Warehouse', used: 5 },
  {
    name: 'vendor-sync',
    project: 'acme-shop',
    displayName: 'Northwind sync',
    description: 'vendor: northwind',
    used: 1,
  },
  {
    name: 'partner-sync',
    project: 'acme-shop',
    displayName: 'Contoso sync',
    description: 'vendor: contoso',
    used: 1,
  },
  { name: 'storefront', project: 'acme-shop', displayName: 'Storefront', used: 1 },
  // Theirs, not ours: nobody of acme can list them.
  { name: 'agent', project: VENDOR_PROJECT },
  { name: 'nightly', project: PARTNER_PROJECT },
]

export function seedAccounts(now: number): ServiceAccount[] {
  return SPECS.map(
    ({ name, project, displayName = '', description = '', used, disabled, disabledByGoogle, email }) => {
      const address = email ?? emailOf(name, project)
      return {
        project,
        email: address,
        uniqueId: uniqueIdOf(address),
        displayName,
        description,
        disabled: disabled === true,
        ...(disabledByGoogle === undefined ? {} : { disabledByGoogle }),
        ...(used === undefined ? {} : { lastAuthenticated: ago(now, used) }),
      }
    },
  )
}

/** A key that Google made, used yesterday. @param nth from 1 */
export function seedKey(
  now: number,
  name: string,
  project: string,
  pair: string,
  more: Partial<Key> = {},
  nth = 1,
): Key {
  return {
    email: emailOf(name, project),
    id: idOfKey(name, pair, nth),
    origin: 'GOOGLE_PROVIDED',
    publicKey: keyPair(pair).publicKey,
    validAfter: ago(now, 200),
    validBefore: NEVER,
    disabled: false,
    lastAuthenticated: ago(now, 1),
    ...more,
  }
}

export function seedKeys(now: number): Key[] {
  const key = (name: string, project: string, pair: string, more: Partial<Key> = {}, nth = 1): Key =>
    seedKey(now, name, project, pair, more, nth)
  const { work } = KEYS
  const exposed = 'exposed at: https://github.com/acme/shop/blob/0000000/deploy.json'
  return [
    key('incident-response', 'acme-prod', KEYS.responder),
    key('etl-legacy', 'acme-prod', KEYS.leaked),
    key('etl-legacy', 'acme-prod', work, {}, 2),
    key('orders', 'acme-prod', work),
    key('metrics-writer', 'acme-prod', work, { validBefore: ahead(now, 80) }),
    key('nightly-etl', 'acme-data', work),
    key('long-runner', 'acme-data', work),
    key('old-batch', 'acme-prod', work, { disabled: true, disableReason: 'USER_INITIATED' }),
    key('partner-upload', 'acme-prod', work, { origin: 'USER_PROVIDED', validBefore: ahead(now, 300) }),
    key('image-resizer', 'acme-prod', work, {
      disabled: true,
      disableReason: 'EXPOSED',
      extendedStatus: [{ key: 'EXPOSED', value: exposed }],
    }),
    // Exposed once, and enabled again by somebody who knew better.
    key('image-resizer', 'acme-prod', work, { extendedStatus: [{ key: 'EXPOSED', value: exposed }] }, 2),
    key('agent', VENDOR_PROJECT, work),
    key('nightly', PARTNER_PROJECT, work),
  ]
}

/** @param nth from 1 */
export function idOfKey(name: string, pair: string, nth = 1): string {
  return pair === KEYS.work ? keyId(`${name}/${nth}`) : keyPair(pair).id
}

function ago(now: number, days: number): string {
  return new Date(now - days * DAY).toISOString()
}

function ahead(now: number, days: number): string {
  return ago(now, -days)
}
