import { expect, test } from 'vitest'
import { assignmentId } from '../../../src/lab/azure/graph/assignments.ts'
import { guid, objectId } from '../../../src/lab/azure/seed/index.ts'
import { graphRole } from '../../../src/lab/azure/seed/permissions.ts'
import { firstMoves, powerful, proofOf, thiefOf, undoMoves } from './first-moves.ts'
import { ARM, GRAPH, KEY_VAULT, TENANT_PATH, type Town, town } from './town.ts'
import { certify } from './x509.ts'

const OWN = objectId('mail-insights')

const signIn = async (here: Town, appId: string, secret: string, audience: string) => {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: appId,
    client_secret: secret,
    scope: `${audience}/.default`,
  })
  const reply = await fetch(`${here.lab.endpoint}${TENANT_PATH}`, { method: 'POST', body })
  const answer = (await reply.json()) as { access_token?: string; error_codes?: number[] }
  return answer.access_token ?? `AADSTS${answer.error_codes?.[0]}`
}

type Snapshot = { [kind: string]: { [name: string]: unknown } }
const snapshot = (here: Town) => here.lab.snapshot()['azure'] as Snapshot

test('an application with directory rights makes another, which works, shows in the snapshot and can be taken away', async () => {
  const here = await town(powerful)
  const before = snapshot(here)
  const thief = await thiefOf(here)
  const made = await firstMoves(thief)
  const after = snapshot(here)
  const added = (kind: string) =>
    Object.keys(after[kind] ?? {}).filter(name => !Object.hasOwn(before[kind] ?? {}, name))
  expect(added('applications')).toEqual([made.application])
  expect(added('servicePrincipals')).toEqual([made.principal])
  expect(added('groups')).toEqual([made.group])
  expect(added('federatedCredentials')).toEqual([`${made.application}/theirs`])

  const graph = await signIn(here, made.appId, made.secret, GRAPH)
  expect((await here.call('GET', '/v1.0/users', graph)).status).toBe(200)
  expect((await here.call('GET', '/v1.0/applications', graph)).status).toBe(403)
  const arm = await signIn(here, made.appId, made.secret, ARM)
  expect((await here.call('GET', '/subscriptions?api-version=2022-12-01', arm)).body.value).toHaveLength(1)
  const { body } = await thief.graph('GET', `/applications/${made.application}`)
  expect(body).toMatchObject({
    displayName: 'ConnectSyncProvisioning_DC02',
    tags: ['interdict:protected=true'],
  })
  expect(body.keyCredentials).toHaveLength(2)
  expect(body.passwordCredentials[0].secretText).toBeNull()

  await undoMoves(thief, made)
  expect(await signIn(here, made.appId, made.secret, GRAPH)).toBe('AADSTS700016')
  const left = snapshot(here)
  for (const kind of ['applications', 'appRoleAssignments', 'roleAssignments']) {
    expect(left[kind], kind).toEqual(before[kind])
  }
})

test('a new application is known to the sign-in service only after the propagation delay', async () => {
  const here = await town(powerful, 300_000)
  const made = await firstMoves(await thiefOf(here))
  expect(await signIn(here, made.appId, made.secret, KEY_VAULT)).toBe('AADSTS700016')
  here.lab.clock.advance(301)
  expect(await signIn(here, made.appId, made.secret, KEY_VAULT)).toMatch(/^ey/)
})

