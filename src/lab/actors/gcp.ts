import type { AuthClient } from 'google-auth-library'
import {
  CLUSTER,
  CLUSTER_POOL,
  emailOf,
  GITHUB,
  KEYS,
  NORTHWIND,
  PARTNER_PROJECT,
  poolPath,
  VENDOR_PROJECT,
} from '../gcp/seed/ids.ts'
import type { Troupe, Way } from './actor.ts'
import { type Federation, GoogleCloud } from './gcp-credentials.ts'
import { issuedToken } from './issued-token.ts'

/** The actors of Google Cloud, with Google's own library. */
export async function gcpTroupe(endpoint: string): Promise<Troupe> {
  const cloud = await GoogleCloud.open(endpoint)
  const parts = Object.entries(cast).map(([name, part]) => [name, async () => (await part?.(cloud)) ?? []])
  return { parts: Object.fromEntries(parts), close: () => undefined }
}

const STOLEN = 'acme-prod/payments-stripe'
const EXCHANGE = 'acme-shop/vendor-exchange'

const GITHUB_AUDIENCE = `//iam.googleapis.com/${poolPath('acme-prod', 'github')}/providers/github-actions`
const VENDOR_AUDIENCE = `//iam.googleapis.com/${poolPath('acme-shop', 'vendors')}/providers/northwind`

/** How each actor gets at its data. */
const cast: { readonly [actor: string]: ((cloud: GoogleCloud) => Promise<Way[]>) | undefined } = {
  'leaked-sa-key': async cloud => {
    const account = emailOf('etl-legacy', 'acme-prod')
    const withKey = () => cloud.withKey('etl-legacy', 'acme-prod', KEYS.leaked)
    const earlier = await cloud.holding(withKey())
    return [
      { name: 'key', rate: 6, attempt: mints(cloud, withKey, STOLEN) },
      { name: 'earlier token', rate: 8, attempt: keeps(cloud, earlier, STOLEN) },
      {
        name: 'fresh token',
        rate: 4,
        attempt: mints(cloud, () => cloud.impersonating(earlier, account), STOLEN),
      },
    ]
  },
  'hijacked-workload': async cloud => {
    const workload = () => cloud.federated(pod('shop', 'checkout', emailOf('checkout', 'acme-prod')))
    const earlier = await cloud.holding(workload())
    return [
      { name: 'earlier token', rate: 10, attempt: keeps(cloud, earlier, 'acme-prod/payroll-db-root') },
      { name: 'fresh token', rate: 6, attempt: mints(cloud, workload, 'acme-prod/payroll-db-root') },
    ]
  },
  /** A workflow that somebody changed: the same trust, another purpose. */
  'forged-workflow-gcp': async cloud => {
    const forged = () => cloud.federated(workflow('acme/shop', emailOf('ci-deployer', 'acme-prod')))
    const earlier = await cloud.holding(forged())
    return [
      { name: 'earlier token', rate: 10, attempt: keeps(cloud, earlier, 'acme-prod/ci-registry-token') },
      { name: 'fresh token', rate: 6, attempt: mints(cloud, forged, 'acme-prod/ci-registry-token') },
    ]
  },
  'breached-vendor-gcp': async cloud => {
    const sync = emailOf('vendor-sync', 'acme-shop')
    const impersonating = () => cloud.impersonating(cloud.withKey('agent', VENDOR_PROJECT), sync)
    const federated = () => cloud.federated(vendor())
    return [
      {
        name: 'earlier token',
        rate: 6,
        attempt: keeps(cloud, await cloud.holding(impersonating()), EXCHANGE),
      },
      { name: 'fresh token', rate: 3, attempt: mints(cloud, impersonating, EXCHANGE) },
      {
        name: 'earlier token, federated',
        rate: 6,
        attempt: keeps(cloud, await cloud.holding(federated()), EXCHANGE),
      },
      { name: 'fresh token, federated', rate: 3, attempt: mints(cloud, federated, EXCHANGE) },
    ]
  },

  checkout: async cloud => [
    works(
      cloud,
      () => cloud.federated(pod('shop', 'checkout', emailOf('checkout', 'acme-prod'))),
      'acme-prod/checkout-stripe',
    ),
  ],
  payments: async cloud => [
    works(
      cloud,
      () => cloud.federated(pod('payments', 'api', emailOf('payments', 'acme-prod'))),
      'acme-prod/payments-stripe',
    ),
  ],
  orders: async cloud => [
    works(cloud, () => cloud.withKey('orders', 'acme-prod'), 'acme-prod/orders-database'),
  ],
  'metrics-writer': async cloud => [
    works(cloud, () => cloud.withKey('metrics-writer', 'acme-prod'), 'acme-prod/metrics-token'),
  ],
  'nightly-etl': async cloud => [
    works(cloud, () => cloud.withKey('nightly-etl', 'acme-data'), 'acme-data/etl-password'),
  ],
  'github-docs': async cloud => [
    works(
      cloud,
      () => cloud.federated(workflow('acme/docs', emailOf('docs-publisher', 'acme-prod'))),
      'acme-prod/docs-site-token',
    ),
  ],
  'github-deploy': async cloud => [
    works(
      cloud,
      () => cloud.federated(workflow('acme/shop', emailOf('ci-deployer', 'acme-prod'))),
      'acme-prod/ci-registry-token',
    ),
  ],
  vendor2: async cloud => [
    works(
      cloud,
      () =>
        cloud.impersonating(cloud.withKey('nightly', PARTNER_PROJECT), emailOf('partner-sync', 'acme-shop')),
      'acme-shop/partner-exchange',
    ),
  ],
  /** Works with the other key of the account whose key leaked. */
  'legacy-etl': async cloud => [
    works(cloud, () => cloud.withKey('etl-legacy', 'acme-prod', KEYS.work, 2), STOLEN),
  ],
  /** A part of the vendor that did nothing wrong. */
  'vendor-sync-nightly': async cloud => [
    works(
      cloud,
      () => cloud.impersonating(cloud.withKey('agent', VENDOR_PROJECT), emailOf('vendor-sync', 'acme-shop')),
      EXCHANGE,
    ),
  ],
}

