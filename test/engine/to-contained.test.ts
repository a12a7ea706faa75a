import { beforeEach, describe, expect, it } from 'vitest'
import type { World } from '../../src/engine/index.ts'
import { applyChange, applyTogether } from '../../src/engine/to-contained.ts'
import type { Entry } from '../../src/model/entry.ts'
import { withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import { begunRun } from './memory-town.ts'
import { interruption, playbook, ToyCloud } from './toy-cloud.ts'
import { withInterruptions } from './toy-register.ts'

let cloud: ToyCloud
/** Milliseconds since 1970: time stands still but where a test moves it. */
let now: number
/** Entries and readings, in their order. */
let log: string[]

beforeEach(() => {
  cloud = new ToyCloud()
  cloud.add('front')
  now = Date.parse('2026-11-30T12:00:00Z')
  log = []
})

/** Returns an interruption that puts up these bars, without those that the cloud had no room for. */
function barring(bars: (exhausted: readonly string[]) => string[]): Interruption<ToyCloud> {
  return interruption('door', 'quarantine', {
    id: 'toy.door.bars',
    cut: (facet, { exhausted }) =>
      withEntries(
        facet,
        bars(exhausted)
          .filter(bar => !exhausted.includes(bar))
          .map(bar => [bar, 'up']),
      ),
  })
}

const TWO = barring(() => ['bar/1', 'bar/2'])
/** The bars `bar/0`, `bar/1` and so on, one at a time: as many rungs as anybody may want. */
const LADDER = barring(exhausted => [`bar/${exhausted.length}`])

function worldOf(lens: Interruption<ToyCloud>): World {
  return cloud.world({
    providers: new Map([['toy', withInterruptions(lens)]]),
    clock: () => new Date(now).toISOString(),
    listen: event => {
      if (event.type === 'entry') log.push(event.entry.type)
    },
  })
}

/** Contains with one interruption. Returns the change, and the entries about it. */
async function contained(lens: Interruption<ToyCloud>) {
  const world = worldOf(lens)
  const run = await begunRun(world, playbook([lens.id]))
  const [change] = run.changes
  if (!change) throw new Error('no change')
  const apply = async () => await applyChange(world, run.recorder, run.holds, change)
  await apply()
  return { ...run, world, change, apply, entries: run.journal.entries.slice(1) }
}

const types = (entries: readonly Entry[]) => entries.map(({ type }) => type)
const settings = () => cloud.doors.get('front')?.settings

describe('a change that is contained', () => {
  it('is recorded as written when the cloud took all of it', async () => {
    const { entries, change } = await contained(TWO)
    expect(types(entries)).toEqual(['change.intended', 'change.written'])
    expect(entries[1]).not.toHaveProperty('left')
    expect(change.phase).toBe('written')
    expect(settings()).toEqual({ open: true, 'bar/1': 'up', 'bar/2': 'up' })
  })

  it('is recorded as failed with the fault when the cloud took nothing', async () => {
    cloud.onWrite = () => {
      throw new Fault('denied', 'not allowed')
    }
    const { entries, change } = await contained(TWO)
    expect(types(entries)).toEqual(['change.intended', 'change.failed'])
    expect(change.fault).toMatchObject({ code: 'denied', message: 'not allowed' })
  })

  it('is recorded as written, with what is left and why, when the cloud took a part', async () => {
    cloud.onWrite = entry => {
      if (entry === 'bar/2') throw new Fault('denied', 'not this one')
      return undefined
    }
    const { entries, change } = await contained(TWO)
    expect(types(entries)).toEqual(['change.intended', 'change.written'])
    expect(entries[1]).toMatchObject({ left: [{ entry: 'bar/2', fault: { code: 'denied' } }] })
    expect(change.phase).toBe('written')
    expect(settings()).toEqual({ open: true, 'bar/1': 'up' })
  })

  it('is compared with its plan before the first write', async () => {
    const world = worldOf(LADDER)
    const run = await begunRun(world, playbook([LADDER.id]))
    await cloud.write('front', {}, { 'bar/0': 'down' })
    cloud.writes = []
    await applyTogether(world, run.recorder, run.holds, run.changes, task => task())
    expect(run.changes[0]?.fault?.code).toBe('stale-plan')
    expect(cloud.writes).toEqual([])
  })
})

describe('a ladder', () => {
  it('falls without the settings that found no room, and records that before it looks again', async () => {
    cloud.onRead = () => log.push('read')
    cloud.onWrite = entry => {
      if (entry === 'bar/0') throw new Fault('quota', 'no room for bar/0')
      return undefined
    }
    const { entries, change } = await contained(LADDER)
    expect(log.slice(log.indexOf('change.intended'))).toEqual([
      'change.intended',
      // After the refusal.
      'read',
      'change.reduced',
      'read',
      'change.intended',
      'change.written',
    ])
    expect(entries[1]).toMatchObject({ without: ['bar/0'], because: 'no room for bar/0' })
    expect(change.held.map(({ entry }) => entry)).toEqual(['bar/1'])
  })

  it('falls for the settings that found no room and for no others, with the reason of the first of them', async () => {
    cloud.onWrite = entry => {
      if (entry === 'bar/1') throw new Fault('denied', 'not allowed')
      if (entry === 'bar/2' || entry === 'bar/3') throw new Fault('quota', `no room for ${entry}`)
      return undefined
    }
    const { entries, change } = await contained(barring(() => ['bar/1', 'bar/2', 'bar/3', 'bar/4']))
    expect(entries[1]).toMatchObject({
      type: 'change.reduced',
      without: ['bar/2', 'bar/3'],
      because: 'no room for bar/2',
    })
    // Of the next rung, only the refused one is left to write; what was taken before stays held.
    expect(entries.at(-1)).toMatchObject({ type: 'change.failed', fault: { code: 'denied' } })
    expect(change.without).toEqual(['bar/2', 'bar/3'])
    expect(change.held.map(({ entry }) => entry).sort()).toEqual(['bar/1', 'bar/4'])
  })

  it('falls without the parts that the cloud names when it refuses a setting', async () => {
    const parts = barring(() => [])
    const { entries } = await contained({
      ...parts,
      cut: (facet, { exhausted }) =>
        withEntries(facet, [['denied', ['a', 'b'].filter(each => !exhausted.includes(each))]]),
      async write(client, from, to, { identity }) {
        if (JSON.stringify(to['denied']).includes('b')) {
          throw new Fault('rejected', 'b is not deniable', { without: ['b'] })
        }
        await client.write(identity.name, from, to)
      },
    })
    expect(types(entries)).toEqual(['change.intended', 'change.reduced', 'change.intended', 'change.written'])
    expect(entries[1]).toMatchObject({ without: ['b'], because: 'b is not deniable' })
    expect(settings()).toEqual({ open: true, denied: ['a'] })
  })

  it('has four rungs: after the last, the change fails with what the cloud said', async () => {
    const tried: string[] = []
    cloud.onWrite = entry => {
      tried.push(entry)
      throw new Fault('quota', `no room for ${entry}`)
    }
    const { change } = await contained(LADDER)
    expect(tried).toEqual(['bar/0', 'bar/1', 'bar/2', 'bar/3'])
    expect(change).toMatchObject({ phase: 'failed', fault: { code: 'quota', message: 'no room for bar/3' } })
  })

  it('does not fall after a resume that found a part of the change in place', async () => {
    const { change, apply, journal } = await contained(TWO)
    await cloud.write('front', { 'bar/2': 'up' }, {})
    cloud.onWrite = () => {
      throw new Fault('quota', 'no room')
    }
    await apply()
    expect(journal.entries.at(-1)).toMatchObject({ type: 'change.failed', fault: { code: 'quota' } })
    expect(change.without).toBeUndefined()
    expect(change.held.map(({ entry }) => entry)).toEqual(['bar/1', 'bar/2'])
  })
})

describe('a change that a quota of others holds up', () => {
  const busy = (retryAfter: number) => {
    cloud.onWrite = () => {
      throw new Fault('throttled', 'used up', { retryAfter })
    }
  }
  const at = (ms: number) => new Date(Date.parse('2026-11-30T12:00:00Z') + ms).toISOString()

  it('is postponed until the cloud may have room', async () => {
    busy(5_000)
    const { entries, change } = await contained(TWO)
    expect(types(entries)).toEqual(['change.intended', 'change.postponed'])
    expect(change.postponed).toEqual({ because: 'used up', since: at(0), until: at(5_000) })
  })

  it('is tried for ten minutes since it was first held up, and then fails', async () => {
    busy(5_000)
    const { change, apply } = await contained(TWO)
    now += 599_999
    await apply()
    expect(change.postponed).toEqual({ because: 'used up', since: at(0), until: at(604_999) })
    now += 1
    await apply()
    expect(change).toMatchObject({ phase: 'failed', fault: { code: 'throttled' } })
    expect(change.postponed).toBeUndefined()
  })
})
