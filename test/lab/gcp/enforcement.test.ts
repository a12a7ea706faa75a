import { describe, expect, it } from 'vitest'
import { issuedToken } from '../../../src/lab/actors/issued-token.ts'
import { type Hq, start } from './hq.ts'

const GITHUB = '/v1/projects/acme-prod/locations/global/workloadIdentityPools/github'
const AUDIENCE =
  '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github/providers/github-actions'
const DOCS = 'docs-publisher@acme-prod.iam.gserviceaccount.com'
const ORDERS = 'orders@acme-prod.iam.gserviceaccount.com'
const secret = (project: string, name: string) =>
  `/v1/projects/${project}/secrets/${name}/versions/latest:access`
const account = (email: string, project = 'acme-prod') => `/v1/projects/${project}/serviceAccounts/${email}`

const workflow = (claims: object = {}) =>
  issuedToken(
    'https://token.actions.githubusercontent.com',
    'repo:acme/docs:ref:refs/heads/main',
    `https:${AUDIENCE}`,
    {
      repository: 'acme/docs',
      repository_owner: 'acme',
      ...claims,
    },
  )
const exchange = ({ call }: Hq, token = workflow()) =>
  call('POST', '/v1/token', {
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: AUDIENCE,
    subjectToken: token,
    subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
    requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
    scope: 'https://www.googleapis.com/auth/cloud-platform',
  })
const impersonate = ({ call }: Hq, token: string) =>
  call('POST', `/v1/projects/-/serviceAccounts/${DOCS}:generateAccessToken`, { scope: ['x'] }, token)

describe('workload identity', () => {
  it('gives a workload a token for what its claims say, and that one the account that it may be', async () => {
    const hq = await start()
    const federated = await exchange(hq)
    expect(federated.body).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String) })
    const made = await impersonate(hq, federated.body.access_token)
    expect(
      (await hq.call('GET', secret('acme-prod', 'docs-site-token'), undefined, made.body.accessToken)).status,
    ).toBe(200)
    expect((await exchange(hq, workflow({ repository_owner: 'evil' }))).body.error).toBe(
      'unauthorized_client',
    )
    const other = await exchange(hq, workflow({ repository: 'acme/other' }))
    expect((await impersonate(hq, other.body.access_token)).status).toBe(403)
    const info = await hq.call(
      'POST',
      `/tokeninfo?access_token=${federated.body.access_token}`,
      undefined,
      null,
    )
    expect(info.status).toBe(400)
  })

  it('ends tokens with the pool, until it is enabled again, and not with the provider', async () => {
    const hq = await start()
    const { access_token } = (await exchange(hq)).body
    const works = async () => (await impersonate(hq, access_token)).status
    const turn = (path: string, disabled: boolean) =>
      hq.call('PATCH', `${path}?updateMask=disabled`, { disabled })
    const patched = await turn(`${GITHUB}/providers/github-actions`, true)
    expect(patched.body).toMatchObject({ done: false })
    expect((await hq.call('GET', `/v1/${patched.body.name}`)).body.done).toBe(false)
    expect((await hq.call('GET', `/v1/${patched.body.name}`)).body).toMatchObject({
      done: true,
      response: { disabled: true },
    })
    expect((await exchange(hq)).body.error).toBe('invalid_target')
    expect(await works()).toBe(200)
    const kept = (await impersonate(hq, access_token)).body.accessToken
    await turn(GITHUB, true)
    expect(await works()).toBe(401)
    // A token made from it is the account's, and not the pool's.
    expect((await hq.call('GET', secret('acme-prod', 'docs-site-token'), undefined, kept)).status).toBe(200)
    await turn(GITHUB, false)
    expect(await works()).toBe(200)
  })

  it('goes by the condition of the provider', async () => {
    const hq = await start()
    const path = `${GITHUB}/providers/github-actions?updateMask=attributeCondition`
    const attributeCondition =
      "(assertion.repository_owner == 'acme') && !(assertion.repository == 'acme/docs')"
    await hq.call('PATCH', path, { attributeCondition })
    expect((await exchange(hq)).status).toBe(401)
    expect((await hq.call('PATCH', path, { attributeCondition: '((' })).status).toBe(400)
    expect((await hq.call('PATCH', `${GITHUB}/providers/github-actions`, { disabled: true })).status).toBe(
      400,
    )
  })
})

