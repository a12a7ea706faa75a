import { v2 } from '@google-cloud/iam'
import { JWT } from 'google-auth-library'
import { describe, expect, it } from 'vitest'
import { type Hq, start } from './hq.ts'

const POINT = 'policies/cloudresourcemanager.googleapis.com%2Fprojects%2Facme-prod/denypolicies'
const ORDERS = 'orders@acme-prod.iam.gserviceaccount.com'
const SECRET = '/v1/projects/acme-prod/secrets/orders-database/versions/latest:access'

const RULES = [
  {
    description: 'stopped',
    denyRule: {
      deniedPrincipals: [`principal://iam.googleapis.com/projects/-/serviceAccounts/${ORDERS}`],
      deniedPermissions: ['secretmanager.googleapis.com/versions.access'],
    },
  },
]

const create = ({ call }: Hq, id: string, rules: unknown = RULES) =>
  call('POST', `/v2/${POINT}?policyId=${id}`, { displayName: 'stop', rules })

/** Google's own client, as far as its REST fallback goes. */
function client({ lab, gcp }: Hq): v2.PoliciesClient {
  const { client_email, private_key, private_key_id } = gcp.responder
  const authClient = new JWT({ email: client_email, key: private_key, keyId: private_key_id })
  authClient.transporter.interceptors.request.add({
    resolved: async config => {
      const { pathname, search } = new URL(String(config.url))
      config.url = new URL(`${lab.endpoint}${pathname}${search}`)
      return config
    },
  })
  const { hostname, port } = new URL(lab.endpoint)
  return new v2.PoliciesClient({
    fallback: true,
    protocol: 'http',
    apiEndpoint: hostname,
    port: Number(port),
    authClient: authClient as never,
  })
}

describe('deny policies', () => {
  it('beat what is allowed, and are gone when they are deleted', async () => {
    const hq = await start()
    const held = await hq.token(ORDERS)
    expect((await hq.call('GET', SECRET, undefined, held)).status).toBe(200)
    const created = await create(hq, 'stop-orders')
    expect(created.body).toMatchObject({
      done: false,
      name: expect.stringContaining(
        'policies/cloudresourcemanager.googleapis.com%2Fprojects%2F123456789012/',
      ),
    })
    expect(await hq.call('GET', SECRET, undefined, held)).toMatchObject({
      status: 403,
      body: { error: { status: 'PERMISSION_DENIED', details: [{ reason: 'IAM_PERMISSION_DENIED' }] } },
    })
    const { etag } = (await hq.call('GET', `/v2/${POINT}/stop-orders`)).body
    expect((await hq.call('DELETE', `/v2/${POINT}/stop-orders?etag=BwAAAAAAAAA%3D`)).status).toBe(409)
    expect(
      (await hq.call('DELETE', `/v2/${POINT}/stop-orders?etag=${encodeURIComponent(etag)}`)).status,
    ).toBe(200)
    expect((await hq.call('GET', SECRET, undefined, held)).status).toBe(200)
    expect((await hq.call('GET', `/v2/${POINT}/stop-orders`)).status).toBe(404)
  })

  it('are said to be done at the second poll, and listed without their rules', async () => {
    const hq = await start()
    const { name } = (await create(hq, 'stop-orders')).body
    expect((await hq.call('GET', `/v2/${name}`)).body.done).toBe(false)
    expect((await hq.call('GET', `/v2/${name}`)).body).toMatchObject({
      done: true,
      response: { '@type': 'type.googleapis.com/google.iam.v2.Policy', rules: RULES },
    })
    const { policies } = (await hq.call('GET', `/v2/${POINT}`)).body
    expect(policies.map((policy: { name: string }) => policy.name.split('/').at(-1))).toEqual([
      'no-new-keys',
      'stop-orders',
    ])
    for (const policy of policies) expect(policy).not.toHaveProperty('rules')
    expect((await create(hq, 'stop-orders')).body.error.status).toBe('ALREADY_EXISTS')
  })

  it('are refused whole for a permission or a principal that cannot be denied', async () => {
    const hq = await start()
    const [rule] = RULES
    const but = (denyRule: object) => [{ denyRule: { ...rule?.denyRule, ...denyRule } }]
    for (const rules of [
      but({ deniedPermissions: ['secretmanager.versions.access'] }),
      but({ deniedPermissions: ['example.googleapis.com/things.get'] }),
      but({ deniedPrincipals: [`serviceAccount:${ORDERS}`] }),
    ]) {
      expect((await create(hq, 'stop-orders', rules)).body.error.status).toBe('INVALID_ARGUMENT')
    }
  })

  it('can be read and written five times a minute each, and say how long to wait', async () => {
    const hq = await start()
    const get = () => hq.call('GET', `/v2/${POINT}/no-new-keys`)
    for (let count = 0; count < 5; count += 1) expect((await get()).status).toBe(200)
    const refused = await get()
    expect(refused).toMatchObject({ status: 429, body: { error: { status: 'RESOURCE_EXHAUSTED' } } })
    const retry = refused.body.error.details.find((each: { '@type': string }) =>
      each['@type'].endsWith('RetryInfo'),
    )
    hq.lab.clock.advance(Number.parseInt(retry.retryDelay, 10))
    expect((await get()).status).toBe(200)
    expect((await create(hq, 'stop-orders')).status).toBe(200)
    const other = await start({ denyQuota: false })
    for (let count = 0; count < 12; count += 1) {
      expect((await other.call('GET', `/v2/${POINT}/no-new-keys`)).status).toBe(200)
    }
  })

  it('work with the client of Google, which encodes twice', async () => {
    const hq = await start({ denyQuota: false })
    const urls: string[] = []
    const listen = hq.gcp.receive
    hq.gcp.receive = exchange => {
      urls.push(exchange.url)
      return listen(exchange)
    }
    const google = client(hq)
    const [operation] = await google.createPolicy({
      parent: POINT,
      policyId: 'stop-orders',
      policy: { displayName: 'stop', rules: RULES },
    })
    const [made] = await operation.promise()
    expect(made).toMatchObject({ name: expect.stringContaining('123456789012'), kind: 'DenyPolicy' })
    const [again] = await google.getPolicy({ name: `${POINT}/stop-orders` })
    expect(again.rules?.[0]?.denyRule?.deniedPermissions).toEqual(RULES[0]?.denyRule.deniedPermissions)
    const [updating] = await google.updatePolicy({ policy: { ...again, rules: [] } })
    await updating.promise()
    const [deleting] = await google.deletePolicy({ name: `${POINT}/stop-orders` })
    await deleting.promise()
    await expect(google.getPolicy({ name: `${POINT}/stop-orders` })).rejects.toMatchObject({ code: 404 })
    expect(urls.some(url => url.includes('%252F'))).toBe(true)
    await google.close()
  })
})
