import { describe, expect, test } from 'vitest'
import { workflowToken } from '../../../src/lab/actors/azure-credentials.ts'
import { storageKeyOf } from '../../../src/lab/azure/data-plane.ts'
import { appId, guid, objectId, SUBSCRIPTIONS, VAULT } from '../../../src/lab/azure/seed/index.ts'
import type { AzureEstate } from '../../../src/lab/azure/store.ts'
import { ARM, GRAPH, KEY_VAULT, type Town, town } from './town.ts'

const PRINCIPAL = `/v1.0/servicePrincipals/${objectId('mail-insights')}`
const STRIPE = '/vault/kv-acme-prod/secrets/payments-stripe?api-version=7.4'
const CP1 = { claims: JSON.stringify({ access_token: { xms_cc: { values: ['cp1'] } } }) }
const DENY = `/subscriptions/${SUBSCRIPTIONS.staging}/providers/Microsoft.Authorization/denyAssignments/${guid('our deny')}`
const PREVIEW = '?api-version=2024-07-01-preview'
const NOW = '?api-version=2022-04-01'

const thief = (here: Town, audience: string, more = {}) =>
  here.token('mail-insights', 'mail-insights/stolen', audience, more)

async function disable(here: Town, path = PRINCIPAL) {
  const graph = await here.responder(GRAPH)
  expect((await here.call('PATCH', path, graph, { accountEnabled: false })).status).toBe(204)
}

function assignmentOf(estate: AzureEstate, secret: string): { path: string; name: string } {
  const scope = `${VAULT}/secrets/${secret}`
  const found = estate.roleAssignments.find(
    each => each.scope === scope && each.principalId === objectId('mail-insights'),
  )
  const name = found?.name ?? ''
  return { name, path: `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}${NOW}` }
}

