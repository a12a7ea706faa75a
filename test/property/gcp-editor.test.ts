import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Binding, Policy } from '../../src/lab/gcp/store.ts'
import { same } from '../../src/model/json.ts'
import type { RunState } from '../../src/model/run/state.ts'
import {
  emailOf,
  memberOf,
  openTown,
  PROJECT,
  type Town,
  WEEKDAYS,
} from '../clouds/gcp/interruptions/small-estate.ts'
import { Town as Engine } from '../engine/town.ts'
import { gcpPlaybook, gcpWorld } from './gcp-world.ts'
import { runs } from './runs.ts'

const NAMES = ['a', 'b', 'c']
const RESOURCES = [
  `projects/${PROJECT}`,
  'folders/12',
  'organizations/34',
  `serviceAccounts/${emailOf('helper')}`,
  `serviceAccounts/${emailOf('a')}`,
]

/** Somebody else at work on the same policies: on other members than ours, one member of one binding at a time. */
interface Edit {
  op: 'add' | 'remove'
  resource: string
  role: string
  member: string
  condition: Binding['condition']
}

const edit: fc.Arbitrary<Edit> = fc.record({
  op: fc.constantFrom('add', 'remove'),
  resource: fc.constantFrom(...RESOURCES),
  role: fc.constantFrom('roles/viewer', 'roles/editor', 'roles/iam.serviceAccountTokenCreator'),
  member: fc.constantFrom(
    memberOf('helper'),
    'group:staff@town.example',
    'user:new@town.example',
    'principalSet://iam.googleapis.com/projects/111122223333/locations/global/workloadIdentityPools/p/*',
  ),
  condition: fc.constantFrom(undefined, WEEKDAYS, { title: 'weekdays', expression: 'true' }),
})

function edited(policy: Policy, { op, role, member, condition }: Edit): Policy {
  const bindings = structuredClone(policy.bindings)
  const binding = bindings.find(each => each.role === role && same(each.condition, condition))
  if (op === 'remove') {
    if (binding) binding.members = binding.members.filter(each => each !== member)
  } else if (!binding) {
    bindings.push({ role, members: [member], ...(condition ? { condition } : {}) })
  } else if (!binding.members.includes(member)) {
    binding.members.push(member)
  }
  return { ...policy, bindings: bindings.filter(({ members }) => members.length > 0) }
}

let engine: Engine
let ours: Town
let theirs: Town
beforeEach(async () => {
  engine = await Engine.open()
  ;[ours, theirs] = await Promise.all([openTown(NAMES, prepared), openTown(NAMES, prepared)])
})
afterEach(async () => {
  await Promise.all([ours.close(), theirs.close(), engine.close()])
})

/** Somebody may act as one of ours: for the gate. */
function prepared(estate: ReturnType<Town['gcp']['estate']>): void {
  estate.policies[`serviceAccounts/${emailOf('a')}`] = {
    revision: 1,
    bindings: [
      { role: 'roles/iam.serviceAccountTokenCreator', members: [memberOf('b'), 'user:boss@town.example'] },
      { role: 'roles/iam.workloadIdentityUser', members: [memberOf('c')], condition: WEEKDAYS },
    ],
    auditConfigs: [{ service: 'allServices', auditLogConfigs: [{ logType: 'DATA_WRITE' }] }],
  }
}

it('policies are as if we had never been there, with any change of others between our reading and our writing', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(NAMES, { minLength: 1 }),
      fc.subarray(['detach', 'gate'], { minLength: 1 }),
      fc.array(edit, { maxLength: 4 }),
      fc.array(edit, { maxLength: 4 }),
      async (names, verbs, first, second) => {
        await Promise.all([ours.lab.reset(), theirs.lab.reset(), engine.close()])
        engine = await Engine.open()
        const made: Edit[] = []
        /** Each edit falls right after a reading of its own policy, before what we make of the reading is written. */
        const during = async (edits: readonly Edit[], work: () => Promise<unknown>) => {
          const left = [...edits]
          ours.gcp.onPolicyRead = resource => {
            const at = left.findIndex(each => each.resource === resource)
            const [next] = at < 0 ? [] : left.splice(at, 1)
            if (!next) return
            made.push(next)
            ours.gcp.editPolicy(resource, policy => edited(policy, next))
          }
          await work()
          ours.gcp.onPolicyRead = undefined
        }
        const world = gcpWorld(ours, names, ours.again())
        await during(first, () => engine.contain(world, 'run1', gcpPlaybook(names, verbs)))
        const contained = JSON.stringify(ours.gcp.estate().policies[`projects/${PROJECT}`])
        if (verbs.includes('detach')) {
          for (const name of names) expect(contained).not.toContain(memberOf(name))
        }
        await during(second, async () => {
          const { restore } = await engine.restore(world, 'run1')
          expect(restore?.finished).toBe('complete')
        })
        for (const each of made) theirs.gcp.editPolicy(each.resource, policy => edited(policy, each))
        expect(ours.gcp.snapshot()).toEqual(theirs.gcp.snapshot())
      },
    ),
    { numRuns: runs(15) },
  )
})

