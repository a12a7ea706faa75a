import { describe, expect, test } from 'vitest'
import { permissionsOf } from '../../../src/lab/azure/index.ts'
import { guid, objectId } from '../../../src/lab/azure/seed/index.ts'
import { GRAPH, type Town, town } from './town.ts'

const PRINCIPAL = `/v1.0/servicePrincipals/${objectId('mail-insights')}`
const application = (name: string) => `/v1.0/applications/${guid(`application ${name}`)}`
const EVENTUAL = { consistencylevel: 'eventual' }

/** All pages of a list, and how many there were. */
async function pages(here: Town, path: string, token: string, headers = {}) {
  const found: { [property: string]: unknown }[] = []
  let count = 0
  for (let at: string | undefined = path; at !== undefined; count += 1) {
    const { body } = await here.call('GET', at, token, undefined, headers)
    found.push(...body.value)
    at = body['@odata.nextLink']?.replace(here.lab.endpoint, '')
  }
  return { found, count }
}

describe('listing', () => {
  test('goes over pages that are as long as asked for, and shows no key', async () => {
    const here = await town()
    const graph = await here.responder(GRAPH)
    const { found, count } = await pages(
      here,
      '/v1.0/servicePrincipals?$top=7&$select=id,keyCredentials',
      graph,
    )
    expect(count).toBe(Math.ceil(found.length / 7))
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
    const keys = found.flatMap(({ keyCredentials }) => keyCredentials as { key: unknown }[])
    expect(keys.length).toBeGreaterThan(0)
    expect(keys.every(({ key }) => key === null)).toBe(true)
  })

  test('shows a certificate when one object is asked for it', async () => {
    const here = await town()
    const graph = await here.responder(GRAPH)
    const path = application('ledger-sync')
    const one = await here.call('GET', `${path}?$select=id,keyCredentials`, graph)
    expect(one.body.keyCredentials.filter(({ key }: { key: unknown }) => key === null)).toHaveLength(1)
    expect((await here.call('GET', path, graph)).body.keyCredentials[0].key).toBeNull()
  })

  test.each([
    ["displayName eq 'mail insights'", 1],
    ["servicePrincipalType eq 'ManagedIdentity' and accountEnabled eq true", 3],
    ["startswith(displayName,'agent-')", 4],
    [`id in ('${objectId('agent-triage')}', '${objectId('reports-api')}')`, 2],
    ["tags/any(t: t eq 'break-glass')", 1],
    ["displayName eq 'nobody' or displayName eq 'reports-api'", 1],
  ])('filters by %s', async ($filter, expected) => {
    const here = await town()
    const query = new URLSearchParams({ $filter, $select: 'id' })
    const { found } = await pages(here, `/v1.0/servicePrincipals?${query}`, await here.responder(GRAPH))
    expect(found).toHaveLength(expected)
  })

  test('takes a negation only with the index', async () => {
    const here = await town()
    const graph = await here.responder(GRAPH)
    const path = `/v1.0/servicePrincipals?$count=true&$filter=${encodeURIComponent("servicePrincipalType ne 'Application'")}`
    expect((await here.call('GET', path, graph)).body.error.code).toBe('Request_UnsupportedQuery')
    expect((await here.call('GET', path, graph, undefined, EVENTUAL)).status).toBe(200)
  })

  test('from the index is late, and a single object is not', async () => {
    const here = await town(undefined, 60_000)
    const graph = await here.responder(GRAPH)
    await here.call('PATCH', PRINCIPAL, graph, { accountEnabled: false })
    const seen = async (headers: object) => {
      const { found } = await pages(here, '/v1.0/servicePrincipals', graph, headers)
      return found.find(({ id }) => id === objectId('mail-insights'))?.['accountEnabled']
    }
    expect((await here.call('GET', PRINCIPAL, graph)).body.accountEnabled).toBe(false)
    expect([await seen({}), await seen(EVENTUAL)]).toEqual([false, true])
    here.lab.clock.advance(61)
    expect(await seen(EVENTUAL)).toBe(false)
  })
})

describe('$batch', () => {
  const item = (id: number, url: string) => ({ id: String(id), method: 'GET', url })

  test('answers each item for itself, in another order, and throttles some', async () => {
    const here = await town(({ switches }) => {
      switches.batchThrottleEvery = 3
    })
    const requests = [
      item(1, '/users'),
      item(2, '/servicePrincipals/00000000-0000-0000-0000-000000000000'),
      item(3, '/users'),
    ]
    const { status, body } = await here.call('POST', '/v1.0/$batch', await here.responder(GRAPH), {
      requests,
    })
    expect(status).toBe(200)
    expect(body.responses.map((each: { id: string; status: number }) => [each.id, each.status])).toEqual([
      ['3', 429],
      ['2', 404],
      ['1', 200],
    ])
    expect(body.responses[0].headers).toMatchObject({ 'Retry-After': '1' })
  })

  test('takes twenty and no more', async () => {
    const here = await town()
    const requests = Array.from({ length: 21 }, (_, id) => item(id, '/users'))
    expect((await here.call('POST', '/v1.0/$batch', await here.responder(GRAPH), { requests })).status).toBe(
      400,
    )
  })
})

