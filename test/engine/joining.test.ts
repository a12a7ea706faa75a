import { describe, expect, it } from 'vitest'
import { contain, makePlan } from '../../src/engine/index.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { eachTown } from './each-town.ts'
import { Town } from './town.ts'
import { playbook, ToyCloud } from './toy-cloud.ts'

const BOTH = playbook(['disable', 'quarantine'])
const actor = { user: 'mara', host: 'desk', pid: 1 }

let town: Town
let cloud: ToyCloud
eachTown((opened, empty) => {
  town = opened
  cloud = empty
  cloud.add('front')
})

const plan = async (run: string, of = BOTH) =>
  await makePlan(cloud.world(), { run, playbook: of, inputs: {}, holds: await town.holds() })
const settings = () => cloud.doors.get('front')?.settings
const heldEntries = (state: RunState) =>
  [...state.changes.values()].flatMap(({ held }) => held.map(({ entry }) => entry)).sort()

describe('a plan over what another run holds', () => {
  it('names the run that holds each setting, and writes nothing', async () => {
    await town.contain(cloud.world(), 'aaaa', BOTH)
    const { changes, calls } = await plan('bbbb')
    expect(changes.map(({ heldBy }) => heldBy)).toEqual([
      [{ entry: 'open', runs: ['aaaa'] }],
      [{ entry: 'bolt/aaaa', runs: ['aaaa'] }],
    ])
    expect(calls.writes).toBe(0)
  })

  it('names what is missing as a change and the rest as held', async () => {
    await town.contain(cloud.world(), 'aaaa', playbook(['disable']))
    const { changes, calls } = await plan('bbbb')
    expect(changes.map(({ heldBy, differences }) => [heldBy?.[0]?.runs, differences[0]?.entry])).toEqual([
      [['aaaa'], 'open'],
      [undefined, 'bolt/bbbb'],
    ])
    expect(calls.writes).toBe(1)
  })

  it('adds a deny of its own when somebody took the other run’s away', async () => {
    await town.contain(cloud.world(), 'aaaa', BOTH)
    await cloud.write('front', { 'bolt/aaaa': 'all' }, {})
    const { changes } = await plan('bbbb')
    expect(changes.map(({ differences }) => differences[0]?.entry)).toEqual(['open', 'bolt/bbbb'])
    expect(changes[1]?.heldBy).toBeUndefined()
  })

  it('adds a deny of its own when the other run has stepped down', async () => {
    await town.contain(cloud.world(), 'aaaa', BOTH)
    await town.restore(cloud.world(), 'aaaa', { stepDown: true, acceptLiveTokens: false })
    expect(settings()).toHaveProperty('bolt/aaaa')
    const { changes } = await plan('bbbb')
    expect(changes.map(({ joins }) => joins)).toEqual([undefined, undefined])
    expect(changes.map(({ differences }) => differences[0]?.entry)).toEqual(['open', 'bolt/bbbb'])
  })

  it('joins what is cut and cuts what appeared since', async () => {
    cloud.add('back', { open: true, 'key/a': 'x' })
    const strip = playbook(['detach'], 'identity.name == "back"')
    await town.contain(cloud.world(), 'aaaa', strip)
    await cloud.write('back', {}, { 'key/b': 'y' })
    const { changes } = await plan('bbbb', strip)
    expect(changes[0]?.differences.map(({ entry }) => entry)).toEqual(['key/a', 'key/b'])
    expect(changes[0]?.heldBy).toEqual([{ entry: 'key/a', runs: ['aaaa'] }])
    await town.contain(cloud.world(), 'bbbb', strip)
    await town.restore(cloud.world(), 'aaaa')
    expect(cloud.doors.get('back')?.settings).toEqual({ open: true })
    await town.restore(cloud.world(), 'bbbb')
    expect(cloud.doors.get('back')?.settings).toEqual({ open: true, 'key/a': 'x', 'key/b': 'y' })
  })

  it('names the runs that vouch for what was off before them', async () => {
    cloud.add('back', { open: false })
    const both = playbook(['disable'], 'identity.kind == "door"')
    await town.contain(cloud.world(), 'aaaa', both)
    const { changes } = await plan('bbbb', both)
    expect(changes.map(({ differences, vouchedBy }) => [differences.length, vouchedBy])).toEqual([
      [0, ['aaaa']],
      [1, undefined],
    ])
  })
})