describe('tokens', () => {
  test('a disabled principal gets none, and what it has lives on at Key Vault', async () => {
    const here = await town()
    const token = await thief(here, KEY_VAULT)
    await disable(here)
    await expect(thief(here, KEY_VAULT)).rejects.toThrow('AADSTS7000112')
    expect((await here.call('GET', STRIPE, token)).status).toBe(200)
  })

  test('a token ends when its time is over, and the tool’s own does not', async () => {
    const here = await town()
    const [token, own] = [await thief(here, KEY_VAULT), await here.responder(GRAPH)]
    here.lab.clock.advance(2 * 3600)
    expect((await here.call('GET', STRIPE, token)).body.error.code).toBe('ExpiredAuthenticationToken')
    expect((await here.call('GET', PRINCIPAL, own)).status).toBe(200)
  })

  test('Graph alone ends a token at once, for a client that can be told', async () => {
    const here = await town()
    const told = await thief(here, GRAPH, CP1)
    const deaf = await thief(here, GRAPH)
    await disable(here)
    const refused = await here.call('GET', '/v1.0/users', told)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toMatch(/error="insufficient_claims", claims="/)
    expect((await here.call('GET', '/v1.0/users', deaf)).status).toBe(200)
  })

  test('a permission that was taken away stays in the tokens that have it', async () => {
    const here = await town()
    const before = await thief(here, GRAPH)
    const graph = await here.responder(GRAPH)
    const { body } = await here.call('GET', `${PRINCIPAL}/appRoleAssignments`, graph)
    for (const { id } of body.value) {
      expect((await here.call('DELETE', `${PRINCIPAL}/appRoleAssignments/${id}`, graph)).status).toBe(204)
    }
    expect((await here.call('GET', '/v1.0/users', before)).status).toBe(200)
    expect((await here.call('GET', '/v1.0/users', await thief(here, GRAPH))).status).toBe(403)
  })

  test('a token of one service is none of another', async () => {
    const here = await town()
    const token = await here.responder(ARM)
    const refused = await here.call('GET', PRINCIPAL, token)
    expect(refused.body.error).toMatchObject({ code: 'InvalidAuthenticationToken' })
    const subscriptions = '/subscriptions?api-version=2022-12-01'
    expect((await here.call('GET', subscriptions, await here.responder(GRAPH))).status).toBe(401)
  })

  test('says what was wrong with what was presented', async () => {
    const here = await town()
    await expect(here.token('mail-insights', 'another', GRAPH)).rejects.toThrow('AADSTS7000215')
    await expect(here.token('nobody', 'x', GRAPH)).rejects.toThrow('AADSTS700016')
    await expect(here.token('mail-insights', 'mail-insights/stolen', 'https://example.com')).rejects.toThrow(
      'AADSTS500011',
    )
    await expect(here.token('legacy-export', 'legacy-export/old', GRAPH)).rejects.toThrow('AADSTS7000112')
  })

  test('an expression lets in every workflow that it matches', async () => {
    const here = await town()
    const by = (subject: string) =>
      here.token('shop-deploy', '', KEY_VAULT, { client_assertion: workflowToken(subject) })
    await expect(by('repo:acme/shop:pull_request')).resolves.toMatch(/^ey/)
    await expect(by('repo:evil/shop:pull_request')).rejects.toThrow('AADSTS700213')
  })

  test('a trust that was taken away is still good until the sign-in service has learned of it', async () => {
    const here = await town(undefined, 300_000)
    const credentials = `/beta/applications/${guid('application docs-deploy')}/federatedIdentityCredentials`
    const signIn = () =>
      here.token('docs-deploy', '', KEY_VAULT, {
        client_assertion: workflowToken('repo:acme/docs:ref:refs/heads/main'),
      })
    const graph = await here.responder(GRAPH)
    const { body } = await here.call('GET', credentials, graph)
    expect((await here.call('DELETE', `${credentials}/${body.value[0].id}`, graph)).status).toBe(204)
    expect((await here.call('GET', credentials, graph)).body.value).toEqual([])
    await expect(signIn()).resolves.toMatch(/^ey/)
    here.lab.clock.advance(301)
    await expect(signIn()).rejects.toThrow('AADSTS700211')
  })

  test('disabling ends new tokens and, with CAE, old ones at Graph only after the delay', async () => {
    const here = await town(undefined, 300_000)
    const told = await thief(here, GRAPH, CP1)
    await disable(here)
    expect((await here.call('GET', '/v1.0/users', told)).status).toBe(200)
    await expect(thief(here, KEY_VAULT)).resolves.toMatch(/^ey/)
    here.lab.clock.advance(301)
    expect((await here.call('GET', '/v1.0/users', told)).status).toBe(401)
    await expect(thief(here, KEY_VAULT)).rejects.toThrow('AADSTS7000112')
  })

  test('a permission that was taken away or given is in new tokens only after the delay', async () => {
    const here = await town(undefined, 300_000)
    const graph = await here.responder(GRAPH)
    const { body } = await here.call('GET', `${PRINCIPAL}/appRoleAssignments`, graph)
    for (const { id } of body.value) await here.call('DELETE', `${PRINCIPAL}/appRoleAssignments/${id}`, graph)
    const users = async () => (await here.call('GET', '/v1.0/users', await thief(here, GRAPH))).status
    expect(await users()).toBe(200)
    here.lab.clock.advance(301)
    expect(await users()).toBe(403)
    for (const { principalId, resourceId, appRoleId } of body.value) {
      const again = { principalId, resourceId, appRoleId }
      expect((await here.call('POST', `${PRINCIPAL}/appRoleAssignments`, graph, again)).status).toBe(201)
    }
    expect(await users()).toBe(403)
    here.lab.clock.advance(301)
    expect(await users()).toBe(200)
  })

  test('an agent is stopped by its blueprint as well', async () => {
    const here = await town()
    const { azureCast } = await import('../../../src/lab/actors/azure.ts')
    const [, fresh] = (await azureCast['rogue-agent']?.(here.lab.endpoint)) ?? []
    await fresh?.attempt()
    const cast = 'microsoft.graph.agentIdentityBlueprintPrincipal'
    await disable(here, `/v1.0/servicePrincipals/${cast}/${objectId('support-agents')}`)
    await expect(fresh?.attempt()).rejects.toMatchObject({ name: 'AADSTS7000112' })
  })

  test('a machine goes on getting the token that its host has kept', async () => {
    const here = await town()
    const { azureCast } = await import('../../../src/lab/actors/azure.ts')
    const [work] = (await azureCast['backup-azure']?.(here.lab.endpoint)) ?? []
    await work?.attempt()
    await disable(here, `/v1.0/servicePrincipals/${objectId('id-backup')}`)
    await work?.attempt()
  })
})

describe('roles of Azure', () => {
  test('one that was removed bites after its delay, also for live tokens, and comes back under its name', async () => {
    const here = await town(undefined, 60_000)
    const [token, arm] = [await thief(here, KEY_VAULT), await here.responder(ARM)]
    const [azure] = here.lab.clouds
    const { path, name } = assignmentOf(azure?.estate() as AzureEstate, 'payments-stripe')
    const before = (await here.call('GET', path, arm)).body.properties
    expect((await here.call('DELETE', path, arm)).body.name).toBe(name)
    expect((await here.call('GET', STRIPE, token)).status).toBe(200)
    here.lab.clock.advance(61)
    expect((await here.call('GET', STRIPE, token)).body.error.innererror.code).toBe('ForbiddenByRbac')
    expect((await here.call('DELETE', path, arm)).status).toBe(204)
    expect((await here.call('PUT', path, arm, { properties: before })).status).toBe(201)
    here.lab.clock.advance(61)
    expect((await here.call('GET', STRIPE, token)).status).toBe(200)
  })

  test('the same assignment under another name exists already', async () => {
    const here = await town()
    const arm = await here.responder(ARM)
    const [azure] = here.lab.clouds
    const { path, name } = assignmentOf(azure?.estate() as AzureEstate, 'payments-stripe')
    const { properties } = (await here.call('GET', path, arm)).body
    const again = await here.call('PUT', path.replace(name, guid('other')), arm, { properties })
    expect([again.status, again.body.error.code]).toEqual([409, 'RoleAssignmentExists'])
  })

  test('a deny assignment refuses what roles allow, but neither reads nor data', async () => {
    const here = await town()
    const [own, arm] = [
      await here.token('shop-deploy', '', ARM, { client_assertion: workflowToken('repo:acme/shop:x') }),
      await here.responder(ARM),
    ]
    const properties = {
      denyAssignmentName: 'ours',
      permissions: [{ actions: ['*/write', '*/delete', '*/action'] }],
      principals: [{ id: objectId('shop-deploy'), type: 'ServicePrincipal' }],
    }
    const identity = `/subscriptions/${SUBSCRIPTIONS.staging}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/x?api-version=2023-05-01`
    expect((await here.call('PATCH', identity, own, {})).status).toBe(404)
    expect((await here.call('PUT', DENY + PREVIEW, arm, { properties })).status).toBe(201)
    expect((await here.call('PATCH', identity, own, {})).body.error.code).toBe(
      'DenyAssignmentAuthorizationFailed',
    )
    expect((await here.call('GET', identity, own)).status).toBe(404)
    const listed = `/subscriptions/${SUBSCRIPTIONS.staging}/providers/Microsoft.Authorization/denyAssignments${NOW}`
    expect((await here.call('GET', listed, arm)).body.value).toHaveLength(1)
    expect((await here.call('DELETE', DENY + PREVIEW, arm)).status).toBe(200)
    expect((await here.call('PATCH', identity, own, {})).status).toBe(404)
  })

  test.each([
    ['groups', { principals: [{ id: guid('group sg-readers'), type: 'Group' }] }],
    ['reads', { permissions: [{ actions: ['*/read'] }] }],
    ['data', { permissions: [{ actions: ['*/write'], dataActions: ['*'] }] }],
    ['nobody excluded', { excludePrincipals: [] }],
  ])('a deny assignment for %s is refused', async (_, more) => {
    const here = await town()
    const properties = {
      permissions: [{ actions: ['*/write'] }],
      principals: [{ id: objectId('shop-deploy'), type: 'ServicePrincipal' }],
      ...more,
    }
    const refused = await here.call('PUT', DENY + PREVIEW, await here.responder(ARM), { properties })
    expect(refused.body.error.code).toBe('UserAssignedDenyAssignmentPropertiesNotValid')
  })

  test('deny assignments cannot be made everywhere', async () => {
    const here = await town(({ switches }) => {
      switches.denyAssignments = false
    })
    const refused = await here.call('PUT', DENY + PREVIEW, await here.responder(ARM), { properties: {} })
    expect([refused.status, refused.body.error.code]).toEqual([400, 'NoRegisteredProviderFound'])
  })

  test('a role that nobody gave refuses', async () => {
    const here = await town()
    const token = await here.token('reports-api', 'reports-api/vault', ARM)
    const path = `/subscriptions/${SUBSCRIPTIONS.shared}/providers/Microsoft.Authorization/roleAssignments${NOW}`
    expect((await here.call('GET', path, token)).body.error.code).toBe('AuthorizationFailed')
  })

  test('a delegation with a condition lets others be assigned, and no owners', async () => {
    const here = await town()
    const token = await here.token('iac-pipeline', 'iac-pipeline/terraform', ARM)
    const scope = `/subscriptions/${SUBSCRIPTIONS.production}`
    const put = (role: string, name: string) =>
      here.call(
        'PUT',
        `${scope}/providers/Microsoft.Authorization/roleAssignments/${guid(name)}${NOW}`,
        token,
        {
          properties: {
            roleDefinitionId: `${scope}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
            principalId: objectId('docs-deploy'),
            principalType: 'ServicePrincipal',
          },
        },
      )
    expect((await put('acdd72a7-3385-48ef-bd42-f606fba81ae7', 'a reader')).status).toBe(201)
    expect((await put('8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'an owner')).status).toBe(403)
  })
})

describe('storage', () => {
  test('a key opens nothing once shared keys are not allowed', async () => {
    const here = await town()
    const account = `/subscriptions/${SUBSCRIPTIONS.production}/resourceGroups/rg-payments/providers/Microsoft.Storage/storageAccounts/stacmeledger?api-version=2023-05-01`
    const read = () =>
      here.call('GET', '/blob/stacmeledger/exports/today.csv', undefined, undefined, {
        authorization: `SharedKey stacmeledger:${storageKeyOf('stacmeledger')}`,
      })
    expect((await read()).status).toBe(200)
    const body = { properties: { allowSharedKeyAccess: false } }
    expect((await here.call('PATCH', account, await here.responder(ARM), body)).status).toBe(200)
    expect((await read()).body.error.code).toBe('KeyBasedAuthenticationNotPermitted')
  })

  test('a condition names the one container that may be read', async () => {
    const here = await town()
    const token = await here.token('billing-export', 'billing-export/ci', 'https://storage.azure.com')
    expect((await here.call('GET', '/blob/stacmeledger/exports/a', token)).status).toBe(200)
    expect((await here.call('GET', '/blob/stacmeledger/private/a', token)).status).toBe(403)
  })
})

describe('conditional access', () => {
  test('a block policy for a workload ends its tokens from then on, and needs its licence', async () => {
    const policy = {
      displayName: 'ours',
      state: 'enabled',
      conditions: {
        applications: { includeApplications: ['All'] },
        clientApplications: { includeServicePrincipals: [objectId('mail-insights')] },
      },
      grantControls: { operator: 'OR', builtInControls: ['block'] },
    }
    const here = await town()
    const path = '/v1.0/identity/conditionalAccess/policies'
    const made = await here.call('POST', path, await here.responder(GRAPH), policy)
    expect(made.status).toBe(201)
    await expect(thief(here, GRAPH)).rejects.toThrow('AADSTS53003')
    await here.call('DELETE', `${path}/${made.body.id}`, await here.responder(GRAPH))
    await expect(thief(here, GRAPH)).resolves.toMatch(/^ey/)

    const poor = await town(estate => {
      estate.servicePlans = ['AAD_PREMIUM']
    })
    expect((await poor.call('POST', path, await poor.responder(GRAPH), policy)).status).toBe(403)
  })

  test('does not reach what is not registered in the tenant', async () => {
    const here = await town()
    const body = {
      displayName: 'ours',
      state: 'enabled',
      conditions: { clientApplications: { includeServicePrincipals: [objectId('vendor-sync')] } },
    }
    const refused = await here.call(
      'POST',
      '/v1.0/identity/conditionalAccess/policies',
      await here.responder(GRAPH),
      body,
    )
    expect(refused.status).toBe(400)
  })
})

test('secrets on the principal itself sign in as well', async () => {
  const here = await town()
  await expect(here.token('hr-portal', 'hr-portal/backdoor', GRAPH)).resolves.toMatch(/^ey/)
  expect(appId('hr-portal')).not.toBe(objectId('hr-portal'))
})
