import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AzureClient } from '../../../src/clouds/azure/client.ts'
import { kinds } from '../../../src/clouds/azure/kinds/kinds.ts'
import { openSession } from '../../../src/clouds/azure/session.ts'
import type { Identity } from '../../../src/model/identity.ts'
import type { Session } from '../../../src/model/provider.ts'
import { ScriptedAzure, TENANT } from './scripted-azure.ts'
import { answerFor, SUBSCRIPTION, smallTenant, type Tenant } from './small-tenant.ts'

let azure: ScriptedAzure
let tenant: Tenant
let client: AzureClient
let session: Session<AzureClient>

async function open(): Promise<void> {
  answerFor(azure, tenant)
  client = await azure.client({ subscriptions: [{ id: SUBSCRIPTION, name: 'prod' }] })
  session = await openSession(client, undefined)
}

beforeEach(async () => {
  azure = await new ScriptedAzure().start()
  tenant = smallTenant()
  await open()
})

afterEach(async () => {
  await azure.stop()
})

const every = kinds.map(({ name }) => name)

async function list(asked: string[] = every): Promise<Identity[]> {
  const found: Identity[] = []
  for await (const identity of session.inventory({ kinds: asked })) found.push(identity)
  return found
}

const named = (found: Identity[], kind: string, name: string) => {
  const one = found.find(each => each.kind === kind && each.name === name)
  if (!one) throw new Error(`no ${kind} ${name}`)
  return one
}

test('the whole tenant, each identity once, every principal under one kind', async () => {
  const found = await list()
  const count = (kind: string) => found.filter(each => each.kind === kind).length
  expect(Object.fromEntries(every.map(kind => [kind, count(kind)]))).toEqual({
    'service-principal': 9,
    'managed-identity': 2,
    application: 3,
    'client-secret': 3,
    certificate: 1,
    'federated-credential': 2,
    'storage-account': 1,
  })
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
  expect(session.warnings).toEqual([])
  expect(session.alias).toBe('Acme')
  expect(session.caller).toEqual({ name: 'responder (my-app)', uids: ['me', 'my-app-object'] })
})

test('a kind that is not named costs nothing', async () => {
  await list(['storage-account'])
  expect(
    Object.keys(client.tally.operations).filter(
      each => each.includes('servicePrincipals') && !each.includes('{id}'),
    ),
  ).toEqual(
    ['GET /v1.0/servicePrincipals(appId={value})'].filter(
      each => client.tally.operations[each] !== undefined,
    ),
  )
  expect(client.tally.operations['GET /v1.0/applications']).toBeUndefined()
})