test('each first move is refused to whoever lacks its permission, and nothing is made', async () => {
  const here = await town()
  const before = snapshot(here)
  const { graph } = await thiefOf(here)
  const other = objectId('billing-export')
  const resourceId = objectId('Microsoft Graph')
  const moves: [string, string, unknown?][] = [
    ['POST', '/applications', { displayName: 'x' }],
    ['DELETE', `/applications/${guid('application docs-deploy')}`],
    ['POST', `/applications/${guid('application docs-deploy')}/addPassword`, {}],
    ['POST', `/applications/${guid('application docs-deploy')}/addKey`, {}],
    ['POST', '/servicePrincipals', { appId: guid('any') }],
    ['PATCH', `/servicePrincipals/${OWN}`, { tags: ['break-glass'] }],
    ['DELETE', `/servicePrincipals/${other}`],
    ['POST', `/servicePrincipals/${other}/addPassword`, {}],
    ['POST', `/servicePrincipals/${resourceId}/appRoleAssignedTo`, {}],
    ['POST', '/groups', { displayName: 'x' }],
    ['POST', '/roleManagement/directory/roleAssignments', {}],
  ]
  for (const [method, path, body] of moves) {
    expect((await graph(method, path, body)).status, `${method} ${path}`).toBe(403)
  }
  expect(snapshot(here)).toEqual(before)
})

test('an application with OwnedBy may change the objects that it created, and no others', async () => {
  const here = await town(estate => {
    const permission = 'Application.ReadWrite.OwnedBy'
    estate.appRoleAssignments.push({
      id: assignmentId(OWN, guid('owned')),
      appRoleId: graphRole(permission),
      principalId: OWN,
      resourceId: objectId('Microsoft Graph'),
      createdDateTime: '2026-01-01T00:00:00Z',
    })
  })
  const { graph } = await thiefOf(here)
  const { status, body } = await graph('POST', '/applications', { displayName: 'mine' })
  expect(status).toBe(201)
  expect((await graph('POST', `/applications/${body.id}/addPassword`, {})).status).toBe(200)
  expect((await graph('POST', '/servicePrincipals', { appId: body.appId })).status).toBe(201)
  const other = guid('application docs-deploy')
  expect((await graph('POST', `/applications/${other}/addPassword`, {})).status).toBe(403)
})

test('conflicts and bad input are refused as Graph refuses them', async () => {
  const here = await town(powerful)
  const thief = await thiefOf(here)
  const { graph } = thief
  const made = await firstMoves(thief)
  const at = `/applications/${made.application}`
  const keyCredential = { type: 'AsymmetricX509Cert', usage: 'Verify', key: 'AAAA' }
  const stranger = certify('stranger')
  const refusals: [string, string, unknown, number, string][] = [
    ['POST', '/applications', {}, 400, 'Request_BadRequest'],
    ['POST', '/applications', { displayName: 'x', appId: guid('x') }, 400, 'Request_BadRequest'],
    ['POST', '/servicePrincipals', { appId: guid('nobody') }, 400, 'Request_BadRequest'],
    ['POST', '/servicePrincipals', { appId: made.appId }, 409, 'Request_MultipleObjectsWithSameKeyValue'],
    ['POST', `${at}/addKey`, { keyCredential, proof: 'x' }, 401, 'Authentication_MissingOrMalformed'],
    [
      'POST',
      `${at}/addKey`,
      { keyCredential, proof: proofOf(made.application, stranger) },
      401,
      'Authentication_MissingOrMalformed',
    ],
    [
      'POST',
      `${at}/addKey`,
      { keyCredential, proof: proofOf(made.principal, made.certificate) },
      401,
      'Authentication_MissingOrMalformed',
    ],
    ['POST', '/groups', { displayName: 'x', mailNickname: 'x' }, 400, 'Request_BadRequest'],
    [
      'POST',
      `/servicePrincipals/${made.principal}/appRoleAssignedTo`,
      { principalId: made.principal, resourceId: objectId('Microsoft Graph'), appRoleId: guid('x') },
      400,
      'Request_BadRequest',
    ],
    ['DELETE', `/applications/${guid('nobody')}`, undefined, 404, 'Request_ResourceNotFound'],
  ]
  for (const [method, path, body, status, code] of refusals) {
    const answer = await graph(method, path, body)
    expect(answer, `${method} ${path} ${JSON.stringify(body)}`).toMatchObject({
      status,
      body: { error: { code } },
    })
  }
})
