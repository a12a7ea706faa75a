import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makePlan, type World } from '../../../src/engine/index.ts'
import type { GcpEstate } from '../../../src/lab/gcp/index.ts'
import { RESPONDER_ROLE } from '../../../src/lab/gcp/seed/policies.ts'
import { RESPONDER_PERMISSIONS } from '../../../src/lab/gcp/seed/responder.ts'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import type { Json } from '../../../src/model/json.ts'
import { parsePlaybook } from '../../../src/model/playbook/parse.ts'
import { Holds } from '../../../src/model/run/holds.ts'
import { REAL } from '../../../src/model/timing.ts'
import { type GcpCase, gcpCase } from '../../cases/gcp.ts'
import { Town } from '../../engine/town.ts'

const PROJECT = 'acme-prod'
const NAME = `reports-export@${PROJECT}.iam.gserviceaccount.com`
const ROLE = `projects/${PROJECT}/roles/responder`

/** The usual responder: everything in the project, nothing above it. */
function projectRights(estate: GcpEstate, permissions: readonly string[] = RESPONDER_PERMISSIONS): void {
  const member = `serviceAccount:${estate.responder.email}`
  for (const [resource, policy] of Object.entries(estate.policies)) {
    if (resource.startsWith('projects/')) continue
    const bindings = policy.bindings.map(each => ({
      ...each,
      members: each.members.filter(name => name !== member),
    }))
    estate.policies[resource] = { ...policy, bindings: bindings.filter(({ members }) => members.length > 0) }
  }
  estate.customRoles = estate.customRoles.filter(({ name }) => name !== RESPONDER_ROLE)
  estate.customRoles.push({ name: ROLE, permissions: [...permissions] })
  estate.policies[`projects/${PROJECT}`]?.bindings.push({ role: ROLE, members: [member] })
}

function alone(estate: GcpEstate): void {
  projectRights(estate)
  for (const project of estate.projects) if (project.id === PROJECT) project.parent = ''
}

const without = (permission: string) => (estate: GcpEstate) =>
  projectRights(
    estate,
    RESPONDER_PERMISSIONS.filter(each => each !== permission),
  )

let engine: Town
let given: GcpCase
let lab: Lab
beforeEach(async () => {
  engine = await Town.open()
})
afterEach(async () => {
  await Promise.all([lab.close(), engine.close()])
})

async function worldOf(prepare: (estate: GcpEstate) => void): Promise<World> {
  given = gcpCase(prepare)
  lab = await startLab({ clouds: [given.lab], propagationMs: 0 })
  const { sessions, unreached } = await given.provider.connect({
    timing: REAL,
    scope: given.scope,
    lab: { endpoint: lab.endpoint, credentials: lab.responders['gcp'] as Json },
  })
  return {
    timing: REAL,
    providers: new Map([['gcp', given.provider]]),
    sessions,
    unreached: unreached.map(each => ({ cloud: 'gcp', ...each })),
    target: { kind: 'lab', at: lab.id },
    clock: () => lab.clock.now(),
    listen: () => undefined,
    patience: 2000,
  }
}

function playbook(interrupt: string[], more = '') {
  const { cloud, kinds, interruptions } = given.provider
  const source = `version: 1
name: rights
title: Rights
status: test
severity: high
scope:
  gcp: { projects: [self] }
${more}limit: { identities: 5, share: 1 }
ttl: 1h
steps:
  - name: the account
    select: identity.kind == "service-account" && identity.name == "${NAME}"
    interrupt: [${interrupt.join(', ')}]
`
  return parsePlaybook(source, 'rights.yaml', { clouds: [cloud], kinds, interruptions })
}

async function planned(
  prepare: (estate: GcpEstate) => void,
  interrupt: string[],
  { more, includeProtected }: { more?: string; includeProtected?: string[] } = {},
) {
  const world = await worldOf(prepare)
  const request = { run: 'run1', playbook: playbook(interrupt, more), inputs: {}, holds: new Holds([]) }
  return await makePlan(world, { ...request, ...(includeProtected ? { includeProtected } : {}) })
}

describe('a responder with rights on the project only', () => {
  it('spares an account and names the right that decides when the organization may not be read', async () => {
    const { changes, spared } = await planned(projectRights, ['gcp.service-account.disable'])
    expect(changes).toEqual([])
    expect(spared).toMatchObject([
      {
        because: expect.stringMatching(
          /^unknown whether it administers the organization: .*resourcemanager\.folders\.get and getIamPolicy on folders\/\d+ and above would decide it.*--include-protected/,
        ),
        class: 'administrator',
        named: true,
      },
    ])
  })

  it('contains and restores an account when a person includes it', async () => {
    const world = await worldOf(projectRights)
    const seed = given.lab.snapshot()
    const disable = playbook(['gcp.service-account.disable'])
    const state = await engine.contain(world, 'run1', disable, { includeProtected: [NAME] })
    expect(state.finished).toBe('complete')
    expect(given.estate().serviceAccounts.find(({ email }) => email === NAME)?.disabled).toBe(true)
    const { restore } = await engine.restore(world, 'run1')
    expect(restore?.finished).toBe('complete')
    expect(given.lab.snapshot()).toEqual(seed)
  })

  it('protects an account by an expression over roles when a policy above may not be read', async () => {
    const { spared } = await planned(projectRights, ['gcp.service-account.disable'], {
      more: 'protect: [\'identity.kind == "service-account" && identity.roles.exists(r, r.role == "roles/none")\']\n',
    })
    expect(spared.map(({ because }) => because).join()).toContain('roles/none')
  })

  it('sees no administrator, and spares nobody, when the project belongs to no organization', async () => {
    const { changes, spared } = await planned(alone, ['gcp.service-account.disable'])
    expect(spared).toEqual([])
    expect(changes.map(({ interruption }) => interruption)).toEqual(['gcp.service-account.disable'])
  })

  it('lists in the plan who may still act as an account when a gate cannot reach them', async () => {
    const { advice = [] } = await planned(alone, ['gate'])
    const text = advice.map(each => each.text).join()
    expect(text).toMatch(
      /user:prod-lead@acme\.example.* may run things as it, .*\(roles\/owner on projects\/acme-prod\)/,
    )
    expect(text).toContain('gcloud projects remove-iam-policy-binding acme-prod --role=roles/owner')
  })

  it('is refused a quarantine with the reason when the project belongs to no organization', async () => {
    const { changes, refused } = await planned(alone, ['quarantine', 'gcp.service-account.disable'])
    expect(changes.map(({ interruption }) => interruption)).toEqual(['gcp.service-account.disable'])
    expect(refused).toMatchObject([
      {
        interruption: 'gcp.service-account.quarantine',
        because: expect.stringMatching(/iam\.denypolicies\.create .*belongs to none/),
      },
    ])
  })

  it('disables an account, with a warning, when its keys may not be listed', async () => {
    const world = await worldOf(without('iam.serviceAccountKeys.list'))
    const disable = playbook(['disable'])
    const state = await engine.contain(world, 'run1', disable, { includeProtected: [NAME] })
    expect([...state.changes.values()].map(({ phase, planned: each }) => [each.interruption, phase])).toEqual(
      [['gcp.service-account.disable', 'written']],
    )
    expect(state.plan.warnings.join('\n')).toMatch(/service-account-key could not be listed/)
    expect(state.plan.refused).toMatchObject([{ interruption: 'gcp.service-account-key.disable' }])
    expect(state.finished).toBe('incomplete')
  })
})
