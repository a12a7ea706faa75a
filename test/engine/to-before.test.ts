import { beforeEach, describe, expect, it } from 'vitest'
import { carryOut } from '../../src/engine/carry-out.ts'
import type { World } from '../../src/engine/index.ts'
import { Recorder } from '../../src/engine/recorder.ts'
import { type Ending, toBefore } from '../../src/engine/to-before.ts'
import type { RestoreOptions } from '../../src/model/entry.ts'
import { withEntries } from '../../src/model/facet.ts'
import { Fault, type FaultCode } from '../../src/model/fault.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import { Holds } from '../../src/model/run/holds.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { SlowJournal } from './memory-journal.ts'
import { MemoryTown } from './memory-town.ts'
import { interruption, playbook, ToyCloud } from './toy-cloud.ts'
import { withInterruptions } from './toy-register.ts'
import { VirtualTime } from './virtual-time.ts'

const KEYS = { open: true, 'key/1': 'a', 'key/2': 'b', 'key/3': 'c' }

let cloud: ToyCloud
let time: VirtualTime
/** Entries, writes and readings, in their order. */
let log: string[]
let endings: Ending[]

beforeEach(() => {
  cloud = new ToyCloud()
  cloud.add('front', KEYS)
  time = new VirtualTime()
  log = []
  endings = []
})

function worldOf(more: Partial<World> = {}, lens: Interruption<ToyCloud>[] = []): World {
  return cloud.world({
    providers: new Map([['toy', withInterruptions(...lens)]]),
    clock: time.clock,
    timing: time,
    listen: event => {
      if (event.type === 'entry') log.push(event.entry.type)
    },
    ...more,
  })
}

/** The state of a run that contained the door with these verbs. */
async function contained(verbs: string[], world = worldOf()): Promise<RunState> {
  const town = new MemoryTown()
  await town.contain(world, 'aaaa', playbook(verbs))
  log = []
  cloud.writes = []
  return town.state('aaaa')
}

/** Restores the changes of a run, all in one go. Returns the entries. */
async function restored(state: RunState, options: Partial<RestoreOptions> = {}, world = worldOf()) {
  const journal = new SlowJournal('aaaa', world.clock)
  const holds = new Holds([state])
  const recorder = new Recorder(journal, world.listen, state, holds)
  const request = {
    state,
    holds,
    only: [],
    options: { drift: 'skip' as const, stepDown: false, acceptLiveTokens: true, ...options },
  }
  const ended = (_: unknown, ending: Ending) => {
    log.push(ending)
    endings.push(ending)
  }
  const steps = [...state.changes.values()].map(change => ({ change }))
  await carryOut(world, toBefore(world, recorder, request, ended), steps, task => task())
  return journal.entries
}

/** Refuses settings, each with its code. */
function refuse(codes: { [entry: string]: FaultCode }): void {
  cloud.onWrite = entry => {
    const code = codes[entry]
    if (code) throw new Fault(code, `${code}: ${entry}`)
    return undefined
  }
}

const settings = () => cloud.doors.get('front')?.settings
const set = (entries: { [entry: string]: string | boolean | undefined }) => {
  const door = cloud.doors.get('front')
  if (door) door.settings = withEntries(door.settings, Object.entries(entries))
}

describe('a restored change', () => {
  it('is intended on disk before it is written, and verified before it counts as done', async () => {
    const state = await contained(['detach'])
    cloud.onRead = () => {
      log.push('read')
    }
    cloud.onWrite = () => {
      log.push('write')
      return undefined
    }
    const entries = await restored(state)
    expect(log).toEqual([
      'read',
      'restore.intended',
      'write',
      'write',
      'write',
      'restore.written',
      'read',
      'restore.verified',
      'done',
    ])
    const [intended, written, verified] = entries
    expect(intended).not.toHaveProperty('until')
    expect(written).not.toHaveProperty('left')
    expect(written).not.toHaveProperty('missing')
    expect(verified).toMatchObject({ set: true })
    expect(verified).not.toHaveProperty('notBack')
    expect(settings()).toEqual(KEYS)
  })

  it('has what drifted left alone, and the rest put back', async () => {
    const state = await contained(['detach'])
    set({ 'key/2': 'forged' })
    await restored(state)
    expect(cloud.writes).toEqual(['front key/1', 'front key/3'])
    expect(settings()).toEqual({ ...KEYS, 'key/2': 'forged' })
  })

  it('is not written while sessions from before it would work again, which is recorded', async () => {
    const entries = await restored(await contained(['quarantine']), { acceptLiveTokens: false })
    expect(entries).toMatchObject([{ type: 'restore.failed', fault: { code: 'horizon' } }])
    expect(cloud.writes).toEqual([])
    expect(log.at(-1)).toBe('failed')
  })
})

