import { afterEach, describe, expect, it } from 'vitest'
import type { FaultRule } from '../../src/lab/index.ts'
import { isOpen } from '../../src/model/run/replay.ts'
import { restoreCounts } from '../../src/model/run/restore-fold.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { awsCase } from '../cases/aws.ts'
import { azureCase } from '../cases/azure.ts'
import type { Case } from '../cases/case.ts'
import { gcpCase } from '../cases/gcp.ts'
import { Incident, RUN } from './incident.ts'

let incident: Incident
afterEach(async () => {
  await incident.close()
})

/** The same cloud, with another thing to stop. */
function stopping(given: Case, kind: string, name: string, interrupt: string): Case {
  const [head = ''] = given.playbook.split('steps:')
  const playbook = `${head}steps:
  - name: it
    select: identity.kind == "${kind}" && (identity.name == "${name}" || identity.id.endsWith("${name}"))
    interrupt: [${interrupt}]
`
  return { ...given, playbook }
}

const decided = (state: RunState, decision: string) =>
  [...state.changes.values()].flatMap(({ restored }) =>
    restored.filter(each => each.decision === decision).map(({ entry }) => entry),
  )

const faults = (state: RunState) =>
  [...state.changes.values()].flatMap(({ restored }) => restored.flatMap(({ fault }) => fault ?? []))

/** Everything but one setting comes back, the run can be closed, and the figures are true. */
async function missesOne(piece: RegExp): Promise<void> {
  const before = [...(await incident.town.store.read(RUN)).state.changes.values()].flatMap(({ held }) => held)
  const state = await incident.restore()
  expect(decided(state, 'missing')).toEqual([expect.stringMatching(piece)])
  expect(restoreCounts(state)).toMatchObject({ putBack: before.length - 1, missing: 1, failed: 0 })
  expect(state.restore?.finished).toBe('incomplete')
  expect(isOpen(state)).toBe(false)
  for (const { code, where, next } of faults(state)) {
    expect(code).toBe('missing')
    expect(where).toMatch(piece)
    expect(next).toBeTruthy()
  }
}

const POLICY = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