describe('facts', () => {
  test('of an application’s principal', async () => {
    const { facts, uid, id } = named(await list(), 'service-principal', 'ci')
    expect([id, uid]).toEqual([`azure:${TENANT}:service-principal/ci`, 'ci'])
    expect(facts).toMatchObject({
      type: 'application',
      appId: 'app-of-ci',
      application: 'ci-app',
      displayName: 'Name of ci',
      enabled: true,
      firstParty: false,
      thirdParty: false,
      tags: { 'interdict:protected': 'true', team: 'platform' },
      lastUsed: '2026-11-01T00:00:00.000Z',
      roles: [
        { role: 'Contributor', scope: `/subscriptions/${SUBSCRIPTION}`, id: 'ra-ci', conditional: true },
      ],
      appRoles: [
        { resource: 'Microsoft Graph', value: 'Mail.Read', id: 'a1' },
        { resource: 'Microsoft Graph', value: 'Directory.Read.All', id: 'a3' },
      ],
      groups: [{ id: 'g', name: 'Deployers' }],
      owners: ['user-1', 'user-2'],
      directoryRoles: [],
      delegatedGrants: [],
    })
  })

  test('of others', async () => {
    const found = await list()
    expect(named(found, 'service-principal', 'vendor').facts).toMatchObject({
      thirdParty: true,
      delegatedGrants: [
        {
          resource: 'Microsoft Graph',
          scopes: ['Mail.Read', 'Files.Read'],
          consent: 'AllPrincipals',
          id: 'd1',
        },
      ],
      appRoles: [{ value: 'unknown' }],
      roles: [{ role: 'Owner', scope: '/', id: 'ra-root' }],
    })
    expect(named(found, 'service-principal', 'graph').facts).toMatchObject({
      firstParty: true,
      thirdParty: false,
    })
    expect(named(found, 'service-principal', 'off').facts).toMatchObject({
      enabled: false,
      secrets: ['secret-1', 'secret-2'],
    })
    expect(named(found, 'service-principal', 'agent').facts).toMatchObject({
      type: 'agent-identity',
      blueprint: 'app-of-blueprint',
      created: '2026-02-02T00:00:00.000Z',
    })
    expect(named(found, 'service-principal', 'blueprint').facts).toMatchObject({
      type: 'agent-blueprint',
      directoryRoles: ['Global Administrator'],
    })
    expect(named(found, 'service-principal', 'strange').facts).toMatchObject({ type: 'SomethingNew' })
  })

  test('of managed identities, with what runs as them', async () => {
    const found = await list()
    const [user, system] = [named(found, 'managed-identity', 'api'), named(found, 'managed-identity', 'vm')]
    expect(user.facts).toMatchObject({ type: 'managed-identity', assigned: 'user', principalId: 'api' })
    expect(user.facts.usedBy).toEqual([expect.stringMatching(/virtualMachines\/vm$/)])
    expect(system.facts).toMatchObject({ assigned: 'system' })
    expect(await session.dependents?.(user)).toEqual([expect.stringMatching(/^runs as it: .*\/vm$/)])
  })

  test('of credentials, each with what it is on', async () => {
    const found = await list()
    expect(named(found, 'client-secret', 'ci-app/secret-1')).toMatchObject({
      uid: 'ci-app/secret-1',
      owner: `azure:${TENANT}:application/ci-app`,
      facts: { keyId: 'secret-1', hint: 'abc', enabled: true, on: 'application', objectId: 'ci-app' },
    })
    expect(named(found, 'client-secret', 'off/secret-2').facts).toMatchObject({
      enabled: false,
      on: 'service-principal',
    })
    expect(named(found, 'certificate', 'ci-app/cert-1').facts).toMatchObject({
      usage: 'Verify',
      thumbprint: 'AB12',
    })
    expect(named(found, 'federated-credential', 'ci-app/github').facts).toMatchObject({
      credentialId: 'fic-1',
      subject: '',
      expression: "claims['sub'] matches 'repo:a/*'",
    })
    expect(named(found, 'federated-credential', 'api/aks')).toMatchObject({
      owner: `azure:${TENANT}:managed-identity/api`,
      facts: { on: 'managed-identity', resource: expect.stringMatching(/\/api$/) },
    })
    expect(named(found, 'storage-account', 'data').facts).toMatchObject({ sharedKey: true })
  })

  test('have the types that the kinds declare, and no other names', async () => {
    const typeOf: { [type: string]: (value: unknown) => boolean } = {
      string: value => typeof value === 'string',
      bool: value => typeof value === 'boolean',
      int: value => Number.isInteger(value),
      time: value => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
      'list<string>': value => Array.isArray(value) && value.every(each => typeof each === 'string'),
      'map<string>': value => typeof value === 'object' && value !== null && !Array.isArray(value),
    }
    const wrong = (await list()).flatMap(({ id, kind, facts }) => {
      const shape = kinds.find(({ name }) => name === kind)?.facts ?? {}
      return Object.entries(facts).flatMap(([name, value]) => {
        const type = shape[name]
        const fits =
          typeof type === 'string' ? typeOf[type]?.(value) : type !== undefined && Array.isArray(value)
        return fits ? [] : [`${id} ${name}`]
      })
    })
    expect(wrong).toEqual([])
  })
})

test('what these credentials may not see is left out, and said', async () => {
  const denied = { status: 403, body: { error: { code: 'Authorization_RequestDenied', message: 'no' } } }
  tenant.answers['/oauth2PermissionGrants'] = denied
  tenant.answers['/roleManagement/directory/roleDefinitions'] = denied
  tenant.answers['/reports/servicePrincipalSignInActivities'] = {
    status: 403,
    body: { error: { code: 'Authentication_RequestFromNonPremiumTenantOrB2CTenant', message: 'no licence' } },
  }
  const { facts } = named(await list(), 'service-principal', 'ci')
  expect(Object.keys(facts)).not.toContain('delegatedGrants')
  expect(Object.keys(facts)).not.toContain('directoryRoles')
  expect(Object.keys(facts)).not.toContain('lastUsed')
  expect(facts.roles).toHaveLength(1)
  expect(session.warnings.map(({ message }) => message.split(' could ')[0]).sort()).toEqual([
    'delegated permission grants',
    'directory roles',
  ])
})

