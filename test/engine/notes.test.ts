import { describe, expect, it } from 'vitest'
import { makePlan } from '../../src/engine/index.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import type { Provider } from '../../src/model/provider.ts'
import { isSettling, settledAt } from '../../src/model/run/enforcement.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { openManual } from '../../src/model/run/replay.ts'
import { eachTown } from './each-town.ts'
import type { Town } from './town.ts'
import { interruption, playbook, shut, type ToyCloud } from './toy-cloud.ts'
import { withInterruptions } from './toy-register.ts'
import { VirtualTime } from './virtual-time.ts'

let town: Town
let cloud: ToyCloud
eachTown((opened, empty) => {
  town = opened
  cloud = empty
  cloud.add('front')
  cloud.add('back')
  cloud.add('card', { open: true }, 'front')
})

const SLOW = 'toy.door.slow'

function slow(more: Partial<Interruption<ToyCloud>>): Interruption<ToyCloud> {
  return interruption('door', 'disable', { id: SLOW, cut: shut.cut, ...more })
}

function world(more: Partial<Interruption<ToyCloud>> = {}, provider: Partial<Provider> = {}) {
  return cloud.world({
    providers: new Map([['toy', { ...withInterruptions(slow(more)), ...provider }]]),
  })
}

const request = (verbs: string[]) => ({
  run: 'aaaa',
  playbook: playbook(verbs),
  inputs: {},
  holds: new Holds([]),
})

describe('a change that is written and not in force yet', () => {
  it('has the time when it will be, and is settling until then, even if the cloud evaluates it as denied', async () => {
    const time = new VirtualTime()
    const slowly = { ...world({ settles: 120 }), clock: time.clock, timing: time, propagation: { toy: 120 } }
    const state = await town.contain(slowly, 'aaaa', playbook([SLOW]))
    expect(state.finished).toBe('complete')
    expect(time.now()).toBeGreaterThanOrEqual(120_000)
    const [change] = state.changes.values()
    if (!change) throw new Error('no change')
    expect(change.planned.settles).toBe(120)
    const at = settledAt(change) ?? ''
    expect(Date.parse(at) - Date.parse(change.writtenAt ?? '')).toBe(120_000)
    expect(isSettling(change, change.writtenAt ?? '')).toBe(true)
    expect(isSettling({ ...change, denied: 'denied' }, change.writtenAt ?? '')).toBe(true)
    expect(isSettling(change, at)).toBe(false)
    const restored = await town.restore(world({ settles: 120 }), 'aaaa')
    expect([...restored.changes.values()].map(settledAt)).toEqual([undefined, undefined])
  })

  it('is 0 where the cloud acts at once', async () => {
    const plan = await makePlan(world(), request(['disable']))
    expect(new Set(plan.changes.map(({ settles }) => settles))).toEqual(new Set([0]))
  })
})

describe('an evaluation that may be ahead of what is enforced', () => {
  /** The session of the toy cloud with a lead, and a clock that goes on by a second at each look. */
  function leading(evaluationLead: number, probe: NonNullable<Interruption<ToyCloud>['probe']>) {
    const plain = world({ probe })
    return {
      ...plain,
      sessions: plain.sessions.map(each => ({ ...each, evaluationLead })),
      clock() {
        cloud.now += 1_000
        return cloud.clock()
      },
      patience: 20_000,
    }
  }

  it('is not asked before its denial can be believed', async () => {
    const asked: number[] = []
    const state = await town.contain(
      leading(10, async () => {
        asked.push(cloud.now)
        return 'denied'
      }),
      'aaaa',
      playbook([SLOW]),
    )
    expect(state.finished).toBe('complete')
    const changes = [...state.changes.values()]
    expect(changes.map(({ denied }) => denied)).toEqual(['denied', 'denied'])
    const first = Math.min(...changes.map(({ writtenAt }) => Date.parse(writtenAt ?? '')))
    expect(asked.length).toBeGreaterThan(0)
    for (const at of asked) expect(at).toBeGreaterThanOrEqual(first + 10_000)
  })

  it('that shows the denial early and not afterwards has not shown it', async () => {
    const state = await town.contain(
      { ...leading(3_600, async () => 'denied'), patience: 0 },
      'aaaa',
      playbook([SLOW]),
    )
    expect(state.finished).toBe('incomplete')
    expect([...state.changes.values()].map(({ denied }) => denied)).toEqual(['unknown', 'unknown'])
  })
})

