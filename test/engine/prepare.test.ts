import { beforeEach, describe, expect, it } from 'vitest'
import type { World } from '../../src/engine/index.ts'
import { type Attempt, prepare } from '../../src/engine/prepare.ts'
import { withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Context, Interruption } from '../../src/model/interruption.ts'
import type { PlannedChange } from '../../src/model/plan.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { begunRun } from './memory-town.ts'
import { interruption, playbook, ToyCloud } from './toy-cloud.ts'
import { withInterruptions } from './toy-register.ts'

let cloud: ToyCloud
let contexts: Context[]

beforeEach(() => {
  cloud = new ToyCloud()
  cloud.add('front', { open: true, 'key/b': 'brass' })
  contexts = []
})

/** Takes the keys away, and remembers in which context it is asked. */
function taking(more: Partial<Interruption<ToyCloud>> = {}): Interruption<ToyCloud> {
  return interruption('door', 'detach', {
    id: 'toy.door.keys',
    cut(facet, context) {
      contexts.push(context)
      const keys = Object.keys(facet).filter(entry => entry.startsWith('key/'))
      return withEntries(
        facet,
        keys.map(key => [key, undefined]),
      )
    },
    async read(client, { identity, ...context }) {
      contexts.push({ identity, ...context })
      const door = client.doors.get(identity.name)
      return door && { uid: door.uid, facet: { ...door.settings }, seen: 'seen' }
    },
    ...more,
  })
}

/** A change of a run that has begun, and `prepare` for it: what it returns, and the entries that it recorded. */
async function begun(lens = taking(), more: Partial<PlannedChange> = {}, holds = new Holds([])) {
  const world: World = cloud.world({ providers: new Map([['toy', withInterruptions(lens)]]) })
  const { recorder, journal, changes } = await begunRun(world, playbook([lens.id]), holds)
  const [change] = changes
  if (!change) throw new Error('no change')
  Object.assign(change.planned, more)
  contexts = []
  const attempt = async (of: Partial<Attempt> = {}) => {
    const before = journal.entries.length
    const ready = await prepare(world, recorder, holds, { change, exhausted: [], rung: 0, ...of })
    return { ready, entries: journal.entries.slice(before) }
  }
  return { attempt, change, world, recorder, holds }
}

const set = (entries: { [entry: string]: string | undefined }) => {
  const door = cloud.doors.get('front')
  if (door) door.settings = withEntries(door.settings, Object.entries(entries))
}