describe('a run that joins another', () => {
  it('adds nothing, and is proven', async () => {
    await town.contain(cloud.world(), 'aaaa', BOTH)
    const before = cloud.snapshot()
    cloud.writes = []
    const state = await town.contain(cloud.world(), 'bbbb', BOTH)
    expect(state.finished).toBe('complete')
    expect(cloud.writes).toEqual([])
    expect(cloud.snapshot()).toEqual(before)
    expect(heldEntries(state)).toEqual(['bolt/aaaa', 'open'])
  })

  it('is joined by a third run in the name of the first', async () => {
    const seed = cloud.snapshot()
    await town.contain(cloud.world(), 'aaaa', BOTH)
    await town.contain(cloud.world(), 'bbbb', BOTH)
    await town.restore(cloud.world(), 'aaaa')
    cloud.writes = []
    const state = await town.contain(cloud.world(), 'cccc', BOTH)
    expect(cloud.writes).toEqual([])
    expect(heldEntries(state)).toEqual(['bolt/aaaa', 'open'])
    await town.restore(cloud.world(), 'bbbb')
    expect(settings()).toEqual({ open: false, 'bolt/aaaa': 'all' })
    await town.restore(cloud.world(), 'cccc')
    expect(cloud.snapshot()).toEqual(seed)
  })

  it.each([
    ['the first first', ['aaaa', 'bbbb']],
    ['the last first', ['bbbb', 'aaaa']],
  ])('stays contained until both are restored: %s', async (_, [first = '', second = '']) => {
    const seed = cloud.snapshot()
    await town.contain(cloud.world(), 'aaaa', BOTH)
    await town.contain(cloud.world(), 'bbbb', BOTH)
    const one = await town.restore(cloud.world(), first)
    expect(one.restore?.finished).toBe('complete')
    expect(settings()).toEqual({ open: false, 'bolt/aaaa': 'all' })
    const two = await town.restore(cloud.world(), second)
    expect(two.restore?.finished).toBe('complete')
    expect(cloud.snapshot()).toEqual(seed)
  })

  it.each([
    ['the first first', ['aaaa', 'bbbb']],
    ['the last first', ['bbbb', 'aaaa']],
  ])('steps down once, with the last of the restores: %s', async (_, [first = '', second = '']) => {
    const seed = cloud.snapshot()
    await town.contain(cloud.world(), 'aaaa', BOTH)
    await town.contain(cloud.world(), 'bbbb', BOTH)
    const stepDown = { stepDown: true, acceptLiveTokens: false }
    await town.restore(cloud.world(), first, stepDown)
    expect(settings()).toEqual({ open: false, 'bolt/aaaa': 'all' })
    await town.restore(cloud.world(), second, stepDown)
    expect(settings()?.['bolt/aaaa']).toMatch(/^before /)
    expect(settings()?.['open']).toBe(true)
    cloud.now += 2 * 3_600_000
    await town.restore(cloud.world(), second)
    expect(cloud.snapshot()).toEqual(seed)
  })

  it('can be killed after any entry and resumed, and both restores give the original back', async () => {
    for (let entries = 1; entries < 12; entries++) {
      const here = await Town.open()
      const there = new ToyCloud()
      there.add('front')
      const seed = there.snapshot()
      try {
        await here.contain(there.world(), 'aaaa', BOTH)
        const died = await here
          .containUntil(there.world(), 'bbbb', BOTH, entries)
          .then(() => false)
          .catch(() => true)
        const resumed = await here.resume(there.world(), 'bbbb', BOTH)
        expect(resumed.finished, `after ${entries}`).toBe('complete')
        await here.restore(there.world(), entries % 2 === 0 ? 'aaaa' : 'bbbb')
        expect(there.doors.get('front')?.settings).toEqual({ open: false, 'bolt/aaaa': 'all' })
        await here.restore(there.world(), entries % 2 === 0 ? 'bbbb' : 'aaaa')
        expect(there.snapshot()).toEqual(seed)
        if (!died) return
      } finally {
        await here.close()
      }
    }
    throw new Error('the run never came to its end')
  })

  it('cuts by itself when the other run was restored between its plan and its carrying out', async () => {
    const seed = cloud.snapshot()
    await town.contain(cloud.world(), 'aaaa', BOTH)
    const approved = await plan('bbbb')
    await town.restore(cloud.world(), 'aaaa')
    expect(cloud.snapshot()).toEqual(seed)
    const holds = await town.holds()
    const journal = await town.store.create('bbbb', cloud.clock)
    const state = await contain(cloud.world(), {
      plan: approved,
      journal,
      holds,
      reason: 'test',
      tool: 'test',
      actor,
      ttl: 3600,
    })
    await journal.close()
    expect(state.finished).toBe('complete')
    expect(settings()).toEqual({ open: false, 'bolt/aaaa': 'all' })
    await town.restore(cloud.world(), 'bbbb')
    expect(cloud.snapshot()).toEqual(seed)
  })
})
