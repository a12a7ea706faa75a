import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { Json } from '../../../../src/model/json.ts'
import {
  type Asked,
  contextOf,
  fault,
  identity,
  interruption,
  type Reply,
  type Scripted,
  SUBSCRIPTION,
  scripted,
} from './scripted-azure.ts'

const SCOPE = `/subscriptions/${SUBSCRIPTION}`
const RESOURCE = `${SCOPE}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/Data1`
const SP = identity('service-principal', '33333333-3333-4333-8333-333333333333', { type: 'application' })
const GUID = '66666666-6666-4666-8666-666666666666'

let cloud: Scripted
afterEach(() => cloud.close())

async function open(answer: (asked: Asked) => Reply, claims?: { roles: string[] }) {
  cloud = await scripted(answer, claims)
  return cloud
}

const changes = () => cloud.asked.filter(({ method }) => method !== 'GET')

describe('a deny assignment that cannot be made', () => {
  const other = `${SCOPE}/resourceGroups/rg`
  it.each([
    ['NoRegisteredProviderFound', 400],
    ['InvalidApiVersionParameter', 400],
    ['UserAssignedDenyAssignmentPropertiesNotValid', 400],
    ['AuthorizationFailed', 403],
    ['ScopeLocked', 409],
    ['NotFound', 404],
  ])('leaves those that were made and removes nothing: %s', async (code, status) => {
    await open(({ method, path }) =>
      method === 'PUT' && path.startsWith(other) ? fault(status, code) : { status: 200, body: {} },
    )
    const subject = interruption('azure.service-principal.quarantine')
    const context = contextOf(SP, {}, { scopes: [SCOPE, other], deniable: [SCOPE, other] })
    const cut = subject.cut({}, context)
    await expect(subject.write(cloud.client, {}, cut, context)).rejects.toMatchObject({
      code: 'quota',
      message: expect.stringContaining(`Azure takes no deny assignment at ${other}`) as string,
    })
    expect(changes().map(({ method, path }) => [method, path.split('/providers/')[0]])).toEqual([
      ['PUT', SCOPE],
      ['PUT', other],
    ])
  })

  it('has the same id whenever it is made, and another one for another run', async () => {
    await open(() => ({ status: 200, body: {} }))
    const subject = interruption('azure.service-principal.quarantine')
    for (const run of ['c0de', 'c0de', 'beef']) {
      const context = { ...contextOf(SP, {}, { scopes: [SCOPE], deniable: [SCOPE] }), run }
      await subject.write(cloud.client, {}, subject.cut({}, context), context)
    }
    const [first, second, third] = changes().map(({ path }) => path.split('/').at(-1))
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })
})

describe('a role that is given again', () => {
  const value = {
    scope: `${SCOPE}/resourceGroups/rg (a)`,
    roleDefinitionId: `${SCOPE}/providers/Microsoft.Authorization/roleDefinitions/r`,
    principalType: 'ServicePrincipal',
    condition: '@Resource[x] StringEquals "y"',
    conditionVersion: '2.0',
    description: 'deploys',
    delegatedManagedIdentityResourceId: `${SCOPE}/resourceGroups/x`,
  }
  const to = { [`azure-role/${GUID}`]: value }
  const subject = interruption('azure.service-principal.detach')
  const context = contextOf(SP, subject.params.parse({}) as Json)

  it('has its own id, and all that it had', async () => {
    await open(() => ({ status: 201, body: {} }))
    await subject.write(cloud.client, {}, to, context)
    const { scope, ...properties } = value
    expect(changes()).toMatchObject([
      {
        method: 'PUT',
        path: `${scope}/providers/Microsoft.Authorization/roleAssignments/${GUID}`,
        body: { properties: { ...properties, principalId: SP.name } },
      },
    ])
  })

  it('is there when the service says that it exists, and is the same', async () => {
    await open(({ method }) =>
      method === 'PUT'
        ? fault(409, 'RoleAssignmentExists')
        : { status: 200, body: { id: 'x', name: GUID, properties: { ...value, principalId: SP.name } } },
    )
    await subject.write(cloud.client, {}, to, context)
  })

  it('by somebody else under another id stays theirs', async () => {
    await open(({ method }) =>
      fault(
        method === 'PUT' ? 409 : 404,
        method === 'PUT' ? 'RoleAssignmentExists' : 'RoleAssignmentNotFound',
      ),
    )
    await expect(subject.write(cloud.client, {}, to, context)).rejects.toMatchObject({
      code: 'rejected',
      message: expect.stringMatching(/somebody has given this role again/) as string,
    })
    expect(changes()).toHaveLength(1)
  })
})