describe('a change', () => {
  it('is intended with the identity and the values before and after, which is on disk when it may be written', async () => {
    const { attempt } = await begun()
    const { ready, entries } = await attempt()
    expect(entries).toMatchObject([
      { type: 'change.intended', uid: 'UID-front', before: { 'key/b': 'brass' }, after: {}, joined: [] },
    ])
    expect(ready).toMatchObject({ mayFall: true, settings: { entries: [{ entry: 'key/b', to: undefined }] } })
  })

  it('is gone when its identity was deleted, which is on disk', async () => {
    const { attempt } = await begun()
    cloud.doors.delete('front')
    const { ready, entries } = await attempt()
    expect(ready).toBeUndefined()
    expect(entries).toMatchObject([{ type: 'change.gone' }])
  })

  it('is refused when it could not be put back, which is on disk with the reason', async () => {
    let because: string | undefined
    const { attempt } = await begun(taking({ refuse: () => because }))
    because = 'it is part of a group now'
    const { ready, entries } = await attempt()
    expect(ready).toBeUndefined()
    expect(entries).toMatchObject([{ type: 'change.refused', because }])
  })

  it('is already so when nothing is left to change, which is on disk', async () => {
    const { attempt } = await begun()
    set({ 'key/b': undefined })
    const { ready, entries } = await attempt()
    expect(ready).toBeUndefined()
    expect(entries).toMatchObject([{ type: 'change.already' }])
  })

  it('is stale when more would change than was planned, with every setting of both by name', async () => {
    const { attempt } = await begun()
    set({ 'key/a': 'steel' })
    await expect(attempt()).rejects.toMatchObject({
      code: 'stale-plan',
      message: 'changed since the plan was made: key/a, key/b',
    })
  })

  it('is stale when one of its settings has another value than was planned', async () => {
    set({ 'key/a': 'steel' })
    const { attempt } = await begun()
    set({ 'key/a': 'forged' })
    await expect(attempt()).rejects.toMatchObject({ code: 'stale-plan' })
  })

  it('is not intended when its name belongs to another identity', async () => {
    const { attempt } = await begun()
    const door = cloud.doors.get('front')
    if (door) door.uid = 'UID-other'
    await expect(attempt()).rejects.toMatchObject({ code: 'other-uid', where: 'toy:town:door/front' })
  })

  it('is read and cut with no wait for a quota, and with what was seen', async () => {
    const { attempt } = await begun()
    await attempt()
    expect(contexts.map(({ postpone }) => postpone)).toEqual([true, true, true])
    expect(contexts.map(({ seen }) => seen)).toEqual([undefined, 'seen', 'seen'])
    expect(contexts.every(context => !('strength' in context) && !('held' in context))).toBe(true)
  })

  it('is cut with every independent deny when the plan says so', async () => {
    const { attempt } = await begun(taking(), { strength: 'all' })
    await attempt()
    expect(contexts.map(({ strength }) => strength)).toEqual(['all', 'all', 'all'])
  })

  it('that joins another run is read with the settings that it shares', async () => {
    const { attempt } = await begun(taking(), { joins: { run: 'bbbb', key: 'k', name: 'bbbb' } })
    await attempt()
    expect(contexts.map(({ held }) => held)).toEqual([['key/b'], ['key/b'], ['key/b']])
  })

  it('writes only what does not read so by the work of another run', async () => {
    set({ 'key/c': 'steel' })
    const holds = new Holds([])
    const { attempt, change } = await begun(taking(), {}, holds)
    const at = '2026-11-23T09:00:00.000Z'
    const other = { entry: 'key/c', before: 'steel', after: undefined, at, joined: false }
    holds.add(change.identity.id, { ...other, run: 'bbbb', key: 'k' })
    set({ 'key/c': undefined })
    const { ready, entries } = await attempt()
    expect(entries).toMatchObject([{ before: { 'key/b': 'brass', 'key/c': 'steel' }, joined: ['key/c'] }])
    expect(ready?.settings.entries.map(({ entry }) => entry)).toEqual(['key/b'])
  })
})

describe('a change that a process died over', () => {
  /** Its intention is on disk; nothing is known of the write. */
  async function intended(lens = taking()) {
    const run = await begun(lens)
    await run.attempt()
    contexts = []
    return run
  }

  it('is finished with the values from before that are on disk, when it was not written', async () => {
    const { attempt, change } = await intended()
    const { ready, entries } = await attempt()
    expect(entries).toEqual([])
    expect(change.held).toMatchObject([{ entry: 'key/b', before: 'brass' }])
    expect(ready).toMatchObject({ mayFall: true, settings: { entries: [{ entry: 'key/b', from: 'brass' }] } })
  })

  it('has nothing left to write when it was written', async () => {
    const { attempt, change } = await intended()
    set({ 'key/b': undefined })
    const { ready, entries } = await attempt()
    expect(entries).toEqual([])
    expect(ready).toMatchObject({ mayFall: false, settings: { entries: [] } })
    expect(change.held).toMatchObject([{ entry: 'key/b', before: 'brass' }])
  })

  it('is left alone when somebody else changed one of its settings', async () => {
    const { attempt } = await intended()
    set({ 'key/b': 'forged' })
    await expect(attempt()).rejects.toMatchObject({
      code: 'drift',
      message: 'changed by somebody else: key/b',
      where: 'toy:town:door/front',
    })
  })

  it('is read with its settings and no wait for a quota, and written with what was seen', async () => {
    const { attempt } = await intended()
    const { ready } = await attempt()
    expect(contexts).toMatchObject([{ held: ['key/b'], postpone: true }])
    expect(ready?.target.context).toMatchObject({ held: ['key/b'], postpone: true, seen: 'seen' })
  })

  it('is written without anything seen where the cloud shows nothing', async () => {
    const lens = taking()
    const read: typeof lens.read = async (client, context) => {
      const reading = await lens.read(client, context)
      return reading && { uid: reading.uid, facet: reading.facet }
    }
    const { attempt } = await intended({ ...lens, read })
    const { ready } = await attempt()
    expect(ready?.target.context).not.toHaveProperty('seen')
  })
})