const decisions = (state: RunState) =>
  [...state.changes.values()].flatMap(({ restored }) =>
    restored.map(({ entry, decision }) => `${entry} ${decision}`),
  )

describe('a change by somebody else to a held setting is shown as drift and left alone', () => {
  it.each<[string, string, string, (town: Town) => void]>([
    [
      'a role that was taken away, granted again under another condition',
      'detach',
      `grant/roles/logging.logWriter@projects/${PROJECT}`,
      town =>
        town.gcp.editPolicy(`projects/${PROJECT}`, policy => ({
          ...policy,
          bindings: [
            ...policy.bindings,
            { role: 'roles/logging.logWriter', members: [memberOf('a')], condition: WEEKDAYS },
          ],
        })),
    ],
    [
      'somebody who was shut out, let in again under another condition',
      'gate',
      `impersonator/roles/iam.serviceAccountTokenCreator@${memberOf('b')}`,
      town =>
        town.gcp.editPolicy(`serviceAccounts/${emailOf('a')}`, policy => ({
          ...policy,
          bindings: [
            ...policy.bindings,
            {
              role: 'roles/iam.serviceAccountTokenCreator',
              members: [memberOf('b')],
              condition: WEEKDAYS,
            },
          ],
        })),
    ],
  ])('%s', async (_, verb, entry, tamper) => {
    const seed = ours.gcp.snapshot()
    const world = gcpWorld(ours, ['a'])
    await engine.contain(world, 'run1', gcpPlaybook(['a'], [verb]))
    tamper(ours)
    const left = await engine.restore(world, 'run1')
    expect(left.restore?.finished).toBe('incomplete')
    expect(decisions(left)).toContain(`${entry} drift`)
    const forced = await engine.restore(world, 'run1', { drift: 'force' })
    expect(decisions(forced)).toContain(`${entry} force`)
    expect(ours.gcp.snapshot()).toEqual(seed)
  })

  it('a deny policy of ours that was weakened', async () => {
    const seed = ours.gcp.snapshot()
    await engine.contain(gcpWorld(ours, ['a']), 'run1', gcpPlaybook(['a'], ['quarantine']))
    const { denyPolicies } = ours.gcp.estate()
    const [policy] = denyPolicies
    for (const { denyRule } of policy?.rules ?? []) denyRule.deniedPermissions?.pop()
    const left = await engine.restore(gcpWorld(ours, ['a'], ours.again()), 'run1')
    expect(decisions(left)).toEqual([`deny/projects/${PROJECT}/interdict-run1 drift`])
    const forced = await engine.restore(gcpWorld(ours, ['a'], ours.again()), 'run1', { drift: 'force' })
    expect(forced.restore?.finished).toBe('complete')
    expect(ours.gcp.snapshot()).toEqual(seed)
  })
})

describe('before the horizon', () => {
  it.each([
    [['gcp.service-account.disable']],
    [['gcp.service-account.detach']],
    [['gcp.service-account.disable', 'gcp.service-account.detach']],
  ])('%j is refused with the time, steps down, and is complete when the deny is gone', async verbs => {
    const seed = ours.gcp.snapshot()
    const world = gcpWorld(ours, ['a'])
    const early = { acceptLiveTokens: false }
    await engine.contain(world, 'run1', gcpPlaybook(['a'], verbs))
    await expect(engine.restore(world, 'run1', early)).rejects.toMatchObject({
      code: 'horizon',
      next: expect.stringMatching(/wait until \d{4}-\d\d-\d\dT/),
    })
    const stepped = await engine.restore(world, 'run1', { ...early, stepDown: true })
    expect(stepped.restore?.finished).toBe('complete')
    expect(decisions(stepped)).toContain(`deny/projects/${PROJECT}/interdict-run1-tokens step-down`)
    expect(ours.gcp.estate().serviceAccounts.every(({ disabled }) => !disabled)).toBe(true)
    expect(ours.gcp.estate().denyPolicies).toHaveLength(1)
    ours.lab.clock.advance(3700)
    const ended = await engine.restore(gcpWorld(ours, ['a'], ours.again()), 'run1', early)
    expect(ended.restore?.finished).toBe('complete')
    expect(ours.gcp.snapshot()).toEqual(seed)
  })
})

it('fifty accounts are detached with one write of each policy, by the engine', async () => {
  const fifty = Array.from({ length: 50 }, (_, at) => `svc-${at}`)
  const town = await openTown(fifty)
  try {
    const seed = town.gcp.snapshot()
    const world = gcpWorld(town, fifty)
    await engine.contain(world, 'run1', gcpPlaybook(fifty, ['gcp.service-account.detach']))
    const calls = town.calls()
    expect(calls['cloudresourcemanager.projects.setIamPolicy']).toBe(1)
    expect(calls['cloudresourcemanager.folders.setIamPolicy']).toBe(1)
    await engine.restore(world, 'run1')
    expect(town.calls()['cloudresourcemanager.projects.setIamPolicy']).toBe(1)
    expect(town.gcp.snapshot()).toEqual(seed)
  } finally {
    await town.close()
  }
})