describe('the data plane', () => {
  it('learns of a change only after a while', async () => {
    const hq = await start({ propagationMs: 60_000 })
    const held = await hq.token(ORDERS)
    await hq.call('POST', `${account(ORDERS)}:disable`, {})
    expect((await hq.call('GET', account(ORDERS))).body.disabled).toBe(true)
    const read = async () =>
      (await hq.call('GET', secret('acme-prod', 'orders-database'), undefined, held)).status
    expect(await read()).toBe(200)
    hq.lab.clock.advance(61)
    expect(await read()).toBe(401)
  })

  it('lets in by project, folder, organization, group and condition, and nobody else', async () => {
    const hq = await start()
    const can = async (token: string, project: string, name: string) =>
      (await hq.call('GET', secret(project, name), undefined, token)).status === 200
    const payments = await hq.call(
      'POST',
      '/v3/iam:troubleshoot',
      tuple('payments@acme-prod.iam.gserviceaccount.com', 'payments-stripe'),
    )
    expect(payments.body.overallAccessState).toBe('CAN_ACCESS')
    const orders = await hq.token(ORDERS)
    expect(await can(orders, 'acme-prod', 'orders-database')).toBe(true)
    expect(await can(orders, 'acme-prod', 'payroll-db-root')).toBe(false)
    expect(await can(orders, 'acme-data', 'etl-password')).toBe(false)
    const held = await hq.call('POST', '/v3/projects/acme-data:testIamPermissions', {
      permissions: ['resourcemanager.projects.setIamPolicy', 'secretmanager.versions.access'],
    })
    expect(held.body).toEqual({ permissions: ['resourcemanager.projects.setIamPolicy'] })
  })

  it('is what the troubleshooter knows, as far as it can tell', async () => {
    const hq = await start({ propagationMs: 60_000 })
    const ask = async (email: string, name: string) =>
      (await hq.call('POST', '/v3/iam:troubleshoot', tuple(email, name))).body.overallAccessState
    expect(await ask(ORDERS, 'orders-database')).toBe('CAN_ACCESS')
    expect(await ask('gke-node@acme-prod.iam.gserviceaccount.com', 'orders-database')).toBe('UNKNOWN_INFO')
    expect(await ask('nobody@elsewhere.iam.gserviceaccount.com', 'orders-database')).toBe('UNKNOWN_INFO')
    // A disabled account can still access, for all that it knows.
    await hq.call('POST', `${account(ORDERS)}:disable`, {})
    hq.lab.clock.advance(120)
    expect(await ask(ORDERS, 'orders-database')).toBe('CAN_ACCESS')
    hq.gcp.editPolicy('secrets/acme-prod/orders-database', () => ({ bindings: [] }))
    hq.gcp.editPolicy('projects/acme-prod', () => ({ bindings: [] }))
    expect(await ask(ORDERS, 'orders-database')).toBe('CAN_ACCESS')
    hq.lab.clock.advance(61)
    expect(await ask(ORDERS, 'orders-database')).toBe('CANNOT_ACCESS')
  })
})

describe('the refusals of the lab', () => {
  it('is what has no token, no permission, or no name', async () => {
    const { call, token } = await start()
    expect((await call('GET', account(ORDERS), undefined, null)).status).toBe(401)
    expect((await call('GET', account(ORDERS), undefined, 'ya29.nonsense')).status).toBe(401)
    expect((await call('GET', account(ORDERS), undefined, await token(ORDERS))).status).toBe(403)
    const ghost = 'ghost@acme-prod.iam.gserviceaccount.com'
    expect((await call('GET', account(ghost))).status).toBe(404)
    expect((await call('GET', account(ghost, '-'))).status).toBe(403)
    expect((await call('GET', account(ghost, 'nowhere'))).status).toBe(403)
    expect((await call('GET', account(ORDERS, '-'))).status).toBe(200)
    expect(await call('POST', `${account(ORDERS)}:signBlob`, {})).toMatchObject({
      status: 501,
      body: {
        error: { status: 'UNIMPLEMENTED', message: expect.stringContaining('POST /v1/projects/acme-prod') },
      },
    })
  })

  it('follows the faults that are set: throttled, stale, done and not said, vanished', async () => {
    const hq = await start()
    const { faults } = hq.lab
    faults.add({ trouble: { kind: 'throttle' }, operation: 'iam.projects.serviceAccounts.get' })
    expect((await hq.call('GET', account(ORDERS))).body.error.status).toBe('RESOURCE_EXHAUSTED')
    faults.add({ trouble: { kind: 'error', code: 'INTERNAL', status: 500 }, params: { account: ORDERS } })
    expect((await hq.call('GET', account(ORDERS))).body.error).toMatchObject({
      code: 500,
      status: 'INTERNAL',
    })
    faults.add({ trouble: { kind: 'applied-then-503' }, operation: 'iam.projects.serviceAccounts.disable' })
    expect((await hq.call('POST', `${account(ORDERS)}:disable`, {})).status).toBe(503)
    faults.add({ trouble: { kind: 'stale' }, operation: 'iam.projects.serviceAccounts.get' })
    expect((await hq.call('GET', account(ORDERS))).body).not.toHaveProperty('disabled')
    expect((await hq.call('GET', account(ORDERS))).body.disabled).toBe(true)
    faults.add({ trouble: { kind: 'vanish', of: 'service-account', name: ORDERS } })
    await hq.call('GET', account(DOCS))
    expect((await hq.call('GET', account(ORDERS))).status).toBe(404)
    expect(hq.lab.calls.count('iam:iam.projects.serviceAccounts.get')).toBe(6)
  })

  it('reads an account as it was, twice, when told to lag', async () => {
    const { call } = await start({ staleReads: 2 })
    await call('POST', `${account(ORDERS)}:disable`, {})
    const seen = []
    for (let count = 0; count < 3; count += 1)
      seen.push((await call('GET', account(ORDERS))).body.disabled ?? false)
    expect(seen).toEqual([false, false, true])
  })
})

function tuple(principal: string, name: string) {
  return {
    accessTuple: {
      principal,
      fullResourceName: `//secretmanager.googleapis.com/projects/123456789012/secrets/${name}`,
      permission: 'secretmanager.versions.access',
    },
  }
}