/** The parts of a thief's workloads that a fight needs. */
export const gcpCast = {
  checkout: (): Federation => pod('shop', 'checkout', emailOf('checkout', 'acme-prod')),
  shopWorkflow: (): Federation => workflow('acme/shop', emailOf('ci-deployer', 'acme-prod')),
}

function pod(namespace: string, name: string, account: string): Federation {
  return {
    audience: `identitynamespace:${CLUSTER_POOL}:${CLUSTER}`,
    subject: () =>
      issuedToken(CLUSTER, `system:serviceaccount:${namespace}:${name}`, CLUSTER_POOL, {
        'kubernetes.io': { namespace, serviceaccount: { name } },
      }),
    account,
  }
}

function workflow(repository: string, account: string): Federation {
  const [owner] = repository.split('/')
  return {
    audience: GITHUB_AUDIENCE,
    subject: () =>
      issuedToken(GITHUB, `repo:${repository}:ref:refs/heads/main`, `https:${GITHUB_AUDIENCE}`, {
        repository,
        repository_owner: owner,
      }),
    account,
  }
}

function vendor(): Federation {
  return {
    audience: VENDOR_AUDIENCE,
    subject: () => issuedToken(NORTHWIND, 'agent-7', `https:${VENDOR_AUDIENCE}`, {}),
  }
}

/** Holds on to what it has. */
function keeps(cloud: GoogleCloud, client: AuthClient, secret: string): Way['attempt'] {
  return () => cloud.read(client, secret)
}

/** A new token for each call. */
function mints(cloud: GoogleCloud, open: () => AuthClient, secret: string): Way['attempt'] {
  return async () => cloud.read(open(), secret)
}

/** A workload of the house: keeps its token, and gets itself another one after a refusal. */
function works(cloud: GoogleCloud, open: () => AuthClient, secret: string): Way {
  let client: AuthClient | undefined
  return {
    name: 'work',
    rate: 3,
    async attempt() {
      client ??= open()
      try {
        await cloud.read(client, secret)
      } catch (error) {
        client = undefined
        throw error
      }
    },
  }
}