it('what was given in the directory meanwhile is as good as given by us', async () => {
  await open(({ method, path }) => {
    if (method === 'GET') return { status: 200, body: { value: [] } }
    if (path.endsWith('/$ref'))
      return fault(
        400,
        'Request_BadRequest',
        'One or more added object references already exist for the following modified properties: members.',
      )
    return fault(400, 'Request_BadRequest', 'Permission being assigned already exists on the object')
  })
  const subject = interruption('azure.service-principal.detach')
  const to = { 'app-role/r/a': true, 'delegated/r/all': 'Mail.Read', 'group/g': true }
  await subject.write(cloud.client, {}, to, contextOf(SP, subject.params.parse({}) as Json))
  expect(changes().map(({ path }) => path)).toHaveLength(3)
})

it('a delegated grant that is narrowed is changed in place', async () => {
  const grant = {
    id: 'AbC_d',
    clientId: SP.name,
    consentType: 'Principal',
    principalId: 'p',
    resourceId: 'r',
    scope: 'a',
  }
  await open(({ method }) => (method === 'GET' ? { status: 200, body: { value: [grant] } } : undefined))
  const subject = interruption('azure.service-principal.detach')
  const context = contextOf(SP, subject.params.parse({}) as Json)
  await subject.write(cloud.client, { 'delegated/r/p': 'a' }, { 'delegated/r/p': 'a b' }, context)
  expect(changes()).toMatchObject([
    { method: 'PATCH', path: '/v1.0/oauth2PermissionGrants/AbC_d', body: { scope: 'a b' } },
  ])
})

it('a managed identity that Entra does not let us switch is told the ladder', async () => {
  await open(() => fault(403, 'Authorization_RequestDenied'))
  const of = identity('managed-identity', 'm', { type: 'managed-identity' })
  const writing = interruption('azure.managed-identity.disable').write(
    cloud.client,
    { enabled: true },
    { enabled: false },
    contextOf(of),
  )
  await expect(writing).rejects.toMatchObject({
    code: 'denied',
    next: expect.stringMatching(/managed-identity\.detach or azure\.managed-identity\.quarantine/) as string,
  })
})

it('an agent is switched with the permission that can do nothing else', async () => {
  await open(() => undefined)
  const subject = interruption('azure.service-principal.disable')
  for (const type of ['agent-identity', 'agent-blueprint', 'application']) {
    const of = identity('service-principal', 'x', { type })
    await subject.write(cloud.client, { enabled: true }, { enabled: false }, contextOf(of))
  }
  expect(changes().map(({ path }) => path)).toEqual([
    '/v1.0/servicePrincipals/microsoft.graph.agentIdentity/x',
    '/v1.0/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal/x',
    '/v1.0/servicePrincipals/x',
  ])
})