describe('a setting that the cloud does not take', () => {
  it.each<[string, { [entry: string]: FaultCode }, Ending]>([
    ['denied, among others', { 'key/1': 'denied' }, 'failed'],
    ['without room, among others', { 'key/1': 'quota' }, 'no-room'],
    ['without room, and another missing', { 'key/1': 'quota', 'key/2': 'missing' }, 'no-room'],
    ['without room, and another denied', { 'key/1': 'quota', 'key/2': 'denied' }, 'failed'],
    ['missing, among others', { 'key/1': 'missing' }, 'done'],
    ['denied, each by itself', { 'key/1': 'denied', 'key/2': 'denied', 'key/3': 'denied' }, 'failed'],
  ])('that is %s, is left and the others are put back', async (_, codes, ending) => {
    const state = await contained(['detach'])
    refuse(codes)
    const entries = await restored(state)
    const [, written] = entries
    const faults = Object.entries(codes).map(([entry, code]) => ({ entry, fault: { code } }))
    const left = faults.filter(({ fault }) => fault.code !== 'missing')
    const missing = faults.filter(({ fault }) => fault.code === 'missing')
    expect(written).toMatchObject({
      type: 'restore.written',
      ...(left.length > 0 ? { left } : {}),
      ...(missing.length > 0 ? { missing } : {}),
    })
    expect(Object.hasOwn(written ?? {}, 'left')).toBe(left.length > 0)
    expect(Object.hasOwn(written ?? {}, 'missing')).toBe(missing.length > 0)
    expect(entries[2]).toMatchObject({ type: 'restore.verified', set: true })
    expect(endings).toEqual([ending])
    const { open, ...keys } = settings() ?? {}
    expect(Object.keys(keys)).toEqual(['key/1', 'key/2', 'key/3'].filter(key => !(key in codes)))
  })

  it.each<[FaultCode, Ending]>([
    ['denied', 'failed'],
    ['quota', 'no-room'],
    ['unavailable', 'failed'],
  ])('fails the change when it is the only one: %s', async (code, ending) => {
    const state = await contained(['disable'])
    refuse({ open: code })
    const entries = await restored(state)
    expect(entries.map(({ type }) => type)).toEqual(['restore.intended', 'restore.failed'])
    expect(entries[1]).toMatchObject({ fault: { code } })
    expect(log.at(-1)).toBe(ending)
    expect(endings).toEqual([ending])
  })

  it('fails the change when one fault was that of all its settings', async () => {
    const state = await contained(['detach'])
    cloud.onWrite = () => {
      throw new Fault('unavailable', '503')
    }
    const entries = await restored(state)
    expect(entries.map(({ type }) => type)).toEqual(['restore.intended', 'restore.failed'])
  })

  it('stays held when it is missing and something of ours stands in its place', async () => {
    const state = await contained(['disable'])
    refuse({ open: 'missing' })
    const entries = await restored(state)
    expect(entries[1]).toMatchObject({ type: 'restore.written', left: [{ entry: 'open' }] })
    expect(entries[1]).not.toHaveProperty('missing')
    expect(endings).toEqual(['missing'])
    expect([...state.changes.values()].map(({ held }) => held.length)).toEqual([1])
  })
})

describe('a setting that is written', () => {
  it.each([['key/2'], ['key/1', 'key/2']])('is not back when it is not read back: %s', async (...names) => {
    const state = await contained(['detach'])
    cloud.onRead = () => set(Object.fromEntries(names.map(name => [name, undefined])))
    const entries = await restored(state)
    expect(entries.at(-1)).toMatchObject({ type: 'restore.verified', set: false, notBack: names })
    expect(endings).toEqual(['failed'])
  })

  it('is not back when nothing can be read', async () => {
    const state = await contained(['disable'])
    cloud.onWrite = () => {
      cloud.onRead = () => {
        throw new Fault('unavailable', '503')
      }
      return undefined
    }
    const entries = await restored(state)
    expect(entries.at(-1)).toMatchObject({ set: false, notBack: ['open'] })
  })

  it.each([['open'], ['key/1', 'key/2']])(
    'is back when it is read back late, within patience: %s',
    async (...late) => {
      const state = await contained([late[0] === 'open' ? 'disable' : 'detach'])
      let written = {}
      let lag = 0
      cloud.onWrite = () => {
        lag = 3
        return undefined
      }
      cloud.onRead = () => {
        if (lag === 3) written = { ...settings() }
        if (lag > 0) set(lag === 1 ? written : Object.fromEntries(late.map(name => [name, undefined])))
        lag--
      }
      const entries = await restored(state, {}, worldOf({ patience: 60_000 }))
      expect(entries.at(-1)).toMatchObject({ type: 'restore.verified', set: true })
      expect(settings()).toEqual(KEYS)
    },
  )
})

