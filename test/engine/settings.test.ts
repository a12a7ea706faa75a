import { describe, expect, it } from 'vitest'
import { Fault, type FaultCode } from '../../src/model/fault.ts'
import { isOpen } from '../../src/model/run/replay.ts'
import { restoreCounts } from '../../src/model/run/restore-fold.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { eachTown } from './each-town.ts'
import type { Town } from './town.ts'
import { playbook, type ToyCloud } from './toy-cloud.ts'

let town: Town
let cloud: ToyCloud
eachTown((opened, empty) => {
  town = opened
  cloud = empty
})

const KEYS = { open: true, 'key/1': 'a', 'key/2': 'b', 'key/3': 'c', 'key/4': 'd', 'key/5': 'e' }

const decisions = (state: RunState) =>
  Object.fromEntries(
    [...state.changes.values()].flatMap(({ restored }) =>
      restored.map(({ entry, decision }) => [entry, decision]),
    ),
  )

const faults = (state: RunState) =>
  [...state.changes.values()].flatMap(({ restored }) => restored.flatMap(({ fault }) => fault ?? []))

/** Refuses these settings for as long as it says. */
function refuse(code: FaultCode, ...entries: string[]): void {
  cloud.onWrite = entry => {
    if (entries.includes(entry))
      throw new Fault(code, `no ${entry}`, { next: 'make room, then: interdict resume' })
    return undefined
  }
}

const settings = () => cloud.doors.get('front')?.settings

describe('a setting that cannot be put back', () => {
  it.each(['key/1', 'key/3', 'key/5'])('stops nothing but itself when %s is refused', async entry => {
    cloud.add('front', KEYS)
    await town.contain(cloud.world(), 'aaaa', playbook(['detach']))
    refuse('denied', entry)
    const state = await town.restore(cloud.world(), 'aaaa')
    const { [entry as 'key/1']: _, ...others } = KEYS
    expect(settings()).toEqual(others)
    expect(restoreCounts(state)).toMatchObject({ putBack: 4, failed: 1 })
    expect(state.restore?.finished).toBe('incomplete')
    expect(faults(state)).toEqual([
      {
        code: 'denied',
        message: `no ${entry}`,
        where: `toy:town:door/front ${entry}`,
        next: expect.stringMatching(
          /^make room, then: interdict restore aaaa --lab; or .* interdict restore aaaa --leave 'toy:town:door\/front key\/\d' --reason 'why it stays' --lab$/,
        ),
      },
    ])
    // A later restore tries what is left, and nothing else.
    cloud.onWrite = () => undefined
    const before = cloud.writes.length
    const again = await town.restore(cloud.world(), 'aaaa')
    expect(cloud.writes.slice(before)).toEqual([`front ${entry}`])
    expect(settings()).toEqual(KEYS)
    expect(restoreCounts(again)).toMatchObject({ putBack: 1, failed: 0 })
    expect(isOpen(again)).toBe(false)
  })

  it('is released as missing when what it refers to no longer exists, and the run is closed', async () => {
    cloud.add('front', KEYS)
    await town.contain(cloud.world(), 'aaaa', playbook(['detach', 'quarantine']))
    refuse('missing', 'key/2', 'key/4')
    const state = await town.restore(cloud.world(), 'aaaa')
    expect(settings()).toEqual({ open: true, 'key/1': 'a', 'key/3': 'c', 'key/5': 'e' })
    expect(decisions(state)).toMatchObject({
      'key/2': 'missing',
      'key/4': 'missing',
      'bolt/aaaa': 'put-back',
    })
    expect(restoreCounts(state)).toMatchObject({ putBack: 4, missing: 2, failed: 0 })
    expect(isOpen(state)).toBe(false)
    expect(state.restore?.finished).toBe('incomplete')
  })

  it('is missing when the cloud says gone of it while the identity is there', async () => {
    cloud.add('front', KEYS)
    await town.contain(cloud.world(), 'aaaa', playbook(['detach']))
    refuse('gone', 'key/2')
    const state = await town.restore(cloud.world(), 'aaaa')
    expect(decisions(state)['key/2']).toBe('missing')
    expect(isOpen(state)).toBe(false)
  })

  it('stays held when it is missing and something of ours stands in its place', async () => {
    cloud.add('front')
    await town.contain(cloud.world(), 'aaaa', playbook(['disable', 'quarantine']))
    refuse('missing', 'open')
    const state = await town.restore(cloud.world(), 'aaaa')
    // The identity's other change is lifted all the same: what is missing must not hold up the rest.
    expect(settings()).toEqual({ open: false })
    expect(decisions(state)).toMatchObject({ open: 'failed', 'bolt/aaaa': 'put-back' })
    expect(isOpen(state)).toBe(true)
  })

  it('keeps the deny of its identity until it is put back or left by name', async () => {
    cloud.add('front', KEYS)
    cloud.add('back', KEYS)
    await town.contain(cloud.world(), 'aaaa', playbook(['detach', 'quarantine']))
    cloud.onWrite = entry => {
      if (entry === 'key/2' && cloud.doors.get('back')?.settings['key/2'] !== undefined) {
        throw new Fault('denied', 'not this one')
      }
      return undefined
    }
    await town.restore(cloud.world(), 'aaaa', {}, ['back'])
    const state = await town.restore(cloud.world(), 'aaaa')
    expect(settings()).toMatchObject({ 'bolt/aaaa': 'all', 'key/1': 'a' })
    expect(isOpen(state)).toBe(true)
    const left = await town.restore(cloud.world(), 'aaaa', { leave: ['front key/2'] })
    expect(decisions(left)).toMatchObject({ 'key/2': 'use-live', 'bolt/aaaa': 'put-back' })
    expect(settings()).toEqual({ open: true, 'key/1': 'a', 'key/3': 'c', 'key/4': 'd', 'key/5': 'e' })
    expect(isOpen(left)).toBe(false)
  })

  it('is tried no further when the fault is not its own', async () => {
    cloud.add('front', KEYS)
    await town.contain(cloud.world(), 'aaaa', playbook(['detach']))
    let tried = 0
    cloud.onWrite = () => {
      tried += 1
      throw new Fault('unavailable', '503')
    }
    const state = await town.restore(cloud.world(), 'aaaa')
    expect(tried).toBe(1)
    expect(restoreCounts(state)).toMatchObject({ putBack: 0, failed: 5 })
    cloud.onWrite = () => undefined
    expect(restoreCounts(await town.restore(cloud.world(), 'aaaa'))).toMatchObject({ putBack: 5 })
  })

  it('can be the only one that is asked for', async () => {
    cloud.add('front', KEYS)
    await town.contain(cloud.world(), 'aaaa', playbook(['detach']))
    const state = await town.restore(cloud.world(), 'aaaa', {}, ['front key/3'])
    expect(settings()).toEqual({ open: true, 'key/3': 'c' })
    expect([...state.changes.values()][0]?.held.map(({ entry }) => entry)).toEqual([
      'key/1',
      'key/2',
      'key/4',
      'key/5',
    ])
    await town.restore(cloud.world(), 'aaaa')
    expect(settings()).toEqual(KEYS)
  })
})

