import { afterEach, beforeEach, expect, test } from 'vitest'
import { azure as provider } from '../../../src/clouds/azure/provider.ts'
import { REAL } from '../../../src/model/timing.ts'
import { bearer, jwt, type Received, ScriptedAzure, ScriptedHost, TENANT } from './scripted-azure.ts'
import { answerFor, OUTSIDE, SUBSCRIPTION, smallTenant, type Tenant } from './small-tenant.ts'

let lab: ScriptedHost
let tenant: Tenant

/** All three services on one port, as a lab has them. */
beforeEach(async () => {
  tenant = smallTenant()
  const parts = new ScriptedAzure()
  lab = await new ScriptedHost().start()
  parts.graph.origin = lab.origin
  parts.arm.origin = lab.origin
  answerFor(parts, tenant)
  lab.script = async (received: Received, nth) => {
    if (received.url.includes('/oauth2/')) {
      const aud = new URLSearchParams(received.text).get('scope')?.replace('/.default', '')
      const claims = { aud, oid: 'me', appid: 'my-app', tid: TENANT, roles: [] }
      return { body: { access_token: jwt(claims), expires_in: 3_600 } }
    }
    const graph = /^\/(v1\.0|beta)\//.test(received.url)
    return await (graph ? parts.graph : parts.arm).script(received, nth)
  }
})

afterEach(async () => {
  await lab.stop()
})

const credentials = { tenantId: TENANT, clientId: 'my-app', clientSecret: 'a secret of the lab' }

const connect = (scope: { [name: string]: unknown }, run?: string) =>
  provider.connect({
    timing: REAL,
    scope: scope as never,
    lab: { endpoint: lab.origin, credentials },
    ...(run === undefined ? {} : { run }),
  })

test('one session a tenant, with the subscriptions that are its own', async () => {
  const { sessions, unreached } = await connect({}, '7f3k')
  expect(unreached).toEqual([])
  expect(sessions).toMatchObject([
    {
      cloud: 'azure',
      account: TENANT,
      alias: 'Acme',
      endpoint: lab.origin,
      caller: { name: 'responder (my-app)' },
      client: { subscriptions: [{ id: SUBSCRIPTION, name: 'prod' }] },
    },
  ])
  const calls = lab.received.filter(({ url }) => !url.includes('/oauth2/'))
  for (const call of calls) {
    const graph = /^\/(v1\.0|beta)\//.test(call.url)
    expect(bearer(call).aud, call.url).toBe(
      graph ? 'https://graph.microsoft.com' : 'https://management.azure.com',
    )
    expect(call.headers['user-agent']).toContain('run/7f3k')
  }
  expect(lab.received.filter(({ url }) => url === `/${TENANT}/oauth2/v2.0/token`)).toHaveLength(2)
})

test('subscriptions by id; one that is not shown is said', async () => {
  const { sessions, unreached } = await connect({ subscriptions: [SUBSCRIPTION.toUpperCase(), OUTSIDE] })
  expect(sessions[0]?.client).toMatchObject({ subscriptions: [{ id: SUBSCRIPTION }] })
  expect(unreached).toMatchObject([{ account: OUTSIDE, fault: { code: 'denied' } }])
})

test('subscriptions by management group', async () => {
  const { sessions, unreached } = await connect({ managementGroups: ['mg', 'none'] })
  expect(sessions[0]?.client).toMatchObject({ subscriptions: [{ id: SUBSCRIPTION }] })
  expect(unreached).toMatchObject([{ account: 'management group none', fault: { code: 'gone' } }])
})

test('a directory without any subscription is still a tenant', async () => {
  tenant.arm['/subscriptions'] = []
  const { sessions, unreached } = await connect({})
  expect(unreached).toEqual([])
  const found: string[] = []
  for await (const { name } of sessions[0]?.inventory({ kinds: ['service-principal'] }) ?? [])
    found.push(name)
  expect(found).toContain('ci')
})

test('another tenant than the one that was asked for is not touched', async () => {
  const { sessions, unreached } = await connect({ tenant: OUTSIDE })
  expect(sessions).toEqual([])
  expect(unreached).toMatchObject([{ account: OUTSIDE, fault: { code: 'wrong-target' } }])
})

test('a refused sign-in names the tenant', async () => {
  lab.script = () => ({
    status: 401,
    body: { error: 'invalid_client', error_description: 'AADSTS7000215: no' },
  })
  const { sessions, unreached } = await connect({})
  expect(sessions).toEqual([])
  expect(unreached).toMatchObject([{ account: TENANT, fault: { code: 'not-authenticated' } }])
  expect(JSON.stringify(unreached)).not.toContain('a secret of the lab')
})

test.each([
  [{ subscriptions: [] }],
  [{ subscriptions: ['prod'] }],
  [{ tenant: 'a/b' }],
  [{ cloud: 'Mars' }],
  [{ authority: 'http://login.example' }],
  [{ managementGroups: ['a/../b'] }],
  [{ unknown: 1 }],
])('a scope that cannot be: %j', async scope => {
  await expect(connect(scope)).rejects.toMatchObject({ code: 'invalid-playbook', where: 'scope.azure' })
})