describe('AWS: what a user had is deleted meanwhile', () => {
  const gone = (operation: string, params: FaultRule['params'] = {}): FaultRule => ({
    trouble: { kind: 'error', code: 'NoSuchEntity', status: 404, message: 'it cannot be found' },
    operation,
    params,
    times: 0,
  })

  async function detached(): Promise<RunState> {
    const given = awsCase(estate => {
      const user = estate.accounts[0]?.users.find(({ name }) => name === 'ci-deploy')
      user?.attached.push(POLICY)
    })
    incident = await Incident.open(stopping(given, 'user', 'ci-deploy', 'detach, quarantine'))
    const state = await incident.contain()
    expect(state.finished).toBe('complete')
    return state
  }

  it('a managed policy', async () => {
    await detached()
    incident.lab.faults.add(gone('AttachUserPolicy', { PolicyArn: POLICY }))
    await missesOne(/attached\/.*ReadOnlyAccess/)
  })

  it('a group', async () => {
    const state = await detached()
    expect([...state.changes.values()].flatMap(({ held }) => held.map(({ entry }) => entry))).toContainEqual(
      expect.stringMatching(/^group\//),
    )
    incident.lab.faults.add(gone('AddUserToGroup'))
    await missesOne(/group\//)
  })

  it('the boundary: our deny stays in its place, and a person says what follows', async () => {
    incident = await Incident.open(stopping(awsCase(), 'user', 'sandbox-bot', 'quarantine'))
    const full = { kind: 'error', code: 'LimitExceeded', status: 409 } as const
    incident.once('run.started', () =>
      incident.lab.faults.add(
        { trouble: full, operation: 'PutUserPolicy' },
        { trouble: full, operation: 'AttachUserPolicy' },
      ),
    )
    await incident.contain()
    incident.lab.faults.clear()
    incident.lab.faults.add(gone('PutUserPermissionsBoundary'))
    const state = await incident.restore()
    expect(decided(state, 'failed')).toEqual(['boundary'])
    expect(restoreCounts(state)).toMatchObject({ putBack: 0, missing: 0, failed: 1 })
    expect(faults(state)).toMatchObject([
      { code: 'missing', next: expect.stringContaining('--drift use-live') },
    ])
    const { boundary } = await boundaryOf()
    expect(boundary).toBe('arn:aws:iam::aws:policy/AWSDenyAll')
    expect(isOpen(state)).toBe(true)
    incident.lab.faults.clear()
    expect(isOpen(await incident.restore())).toBe(false)
    expect(incident.snapshot()).toEqual(incident.seed)
  })

  async function boundaryOf(): Promise<{ boundary?: string }> {
    const { estate } = incident.case as ReturnType<typeof awsCase>
    return estate().accounts[0]?.users.find(({ name }) => name === 'sandbox-bot') ?? {}
  }
})

describe('Azure: what an application had is deleted meanwhile', () => {
  async function contained(
    rule: Omit<FaultRule, 'trouble' | 'times'>,
    code: string,
    status: number,
    message = code,
  ) {
    incident = await Incident.open(azureCase())
    expect((await incident.contain()).finished).toBe('complete')
    incident.lab.faults.add({ ...rule, trouble: { kind: 'error', code, status, message }, times: 0 })
  }

  /** All settings of one kind are missing, and everything else comes back. */
  async function missesAll(kind: string): Promise<void> {
    const state = await incident.restore()
    const held = [...state.changes.values()].flatMap(({ restored }) => restored)
    const missing = decided(state, 'missing')
    expect(missing.length).toBeGreaterThan(0)
    expect(missing.every(entry => entry.startsWith(kind))).toBe(true)
    expect(restoreCounts(state)).toMatchObject({ putBack: held.length - missing.length, failed: 0 })
    expect(isOpen(state)).toBe(false)
  }

  it.each([
    ['azure-role/', 'Microsoft.Authorization/roleAssignments/write', 'RoleDefinitionDoesNotExist', 400],
    ['azure-role/', 'Microsoft.Authorization/roleAssignments/write', 'ResourceGroupNotFound', 404],
    ['app-role/', 'POST /v1.0/servicePrincipals/{id}/appRoleAssignments', 'Request_ResourceNotFound', 404],
    ['group/', 'POST /v1.0/groups/{id}/members/$ref', 'Request_ResourceNotFound', 404],
    ['delegated/', 'POST /v1.0/oauth2PermissionGrants', 'Request_ResourceNotFound', 404],
  ])('%s by %s with %s', async (kind, operation, code, status) => {
    await contained({ operation }, code, status)
    await missesAll(kind)
  })

  it('an app role, which Graph says in words', async () => {
    const operation = 'POST /v1.0/servicePrincipals/{id}/appRoleAssignments'
    const text = 'Permission being assigned was not found on application'
    await contained({ operation }, 'Request_BadRequest', 400, text)
    await missesAll('app-role/')
  })
})

describe('Google Cloud: what an account had is deleted meanwhile', () => {
  it('a custom role, of which every role of the account in one policy hangs', async () => {
    const ROLE = 'projects/acme-prod/roles/only-his'
    const member = 'serviceAccount:reports-export@acme-prod.iam.gserviceaccount.com'
    const given = gcpCase(estate => {
      estate.customRoles.push({ name: ROLE, permissions: ['storage.objects.get'] })
      estate.policies['projects/acme-prod']?.bindings.push({ role: ROLE, members: [member] })
    })
    incident = await Incident.open(given)
    expect((await incident.contain()).finished).toBe('complete')
    given.lab.vanish?.('custom-role', ROLE)
    await missesOne(/grant\/projects\/acme-prod\/roles\/only-his/)
  })
})