describe('a step-down', () => {
  const early = { acceptLiveTokens: false, stepDown: true }

  it('lifts nothing when the deny that it leaves is refused', async () => {
    cloud.add('front')
    cloud.room = false
    await town.contain(cloud.world(), 'aaaa', playbook(['quarantine']))
    expect(settings()).toEqual({ open: true, bar: true })
    const state = await town.restore(cloud.world(), 'aaaa', early)
    expect(settings()).toEqual({ open: true, bar: true })
    expect(restoreCounts(state)).toMatchObject({ putBack: 0, steppedDown: 0, failed: 2 })
    cloud.room = true
    await town.restore(cloud.world(), 'aaaa', early)
    expect(settings()).toMatchObject({ open: true, 'bolt/aaaa': expect.stringMatching(/^before 2026/) })
    expect(settings()).not.toHaveProperty('bar')
  })

  it('stays until its time when a second restore comes early, and is removed by one that does not', async () => {
    cloud.add('front')
    await town.contain(cloud.world(), 'aaaa', playbook(['quarantine']))
    const first = await town.restore(cloud.world(), 'aaaa', early)
    const until = [...first.changes.values()][0]?.held[0]?.until
    const left = settings()
    cloud.now += 60_000
    const second = await town.restore(cloud.world(), 'aaaa', early)
    expect(decisions(second)).toEqual({ 'bolt/aaaa': 'stepped-down' })
    expect(settings()).toEqual(left)
    expect([...second.changes.values()][0]?.held[0]?.until).toBe(until)
    cloud.now += 3_600_000
    const third = await town.restore(cloud.world(), 'aaaa', early)
    expect(settings()).toEqual({ open: true })
    expect(isOpen(third)).toBe(false)
  })
})

describe('a setting that was not read back', () => {
  it('is not counted as put back, and stays held', async () => {
    cloud.add('front')
    await town.contain(cloud.world(), 'aaaa', playbook(['disable']))
    const door = cloud.doors.get('front')
    if (!door) throw new Error('no door')
    // The cloud takes the write and shows the old value.
    cloud.onRead = () => {
      door.settings = { open: false }
    }
    const state = await town.restore(cloud.world(), 'aaaa')
    expect(restoreCounts(state)).toMatchObject({ putBack: 0, failed: 1 })
    expect(state.restore?.finished).toBe('incomplete')
    expect(isOpen(state)).toBe(true)
    cloud.onRead = () => undefined
    door.settings = { open: true }
    const again = await town.restore(cloud.world(), 'aaaa')
    expect(isOpen(again)).toBe(false)
  })
})

describe('a credential that leaked', () => {
  const leaked = playbook(['disable'], 'identity.kind == "door"', {
    steps: [
      {
        name: 'doors',
        select: 'identity.kind == "door" && identity.name == "front"',
        interrupt: [{ use: 'disable', params: {} }],
        after: 'keep-off',
      },
      {
        name: 'rest',
        select: 'identity.kind == "door" && identity.name == "back"',
        interrupt: [{ use: 'disable', params: {} }],
      },
    ],
  })

  it('stays off and held, does not keep the run open, and comes back by its id', async () => {
    cloud.add('front')
    cloud.add('back')
    await town.contain(cloud.world(), 'aaaa', leaked)
    const state = await town.restore(cloud.world(), 'aaaa')
    expect(cloud.snapshot()).toEqual({ back: { open: true }, front: { open: false } })
    expect(restoreCounts(state)).toMatchObject({ putBack: 1, keptOff: 1 })
    expect(state.restore?.finished).toBe('complete')
    expect(isOpen(state)).toBe(false)
    // Another run still knows that it is held.
    expect((await town.holds()).entriesOf('toy:town:door/front', 'bbbb', '')).toEqual(['open'])
    await expect(
      town.restore(cloud.world(), 'aaaa', { giveBack: ['toy:town:door/back'] }),
    ).rejects.toMatchObject({ code: 'usage', where: '--give-back' })
    const back = await town.restore(cloud.world(), 'aaaa', { giveBack: ['toy:town:door/front'] })
    expect(cloud.doors.get('front')?.settings).toEqual({ open: true })
    expect(restoreCounts(back)).toMatchObject({ putBack: 1, keptOff: 0 })
    expect((await town.holds()).entriesOf('toy:town:door/front', 'bbbb', '')).toEqual([])
  })
})