describe('a step-down', () => {
  const early = { acceptLiveTokens: false, stepDown: true }

  it('has the time at which it may go on disk', async () => {
    const state = await contained(['quarantine'])
    const entries = await restored(state, early)
    const until = [...state.changes.values()][0]?.held[0]?.until
    expect(until).toMatch(/^2026-11-23T11:00/)
    expect(entries[0]).toMatchObject({ type: 'restore.intended', until })
  })

  it('lifts nothing when the deny that it leaves is refused', async () => {
    cloud.room = false
    const state = await contained(['quarantine'])
    const entries = await restored(state, early)
    expect(settings()).toEqual({ ...KEYS, bar: true })
    expect(entries[1]).toMatchObject({ left: [{ fault: { code: 'quota' } }, { entry: 'bar' }] })
  })

  it('does not write what it leaves as it is', async () => {
    const shutter = interruption('door', 'quarantine', {
      id: 'toy.door.shutter',
      horizon: () => 3600,
      cut: facet =>
        withEntries(facet, [
          ['shutter', 'down'],
          ['key/1', undefined],
        ]),
      stepDown: facet => withEntries(facet, [['shutter', 'down']]),
    })
    const world = worldOf({}, [shutter])
    const state = await contained([shutter.id], world)
    await restored(state, early, world)
    expect(cloud.writes).toEqual(['front key/1'])
    expect(settings()).toEqual({ ...KEYS, shutter: 'down' })
  })
})

describe('a setting that reads as it did before us', () => {
  /** Readings until the first entry: how often it was looked at before it was believed. */
  async function looks(state: RunState, options: Partial<RestoreOptions> = {}): Promise<number> {
    cloud.onRead = () => {
      log.push('read')
    }
    await restored(state, options, worldOf({ patience: 2_000 }))
    return log.findIndex(each => each.startsWith('restore'))
  }
  it('is looked at again while our write is young, and believed when it stays so', async () => {
    const state = await contained(['disable'])
    set({ open: true })
    expect(await looks(state)).toBeGreaterThan(1)
    expect(endings).toEqual(['done'])
    expect(cloud.writes).toEqual([])
  })

  it('is looked at again although other settings of the change read as ours', async () => {
    const state = await contained(['detach'])
    set({ 'key/1': 'a' })
    expect(await looks(state)).toBeGreaterThan(1)
  })

  it.each([
    [59_999, true],
    [60_000, false],
  ])('is looked at again %i ms after our write: %s', async (ms, again) => {
    const state = await contained(['disable'])
    set({ open: true })
    const [change] = state.changes.values()
    if (change) change.writtenAt = new Date(time.date() - ms).toISOString()
    expect((await looks(state)) > 1).toBe(again)
  })

  it('is believed at once after a restore that was cut off', async () => {
    const state = await contained(['disable'])
    const [change] = state.changes.values()
    if (change) change.phase = 'restoring'
    set({ open: true })
    expect(await looks(state)).toBe(1)
  })

  it('is believed at once when it is also what we wrote', async () => {
    const state = await contained(['disable'])
    const [change] = state.changes.values()
    const [held] = change?.held ?? []
    if (held) Object.assign(held, { before: false })
    expect(await looks(state)).toBe(1)
    expect(endings).toEqual(['done'])
  })

  it('is not what drifted: that is looked at once', async () => {
    const state = await contained(['detach'])
    set({ 'key/1': 'forged' })
    expect(await looks(state)).toBe(1)
  })

  it('is put back as ours when a later reading shows our write', async () => {
    const state = await contained(['disable'])
    let reads = 0
    cloud.onRead = () => {
      if (++reads <= 3) set({ open: reads <= 2 })
    }
    await restored(state, {}, worldOf({ patience: 2_000 }))
    expect(cloud.writes).toEqual(['front open'])
    expect(settings()).toEqual(KEYS)
  })

  it('is left as it is after a Ctrl-C, with nothing recorded', async () => {
    const state = await contained(['disable'])
    set({ open: true })
    const stop = new AbortController()
    cloud.onRead = () => stop.abort()
    const world = worldOf({ patience: 2_000, signal: stop.signal })
    await expect(restored(state, {}, world)).rejects.toMatchObject({ code: 'interrupted' })
    expect(log).toEqual([])
  })

  it('keeps no change from being finished whose reading is believed when a Ctrl-C comes', async () => {
    const state = await contained(['disable'])
    const stop = new AbortController()
    cloud.onRead = () => stop.abort()
    await restored(state, {}, worldOf({ patience: 2_000, signal: stop.signal }))
    expect(endings).toEqual(['done'])
    expect(settings()).toEqual(KEYS)
  })
})
