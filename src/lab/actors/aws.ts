import { ACCOUNT } from '../aws/seed/ids.ts'
import { PARTNER_EXTERNAL_ID, VENDOR_EXTERNAL_ID } from '../aws/seed/roles.ts'
import type { Troupe, Way } from './actor.ts'
import { Cloud, type Keys, userKeys } from './aws-credentials.ts'
import { githubToken, podToken } from './web-token.ts'

/** The actors of AWS, with the real SDK. */
export async function awsTroupe(endpoint: string): Promise<Troupe> {
  const cloud = await Cloud.open(endpoint)
  const parts = Object.entries(cast).map(([name, part]) => [name, async () => (await part?.(cloud)) ?? []])
  return { parts: Object.fromEntries(parts), close: () => cloud.close() }
}

/** How each actor gets at its data. */
const cast: { readonly [actor: string]: ((cloud: Cloud) => Promise<Way[]>) | undefined } = {
  'leaked-ci-key': async cloud => {
    const key = userKeys('ci-deploy')
    return [
      { name: 'key', rate: 8, attempt: keeps(cloud, key, 'prod/payments/stripe') },
      { name: 'earlier session', rate: 8, attempt: keeps(cloud, await cloud.sessionToken(key), STOLEN) },
      { name: 'fresh session', rate: 4, attempt: mints(cloud, () => cloud.sessionToken(key), STOLEN) },
    ]
  },
  /** Somebody far away, with a key that a workload of the house goes on using. */
  'billing-key-abroad': async cloud => {
    const key = userKeys('billing-export')
    const secret = 'prod/billing/sap'
    return [
      { name: 'key', rate: 8, attempt: keeps(cloud, key, secret) },
      { name: 'earlier session', rate: 8, attempt: keeps(cloud, await cloud.sessionToken(key), secret) },
      { name: 'fresh session', rate: 4, attempt: mints(cloud, () => cloud.sessionToken(key), secret) },
    ]
  },
  'forged-workflow': async cloud => {
    const mint = () =>
      cloud.assumeWithToken(githubToken('repo:acme/shop:pull_request'), role('ci/github-deployer'), 'gh-4711')
    return [
      { name: 'earlier session', rate: 12, attempt: keeps(cloud, await mint(), STOLEN) },
      { name: 'fresh session', rate: 8, attempt: mints(cloud, mint, STOLEN) },
    ]
  },
  'breached-vendor': async cloud => {
    const key = userKeys('vendor-agent')
    const sync = () => cloud.assume(key, role('third-party/vendor-sync'), 'agent', VENDOR_EXTERNAL_ID)
    const legacy = () => cloud.assume(key, role('third-party/vendor-legacy'), 'agent')
    return [
      { name: 'earlier session', rate: 7, attempt: keeps(cloud, await sync(), 'vendor/exchange') },
      { name: 'fresh session', rate: 3, attempt: mints(cloud, sync, 'vendor/exchange') },
      {
        name: 'earlier session, no external id',
        rate: 7,
        attempt: keeps(cloud, await legacy(), 'prod/orders/database'),
      },
      {
        name: 'fresh session, no external id',
        rate: 3,
        attempt: mints(cloud, legacy, 'prod/orders/database'),
      },
    ]
  },

  'ci-pipeline': async cloud => [works(cloud, async () => userKeys('ci-deploy'), 'ci/registry/token')],
  'billing-export': async cloud => [works(cloud, async () => userKeys('billing-export'), 'prod/billing/sap')],
  'metrics-push': async cloud => [works(cloud, async () => userKeys('metrics-push'), 'ops/metrics/token')],
  'payments-api': async cloud => [
    works(
      cloud,
      () => cloud.assumeWithToken(podToken('payments', 'api'), role('eks/payments-api'), 'pod-7d9f'),
      'prod/payments/adyen',
    ),
  ],
  'orders-worker': async cloud => [
    works(
      cloud,
      () => cloud.assumeWithToken(podToken('orders', 'worker'), role('eks/orders-worker'), 'pod-51c2'),
      'prod/orders/database',
    ),
  ],
  'docs-workflow': async cloud => [
    works(
      cloud,
      () =>
        cloud.assumeWithToken(
          githubToken('repo:acme/docs:ref:refs/heads/main'),
          role('ci/github-docs'),
          'gh-docs',
        ),
      'docs/site/token',
    ),
  ],
  'deploy-workflow': async cloud => [
    works(
      cloud,
      () =>
        cloud.assumeWithToken(
          githubToken('repo:acme/shop:ref:refs/heads/main'),
          role('ci/github-deployer'),
          'gh-deploy',
        ),
      'ci/signing/key',
    ),
  ],
  'partner-sync': async cloud => [
    works(
      cloud,
      () =>
        cloud.assume(
          userKeys('reporter'),
          role('third-party/partner-reports'),
          'nightly',
          PARTNER_EXTERNAL_ID,
        ),
      'partner/exchange',
    ),
  ],
  'vendor-nightly': async cloud => [
    works(
      cloud,
      () =>
        cloud.assume(
          userKeys('vendor-nightly'),
          role('third-party/vendor-sync'),
          'nightly',
          VENDOR_EXTERNAL_ID,
        ),
      'vendor/exchange',
    ),
  ],
}

const STOLEN = 'prod/payments/stripe'

function role(pathAndName: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/${pathAndName}`
}

/** Holds on to what it has. */
function keeps(cloud: Cloud, keys: Keys, secret: string): Way['attempt'] {
  const read = cloud.reader(keys, 1)
  return () => read(secret)
}

/** New credentials for each call. */
function mints(cloud: Cloud, mint: () => Promise<Keys>, secret: string): Way['attempt'] {
  return async () => cloud.reader(await mint(), 1)(secret)
}

/** A workload of the house: retries as the SDK does, and gets itself new credentials after a refusal. */
function works(cloud: Cloud, obtain: () => Promise<Keys>, secret: string): Way {
  let read: Promise<(secretId: string) => Promise<unknown>> | undefined
  return {
    name: 'work',
    rate: 3,
    async attempt() {
      read ??= obtain().then(keys => cloud.reader(keys, 3))
      try {
        await (await read)(secret)
      } catch (error) {
        read = undefined
        throw error
      }
    },
  }
}