describe('writing', () => {
  test('only v1.0 loses a flexible credential’s expression', async () => {
    const here = await town()
    const graph = await here.responder(GRAPH)
    const path = `${application('shop-deploy')}/federatedIdentityCredentials`
    const [late] = (await here.call('GET', path, graph)).body.value
    const [whole] = (await here.call('GET', path.replace('v1.0', 'beta'), graph)).body.value
    expect(late).not.toHaveProperty('claimsMatchingExpression')
    expect(whole.claimsMatchingExpression.value).toContain('repo:acme/shop:*')
    expect(whole.subject).toBeNull()
    expect((await here.call('DELETE', `${path}/${whole.id}`, graph)).status).toBe(204)
    const { id: _, ...rest } = whole
    const again = await here.call('POST', path.replace('v1.0', 'beta'), graph, rest)
    expect(again.status).toBe(201)
    expect(again.body).toEqual({ ...rest, id: expect.not.stringMatching(whole.id) })
  })

  test('an application takes twenty federated credentials', async () => {
    const here = await town()
    const body = {
      name: 'one-more',
      issuer: 'https://example.com',
      subject: 'x',
      audiences: ['api://AzureADTokenExchange'],
    }
    const path = `${application('release-bot')}/federatedIdentityCredentials`
    expect((await here.call('POST', path, await here.responder(GRAPH), body)).status).toBe(400)
  })

  test('certificates are replaced whole, kept by key id and never changed', async () => {
    const here = await town()
    const graph = await here.responder(GRAPH)
    const path = application('ledger-sync')
    const { keyCredentials } = (await here.call('GET', `${path}?$select=keyCredentials`, graph)).body
    const [first, ...others] = keyCredentials
    expect((await here.call('PATCH', path, graph, { keyCredentials: others })).status).toBe(204)
    const changed = others.map((each: object) => ({ ...each, key: 'AAAA' }))
    expect((await here.call('PATCH', path, graph, { keyCredentials: changed })).status).toBe(400)
    expect(
      (await here.call('PATCH', path, graph, { keyCredentials: [...others, { ...first, key: null }] }))
        .status,
    ).toBe(400)
    expect((await here.call('PATCH', path, graph, { keyCredentials })).status).toBe(204)
    const after = await here.call('GET', `${path}?$select=keyCredentials`, graph)
    expect(after.body.keyCredentials).toEqual(keyCredentials)
  })

  test('a restored object differs only in the members that the service sets', async () => {
    const here = await town()
    const graph = await here.responder(GRAPH)
    const before = here.lab.snapshot()
    const path = `${PRINCIPAL}/appRoleAssignments`
    const [assignment] = (await here.call('GET', path, graph)).body.value
    const group = `/v1.0/groups/${guid('group sg-readers')}/members`
    const reference = {
      '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${objectId('mail-insights')}`,
    }
    expect((await here.call('DELETE', `${path}/${assignment.id}`, graph)).status).toBe(204)
    expect((await here.call('DELETE', `${group}/${objectId('mail-insights')}/$ref`, graph)).status).toBe(204)
    expect(here.lab.snapshot()).not.toEqual(before)
    const { principalId, resourceId, appRoleId } = assignment
    const made = await here.call('POST', path, graph, { principalId, resourceId, appRoleId })
    expect(made.body.id).not.toBe(assignment.id)
    expect((await here.call('POST', path, graph, { principalId, resourceId, appRoleId })).status).toBe(400)
    expect((await here.call('POST', `${group}/$ref`, graph, reference)).status).toBe(204)
    expect((await here.call('POST', `${group}/$ref`, graph, reference)).status).toBe(400)
    expect(here.lab.snapshot()).toEqual(before)
  })

  test('a grant for everybody comes back under its id', async () => {
    const here = await town()
    const graph = await here.responder(GRAPH)
    const filter = encodeURIComponent(`clientId eq '${objectId('vendor-sync')}'`)
    const [grant] = (await here.call('GET', `/v1.0/oauth2PermissionGrants?$filter=${filter}`, graph)).body
      .value
    const { id, ...rest } = grant
    expect((await here.call('DELETE', `/v1.0/oauth2PermissionGrants/${id}`, graph)).status).toBe(204)
    expect((await here.call('POST', '/v1.0/oauth2PermissionGrants', graph, rest)).body.id).toBe(id)
  })

  test('members of some groups are not chosen by hand', async () => {
    const here = await town()
    const graph = await here.responder(GRAPH)
    const remove = async (group: string, member: string) =>
      (
        await here.call(
          'DELETE',
          `/v1.0/groups/${guid(`group ${group}`)}/members/${objectId(member)}/$ref`,
          graph,
        )
      ).status
    expect(await remove('sg-everything', 'mail-insights')).toBe(400)
    expect(await remove('sg-on-premises', 'billing-export')).toBe(400)
    expect(await remove('sg-role-admins', 'iac-pipeline')).toBe(204)
  })

  test('two at once may be a violation, and nothing is done then', async () => {
    const here = await town(({ switches }) => {
      switches.concurrencyEvery = 1
    })
    const graph = await here.responder(GRAPH)
    const refused = await here.call('PATCH', PRINCIPAL, graph, { accountEnabled: false })
    expect([refused.status, refused.body.error.code]).toEqual([409, 'Directory_ConcurrencyViolation'])
    expect((await here.call('GET', PRINCIPAL, graph)).body.accountEnabled).toBe(true)
  })

  test('a managed identity’s principal can be out of reach', async () => {
    const here = await town(({ switches }) => {
      switches.managedIdentityPatch = false
    })
    const path = `/v1.0/servicePrincipals/${objectId('id-backup')}`
    expect(
      (await here.call('PATCH', path, await here.responder(GRAPH), { accountEnabled: false })).status,
    ).toBe(403)
  })

  test('the deactivation of an application is not its principal’s to write', async () => {
    const here = await town()
    const graph = await here.responder(GRAPH)
    expect((await here.call('PATCH', PRINCIPAL, graph, { isDisabled: true })).status).toBe(400)
    expect((await here.call('PATCH', application('mail-insights'), graph, { isDisabled: true })).status).toBe(
      204,
    )
  })
})

