import { expect, test } from 'vitest'
import { firstMoves, powerful, thiefOf } from './first-moves.ts'
import { GRAPH, town } from './town.ts'

const PATH = '/v1.0/auditLogs/directoryAudits'

test('the audit log of the directory names who made an application and gave it a secret', async () => {
  const here = await town(powerful)
  const thief = await thiefOf(here)
  const made = await firstMoves(thief)
  const token = await here.responder(GRAPH)
  const filter = "activityDateTime ge 2026-11-20T00:00:00Z and category eq 'ApplicationManagement'"
  const query = new URLSearchParams({ $filter: filter, $orderby: 'activityDateTime asc', $top: '1' })
  const names: string[] = []
  let path: string | undefined = `${PATH}?${query}`
  while (path !== undefined) {
    const { status, body } = await here.call('GET', path, token)
    expect(status).toBe(200)
    for (const { activityDisplayName, initiatedBy, targetResources } of body.value) {
      expect(initiatedBy.app.servicePrincipalId).toBe(thief.principal)
      if (targetResources[0].id === made.application) names.push(activityDisplayName)
    }
    const next: string | undefined = body['@odata.nextLink']
    path = next === undefined ? undefined : new URL(next).pathname + new URL(next).search
  }
  expect(names).toContain('Add application')
  expect(names).toContain('Update application – Certificates and secrets management')
})

test('the audit log is refused to an application without AuditLog.Read.All, and an unknown filter', async () => {
  const here = await town()
  const token = await here.token('mail-insights', 'mail-insights/stolen', GRAPH)
  expect((await here.call('GET', PATH, token)).status).toBe(403)
  const own = await here.responder(GRAPH)
  expect((await here.call('GET', `${PATH}?$filter=result eq 'failure'`, own)).status).toBe(400)
  expect((await here.call('GET', `${PATH}?$orderby=id`, own)).status).toBe(400)
  expect(
    (await here.call('GET', `${PATH}?$filter=activityDateTime ge 2100-01-01T00:00:00Z`, own)).body.value,
  ).toEqual([])
})
