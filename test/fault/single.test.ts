import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contain, makePlan } from '../../src/engine/index.ts'
import type { FaultRule } from '../../src/lab/index.ts'
import { Holds } from '../../src/model/run/holds.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { type AwsCase, awsCase, USER, userIn } from '../cases/aws.ts'
import { someOf } from '../setup/whole.ts'
import { Incident, RUN } from './incident.ts'

let incident: Incident<AwsCase>
beforeEach(async () => {
  incident = await Incident.open(awsCase())
})
afterEach(async () => {
  await incident.close()
})

const FULL = { kind: 'error', code: 'LimitExceeded', status: 409 } as const
const quarantine = (state: RunState) =>
  [...state.changes.values()].find(({ planned }) => planned.verb === 'quarantine')
const add = (...rules: FaultRule[]) => incident.lab.faults.add(...rules)

async function putsAllBack(): Promise<void> {
  const restored = await incident.restore()
  expect(restored.restore?.finished).toBe('complete')
  expect(incident.snapshot()).toEqual(incident.seed)
}

describe('no room', () => {
  it.each([
    ['attached', ['PutUserPolicy']],
    ['boundary', ['PutUserPolicy', 'AttachUserPolicy']],
  ])('the quarantine falls to the next rung: %s', async (rung, full) => {
    incident.once('run.started', () => add(...full.map(operation => ({ trouble: FULL, operation }))))
    const state = await incident.contain()
    expect(state.finished).toBe('complete')
    expect(incident.contained()).toBe(true)
    expect(quarantine(state)?.held.map(({ entry }) => entry.split('/')[0])).toEqual([rung])
    await putsAllBack()
  })

  it('nowhere at all: the run is incomplete, and says so', async () => {
    const full = ['PutUserPolicy', 'AttachUserPolicy', 'PutUserPermissionsBoundary']
    incident.once('run.started', () =>
      add(...full.map(operation => ({ trouble: FULL, operation, times: 0 }))),
    )
    const state = await incident.contain()
    expect(state.finished).toBe('incomplete')
    expect(['failed', 'refused']).toContain(quarantine(state)?.phase)
    incident.lab.faults.clear()
    expect(await incident.unowed()).toEqual([])
    await putsAllBack()
  })

  it('a resume falls to the next rung too', async () => {
    incident.once('change.intended', () => {
      throw new Error('the process dies here')
    })
    await expect(incident.contain()).rejects.toThrow('dies here')
    add({ trouble: FULL, operation: 'PutUserPolicy' })
    const resumed = await incident.resume()
    expect(resumed.finished).toBe('complete')
    expect(quarantine(resumed)?.held.map(({ entry }) => entry.split('/')[0])).toEqual(['attached'])
    expect(incident.contained()).toBe(true)
    await putsAllBack()
  })

  it('a step-down that finds no room leaves the user contained, and can be tried again', async () => {
    await incident.contain()
    add({ trouble: FULL, operation: 'PutUserPolicy', times: 0 })
    const stepped = await incident.restore({ stepDown: true, acceptLiveTokens: false })
    expect(stepped.restore?.finished).toBe('incomplete')
    incident.lab.faults.clear()
    expect(await incident.unowed()).toEqual([])
    await putsAllBack()
  })
})

describe('the user vanishes', () => {
  it('between list and read: nothing is done, and nothing is claimed', async () => {
    add({ trouble: { kind: 'vanish', of: 'user', name: USER }, operation: 'GetAccountAuthorizationDetails' })
    const outcome = await incident.contain().catch((error: unknown) => error)
    expect(outcome).toMatchObject({ code: expect.stringMatching(/^(refused|gone)$/) })
  })

  it.each(['ListAccessKeys', 'PutUserPolicy', 'UpdateAccessKey', 'SimulatePrincipalPolicy'])(
    'in the middle of a run, after %s: nobody gets in any more, and a restore has nothing to do',
    async operation => {
      incident.once('run.started', () =>
        add({ trouble: { kind: 'vanish', of: 'user', name: USER }, operation }),
      )
      const state = await incident.contain()
      expect(userIn(incident.case.estate())).toBeUndefined()
      if (state.finished !== 'complete') expect((await incident.resume()).finished).toBe('complete')
      const restored = await incident.restore()
      expect(restored.restore?.finished).toBe('complete')
      expect([...restored.changes.values()].flatMap(({ held }) => held)).toEqual([])
      expect(userIn(incident.case.estate())).toBeUndefined()
    },
  )

  it('between contain and restore', async () => {
    await incident.contain()
    add({ trouble: { kind: 'vanish', of: 'user', name: USER }, operation: 'ListAccessKeys' })
    const restored = await incident.restore()
    const again = restored.restore?.finished === 'complete' ? restored : await incident.restore()
    expect(again.restore?.finished).toBe('complete')
    expect([...again.changes.values()].flatMap(({ held }) => held)).toEqual([])
  })
})

it('a call that hangs is given up and made again', async () => {
  incident.once('run.started', () => add({ trouble: { kind: 'hang' }, operation: 'PutUserPolicy' }))
  expect((await incident.contain()).finished).toBe('complete')
  expect(incident.contained()).toBe(true)
  await putsAllBack()
})

it('a journal that cannot be written any more: no change after that, and resume finishes the run', async () => {
  for (const last of someOf(
    Array.from({ length: 14 }, (_, index) => index + 1),
    4,
  )) {
    const scene = await Incident.open(awsCase())
    try {
      const journal = await scene.town.store.create(RUN, () => scene.lab.clock.now())
      let entries = 0
      scene.listen = event => {
        if (event.type === 'entry' && ++entries === last) void journal.close()
      }
      const world = scene.world()
      const holds = new Holds([])
      const plan = await makePlan(world, { run: RUN, playbook: scene.playbook, inputs: {}, holds })
      const actor = { user: 'mara', host: 'desk', pid: 1 }
      const request = { plan, journal, holds, reason: 'test', tool: 'test', actor, ttl: 3600 }
      await expect(contain(world, request), `after ${last}`).rejects.toMatchObject({ code: 'journal' })
      expect(await scene.unowed()).toEqual([])
      scene.listen = () => undefined
      expect((await scene.resume()).finished).toBe('complete')
      expect(scene.contained()).toBe(true)
      expect((await scene.restore()).restore?.finished).toBe('complete')
      expect(scene.snapshot()).toEqual(scene.seed)
    } finally {
      await scene.close()
    }
  }
}, 600_000)