describe('faults', () => {
  test('an answer may come late or not be true', async () => {
    const here = await town()
    const graph = await here.responder(GRAPH)
    const operation = 'PATCH /v1.0/servicePrincipals/{id}'
    here.lab.faults.add({ trouble: { kind: 'applied-then-503' }, operation })
    expect((await here.call('PATCH', PRINCIPAL, graph, { accountEnabled: false })).status).toBe(503)
    here.lab.faults.add({ trouble: { kind: 'stale' }, operation: 'GET /v1.0/servicePrincipals/{id}' })
    expect((await here.call('GET', PRINCIPAL, graph)).body.accountEnabled).toBe(true)
    expect((await here.call('GET', PRINCIPAL, graph)).body.accountEnabled).toBe(false)
    here.lab.faults.add({ trouble: { kind: 'throttle' }, params: { id: objectId('mail-insights') } })
    const throttled = await here.call('GET', PRINCIPAL, graph)
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '1'])
  })

  test('something is gone', async () => {
    const here = await town()
    const [azure] = here.lab.clouds
    azure?.vanish('service-principal', objectId('mail-insights'))
    const gone = await here.call('GET', PRINCIPAL, await here.responder(GRAPH))
    expect(gone.body.error.code).toBe('Request_ResourceNotFound')
  })

  test('the lab answers an unknown request with a loud 501', async () => {
    const here = await town()
    const refused = await here.call('PUT', PRINCIPAL, await here.responder(GRAPH))
    expect([refused.status, refused.body.error.message]).toEqual([
      501,
      expect.stringContaining('does not know PUT /v1.0/servicePrincipals/'),
    ])
  })
})

describe('permissions', () => {
  test('are those of the token', async () => {
    const here = await town()
    const token = await here.token('mail-insights', 'mail-insights/stolen', GRAPH)
    expect((await here.call('GET', '/v1.0/servicePrincipals', token)).status).toBe(200)
    const refused = await here.call('PATCH', PRINCIPAL, token, { accountEnabled: true })
    expect([refused.status, refused.body.error.code]).toEqual([403, 'Authorization_RequestDenied'])
  })

  test('of an operation can be asked for', () => {
    expect(permissionsOf('GET /v1.0/servicePrincipals/{id}')?.[0]).toEqual(['Application.Read.All'])
    expect(permissionsOf('Microsoft.Authorization/roleAssignments/delete')).toEqual([
      ['Microsoft.Authorization/roleAssignments/delete'],
    ])
    expect(permissionsOf('GET /v1.0/nothing')).toBeUndefined()
  })

  test('a blueprint may put its own agents back, and no others', async () => {
    const here = await town()
    const token = await here.token('support-agents', 'support-agents/platform', GRAPH)
    const agent = (name: string) => `/v1.0/servicePrincipals/${objectId(name)}/microsoft.graph.agentIdentity`
    const body = { accountEnabled: false }
    expect((await here.call('PATCH', agent('agent-triage'), token, body)).status).toBe(204)
    expect((await here.call('PATCH', agent('agent-research'), token, body)).status).toBe(403)
  })
})