describe('two certificates of one application at once', () => {
  it('are both gone, and what else is on it stays', async () => {
    const key = (keyId: string) => ({
      keyId,
      type: 'AsymmetricX509Cert',
      usage: 'Verify',
      displayName: keyId,
      startDateTime: '2026-01-01T00:00:00Z',
      endDateTime: '2027-01-01T00:00:00Z',
      customKeyIdentifier: keyId,
      key: `cert ${keyId}`,
    })
    let keys: Json[] = [key('a'), key('b'), key('c')]
    await open(({ method, body }) => {
      if (method === 'GET') return { status: 200, body: { id: 'o', keyCredentials: keys } }
      keys = (body as { keyCredentials: Json[] }).keyCredentials
      return undefined
    })
    const subject = interruption('azure.certificate.disable')
    const contexts = ['a', 'b'].map(name =>
      contextOf(identity('certificate', name, { on: 'application', objectId: 'o' }, 'application/o')),
    )
    const before = await Promise.all(contexts.map(context => subject.read(cloud.client, context)))
    const facets = before.map(reading => reading?.facet ?? {})
    await Promise.all(
      contexts.map((context, at) => subject.write(cloud.client, facets[at] ?? {}, {}, context)),
    )
    expect(keys).toEqual([key('c')])
    await Promise.all(
      contexts.map((context, at) => subject.write(cloud.client, {}, facets[at] ?? {}, context)),
    )
    expect(keys).toHaveLength(3)
    expect(new Set(keys.map(each => JSON.stringify(each))).size).toBe(3)
  })
})

it('a certificate that came back under another id is the one, and one that only says so is not', async () => {
  const key = Buffer.from('a certificate').toString('base64')
  const thumbprint = createHash('sha1').update('a certificate').digest('base64')
  const of = { type: 'AsymmetricX509Cert', usage: 'Verify', customKeyIdentifier: thumbprint }
  let keyCredentials: Json[] = [{ ...of, keyId: 'pretender', key: Buffer.from('another').toString('base64') }]
  await open(() => ({ status: 200, body: { id: 'o', keyCredentials } }))
  const subject = interruption('azure.certificate.disable')
  const facts = { on: 'application', objectId: 'o', thumbprint, usage: 'Verify' }
  const context = contextOf(identity('certificate', 'o/k', facts, 'application/o'))
  expect((await subject.read(cloud.client, context))?.facet).toEqual({})
  keyCredentials = [...keyCredentials, { ...of, keyId: 'new', key }]
  const back = await subject.read(cloud.client, context)
  expect(back).toMatchObject({ uid: 'o/k', facet: { certificate: { key } } })
  await subject.write(cloud.client, {}, back?.facet ?? {}, context)
  expect(changes()).toEqual([])
})

describe('what these credentials could not put back', () => {
  it.each<[string, object[], RegExp]>([
    ['owner', [{ actions: ['*'], notActions: [] }], /^$/],
    [
      'contributor',
      [
        {
          actions: ['*'],
          notActions: ['Microsoft.Authorization/*/Write', 'Microsoft.Authorization/*/Delete'],
        },
      ],
      /lack Microsoft\.Authorization\/denyAssignments\/delete at/,
    ],
    ['reader', [{ actions: ['*/read'], notActions: [] }], /lack/],
    [
      'a role of its own',
      [{ actions: ['Microsoft.Authorization/denyAssignments/*'], notActions: null }],
      /^$/,
    ],
  ])('in Azure: %s', async (_, value, message) => {
    await open(() => ({ status: 200, body: { value } }))
    const because = await interruption('azure.service-principal.quarantine').oneWay?.(
      cloud.client,
      contextOf(SP, {}, { deniable: [SCOPE] }),
    )
    expect(because ?? '').toMatch(message)
  })
})

it('two that use one storage account find it shut and leave it shut', async () => {
  let allowed: boolean | undefined
  await open(({ method, body }) => {
    if (method === 'GET')
      return {
        status: 200,
        body: { id: RESOURCE, properties: allowed === undefined ? {} : { allowSharedKeyAccess: allowed } },
      }
    allowed = (body as { properties: { allowSharedKeyAccess: boolean } }).properties.allowSharedKeyAccess
    return { status: 200, body: {} }
  })
  const subject = interruption('azure.storage-account.constrain')
  const context = contextOf(identity('storage-account', 'x', { resource: RESOURCE }))
  const before = await subject.read(cloud.client, context)
  expect(before).toEqual({ uid: RESOURCE.toLowerCase(), facet: { sharedKey: true } })
  await subject.write(cloud.client, before?.facet ?? {}, { sharedKey: false }, context)
  expect(allowed).toBe(false)
  await subject.write(cloud.client, { sharedKey: false }, before?.facet ?? {}, context)
  expect(allowed).toBe(true)
})