describe('a rung below the first', () => {
  const refusal = new Fault('quota', 'no room for a bolt')
  /** A bolt, or else a bar for each end of the door, or nothing once it is sealed. */
  const bolts = interruption('door', 'quarantine', {
    id: 'toy.door.bolts',
    cut(facet, { exhausted }) {
      if ('seal' in facet) return facet
      if (!exhausted.includes('bolt')) {
        return withEntries(facet, [
          ['bolt', 'all'],
          ['bar/1', 'up'],
        ])
      }
      return exhausted.includes('bar/2') ? facet : withEntries(facet, [['bar/2', 'up']])
    },
  })
  /** A change whose first rung is on disk. */
  async function refused(lens = bolts) {
    const run = await begun(lens)
    await run.attempt()
    return run
  }

  it('holds what it wants and what was taken of the rung above, and nothing that found no room', async () => {
    const { attempt } = await refused()
    set({ 'bar/1': 'up', bolt: 'all' })
    const { ready, entries } = await attempt({ rung: 1, exhausted: ['bolt'], refusal })
    expect(entries).toMatchObject([{ type: 'change.intended', after: { 'bar/1': 'up', 'bar/2': 'up' } }])
    expect(entries[0]).not.toHaveProperty('after.bolt')
    expect(ready?.settings.entries.map(({ entry }) => entry)).toEqual(['bar/2'])
  })

  it.each([
    ['holds a setting that it wants as well once, and nothing that was not taken', {}],
    ['gives a setting that was taken the value that it wants', { 'bar/1': 'up' }],
  ])('%s', async (_, taken) => {
    const both = { ...bolts }
    both.cut = (facet, { exhausted }) =>
      withEntries(facet, [
        ['bar/1', exhausted.includes('bolt') ? 'half' : 'up'],
        exhausted.includes('bolt') ? ['bar/2', 'up'] : ['bolt', 'all'],
        ...(exhausted.includes('bolt') ? [] : [['bar/3', 'up'] as [string, string]]),
      ])
    const { attempt, change } = await refused(both)
    change.planned.fallback = [{ entry: 'bar/1', from: 'up', to: 'half' }]
    set(taken)
    const { ready, entries } = await attempt({ rung: 1, exhausted: ['bolt'], refusal })
    expect(entries).toMatchObject([{ after: { 'bar/1': 'half', 'bar/2': 'up' } }])
    expect(entries[0]).not.toHaveProperty('after.bar/3')
    expect(ready?.settings.entries.map(({ entry }) => entry)).toEqual(['bar/1', 'bar/2'])
  })

  it.each([
    ['nothing is left to try', {}],
    ['nothing is left to try for the only setting', { 'bar/1': 'up' }],
  ])('fails with what the cloud said of the rung above when %s', async (_, taken) => {
    set(taken)
    const { attempt } = await refused()
    await expect(attempt({ rung: 2, exhausted: ['bolt', 'bar/2'], refusal })).rejects.toBe(refusal)
  })

  it('is already so when somebody has come before it', async () => {
    const { attempt } = await refused()
    set({ seal: 'wax' })
    const { ready, entries } = await attempt({ rung: 2, exhausted: ['bolt', 'bar/2'], refusal })
    expect(ready).toBeUndefined()
    expect(entries).toMatchObject([{ type: 'change.already' }])
  })

  it.each([
    ['is done when the credentials can put it back', undefined, undefined, true],
    ['is not done when they cannot', 'they cannot cut keys', undefined, false],
    ['is done when they cannot, and the plan accepted that', 'they cannot', 'they cannot', true],
  ])('that takes away what was there before %s', async (_, reason, oneWay, isDone) => {
    let lost: string | undefined
    const { attempt, change } = await refused(taking({ oneWay: async () => lost }))
    // Since the plan.
    lost = reason
    change.planned.fallback = [{ entry: 'key/b', from: 'brass', to: undefined }]
    if (oneWay !== undefined) change.planned.oneWay = oneWay
    const done = attempt({ rung: 1, exhausted: [], refusal })
    if (isDone) expect((await done).ready?.settings.entries).toHaveLength(1)
    else await expect(done).rejects.toMatchObject({ code: 'refused', where: 'toy:town:door/front' })
  })

  it('that takes away what was there before is not done when the plan does not show that', async () => {
    const { attempt, change } = await refused(taking())
    change.planned.differences = []
    await expect(attempt({ rung: 1, refusal })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('no room for a bolt'),
    })
  })

  it('that takes away what was there before is done when the cloud cannot say', async () => {
    const { attempt } = await refused(taking({ oneWay: () => Promise.reject(new Fault('denied', 'no')) }))
    expect((await attempt({ rung: 1, refusal })).ready?.settings.entries).toHaveLength(1)
  })
})