describe('the time that a plan takes', () => {
  it('is what the quota of an interruption makes of it, with its name', async () => {
    const seconds: Interruption['seconds'] = identities => identities.length * 30
    const plan = await makePlan(world({ seconds }), request([SLOW]))
    expect(plan.calls).toMatchObject({ seconds: 60, slowest: SLOW })
    const quick = await makePlan(world({ seconds: () => 1 }), request([SLOW]))
    expect(quick.calls).toMatchObject({ seconds: 2 })
    expect(quick.calls.slowest).toBeUndefined()
  })
})

describe('a door that opens one way', () => {
  const oneWay: Interruption<ToyCloud>['oneWay'] = async (_, { identity }) =>
    identity.name === 'front' ? 'town.write is missing' : undefined

  it('is not gone through', async () => {
    const plan = await makePlan(world({ oneWay }), request([SLOW]))
    expect(plan.changes.map(({ identity }) => identity.name)).toEqual(['back'])
    expect(plan.refused.map(({ because }) => because)).toEqual([
      'could not be put back by these credentials: town.write is missing (--accept-one-way)',
    ])
    const state = await town.contain(world({ oneWay }), 'aaaa', playbook([SLOW]))
    expect(state.finished).toBe('incomplete')
    expect(cloud.doors.get('front')?.settings).toEqual({ open: true })
  })

  it('is gone through when that is accepted, which is warned of and on record', async () => {
    const state = await town.contain(world({ oneWay }), 'aaaa', playbook([SLOW]), { acceptOneWay: true })
    expect(state.finished).toBe('complete')
    expect(state.plan.warnings).toEqual([
      `door front ${SLOW} could not be put back by these credentials: town.write is missing`,
    ])
    expect(state.plan.changes.map(({ oneWay }) => oneWay)).toEqual([undefined, 'town.write is missing'])
    const { entries } = await town.store.read('aaaa')
    expect(entries[0]).toMatchObject({ type: 'run.started', acceptOneWay: true })
  })

  it('is a warning when it is unknown, and is not asked about changes that are so already', async () => {
    cloud.add('back', { open: false })
    const asked: string[] = []
    const faulty: typeof oneWay = async (_, { identity }) => {
      asked.push(identity.name)
      throw new Fault('denied', 'may not ask')
    }
    const plan = await makePlan(world({ oneWay: faulty }), request([SLOW]))
    expect(plan.changes).toHaveLength(2)
    expect(plan.refused).toEqual([])
    expect(asked).toEqual(['front'])
    expect(plan.warnings).toEqual([
      `door front ${SLOW}: whether these credentials could put it back is not known: may not ask`,
    ])
  })
})

describe('notes beside the changes', () => {
  it('is done by hand for each identity that is cut, and asked for until it is restored', async () => {
    const by = world()
    const [session] = by.sessions
    if (!session) throw new Error('no session')
    const manual = (identity: { name: string }) =>
      identity.name === 'card' ? [] : [`nail ${identity.name} shut`]
    const told = { ...by, sessions: [{ ...session, manual }] }
    const state = await town.contain(told, 'aaaa', playbook(['disable']))
    const steps = [
      { identity: 'toy:town:door/back', text: 'nail back shut' },
      { identity: 'toy:town:door/front', text: 'nail front shut' },
    ]
    expect(state.plan.manual).toEqual(steps)
    expect(openManual(state)).toEqual(steps)
    const left = await town.restore(told, 'aaaa', {}, ['front'])
    expect(openManual(left)).toEqual(steps.slice(0, 1))
  })

  it('is the provider’s advice, given all that is done to the identity, its owner and its credentials', async () => {
    const asked: Record<string, readonly string[]> = {}
    const advise: NonNullable<Provider['advise']> = (identity, ids) => {
      asked[identity.name] = ids
      return ids.includes('toy.door.quarantine') ? [] : [`${identity.name} is not quarantined`]
    }
    const plan = await makePlan(world({}, { advise }), {
      ...request([]),
      playbook: playbook(['toy.door.disable', 'toy.pass.disable']),
    })
    expect(asked).toEqual({
      back: ['toy.door.disable'],
      front: ['toy.door.disable', 'toy.pass.disable'],
      card: ['toy.door.disable', 'toy.pass.disable'],
    })
    expect(plan.advice?.map(({ text }) => text).sort()).toEqual([
      'back is not quarantined',
      'card is not quarantined',
      'front is not quarantined',
    ])
  })
})