test('what may be a passing trouble fails the listing, so that nobody is missed', async () => {
  tenant.answers['/servicePrincipals/vendor/owners'] = { status: 500, body: {} }
  await expect(list()).rejects.toMatchObject({ code: 'unavailable' })
})

describe('credentials', () => {
  const names = async (kind: string, name: string) =>
    (await session.credentials(named(await list(), kind, name))).map(each => `${each.kind} ${each.name}`)

  test('of a principal are its own and those of its application', async () => {
    expect(await names('service-principal', 'off')).toEqual([
      'client-secret off/secret-1',
      'client-secret off/secret-2',
    ])
    expect(await names('service-principal', 'ci')).toEqual([
      'client-secret ci-app/secret-1',
      'certificate ci-app/cert-1',
      'federated-credential ci-app/github',
    ])
  })

  test('of the rest', async () => {
    tenant.objects['/applications/ci-app'] = tenant.lists['/applications']?.[0] ?? {}
    expect(await names('application', 'ci-app')).toHaveLength(3)
    expect(await names('managed-identity', 'api')).toEqual(['federated-credential api/aks'])
    expect(await names('storage-account', 'data')).toEqual([])
  })

  test('of what is gone are none', async () => {
    const identity = named(await list(), 'service-principal', 'vendor')
    const gone = { ...identity, name: 'gone', id: `azure:${TENANT}:service-principal/gone` }
    expect(await session.credentials(gone)).toEqual([])
  })
})

test('who is spared, and why', async () => {
  const found = await list()
  const spared = found.flatMap(each => {
    const because = session.spares(each)?.because
    return because === undefined ? [] : [`${each.kind} ${each.name}: ${because}`]
  })
  expect(spared.sort()).toEqual([
    'application my-app-object: that is your application',
    'service-principal blueprint: the last Global Administrator',
    'service-principal ci: tagged interdict:protected',
    'service-principal graph: an application of Microsoft itself',
    'service-principal me: that is you',
    'service-principal sync: the directory synchronisation signs in as it',
  ])
})

test('the last who manages access to a subscription is spared, unless somebody does at the root', async () => {
  const last = async () => session.spares(named(await list(), 'managed-identity', 'api'))?.because
  expect(await last()).toBeUndefined()
  const path = `/subscriptions/${SUBSCRIPTION}/providers/microsoft.authorization/roleassignments`
  tenant.arm[path] = []
  await open()
  expect(await last()).toBe(`nobody else manages access to /subscriptions/${SUBSCRIPTION}`)
})

test('nobody known is nobody who may cut', async () => {
  azure.login.script = () => ({ body: { access_token: 'opaque', expires_in: 3600 } })
  await open()
  expect(session.warnings).toMatchObject([{ refuse: true }])
})

test('3,000 principals in as many requests as pages and batches', async () => {
  const count = 3_000
  tenant.pageSize = 999
  tenant.lists['/servicePrincipals'] = Array.from({ length: count }, (_, at) => ({
    id: `sp-${at}`,
    appId: `app-${at}`,
    displayName: `${at}`,
    servicePrincipalType: 'Application',
    appOwnerOrganizationId: TENANT,
    accountEnabled: true,
    passwordCredentials: [{ keyId: `key-${at}` }],
  }))
  tenant.rows[1] = [
    /roleassignments/,
    Array.from({ length: count }, (_, at) => ({
      id: `ra-${at}`,
      principalId: `sp-${at}`,
      roleDefinitionId: '/x/contrib',
      scope: '/subscriptions/x/y',
      condition: '',
    })),
  ]
  azure.graph.received = []
  const before = client.requests()
  let seen = 0
  for await (const { kind, facts } of session.inventory({ kinds: ['service-principal', 'client-secret'] })) {
    if (kind === 'service-principal' && Array.isArray(facts.roles) && facts.roles.length === 1) seen += 1
    azure.graph.received = []
    azure.arm.received = []
  }
  expect(seen).toBe(count)
  const pages = 2 * Math.ceil(count / 999)
  expect(client.requests() - before).toBeLessThan(pages + (2 * count) / 20 + 30)
})
