import { describe, expect, it } from 'vitest'
import { withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import type { Provider } from '../../src/model/provider.ts'
import { eachTown } from './each-town.ts'
import type { Town } from './town.ts'
import { interruption, playbook, provider, type ToyCloud } from './toy-cloud.ts'

let town: Town
let cloud: ToyCloud
eachTown((opened, empty) => {
  town = opened
  cloud = empty
  cloud.add('front')
  cloud.add('card', { open: true }, 'front')
})

const full = () => new Fault('throttled', 'the quota of the town is used up by others', { retryAfter: 1 })
const asWave = (): Map<string, Provider> =>
  new Map([
    [
      'toy',
      {
        ...provider,
        interruptions: provider.interruptions.map(each =>
          each.verbs.includes('quarantine') ? { ...each, together: true as const } : each,
        ),
      },
    ],
  ])
const types = async (run: string) =>
  (await town.store.read(run)).entries.map(each => `${each.type} ${'key' in each ? each.key : ''}`.trim())

describe('a write that a quota holds up', () => {
  it.each([
    ['in a group', undefined],
    ['in a wave', asWave()],
  ])('%s lets the others of the run go first, and is carried out later', async (_, providers) => {
    const seed = cloud.snapshot()
    let refusals = 2
    cloud.onWrite = entry => {
      if (entry.startsWith('bolt/') && refusals-- > 0) throw full()
      return undefined
    }
    const world = cloud.world(providers ? { providers } : {})
    const state = await town.contain(world, 'aaaa', playbook(['quarantine', 'disable']))
    expect(state.finished).toBe('complete')
    expect(cloud.writes).toEqual(['front open', 'card open', 'front bolt/aaaa'])
    const told = await types('aaaa')
    expect(told.filter(each => each.startsWith('change.postponed'))).toHaveLength(2)
    expect(told.indexOf('change.postponed toy:town:door/front toy.door.quarantine')).toBeLessThan(
      told.indexOf('change.written toy:town:door/front toy.door.disable'),
    )
    expect([...state.changes.values()].some(({ postponed }) => postponed)).toBe(false)
    cloud.onWrite = () => undefined
    await town.restore(world, 'aaaa')
    expect(cloud.snapshot()).toEqual(seed)
  })

  it('is given up after a while, and the run is incomplete', async () => {
    cloud.onWrite = entry => {
      if (!entry.startsWith('bolt/')) return undefined
      // Each time of asking is a quarter of an hour of the target's clock.
      cloud.now += 900_000
      throw full()
    }
    const state = await town.contain(cloud.world(), 'aaaa', playbook(['quarantine', 'disable']))
    expect(state.finished).toBe('incomplete')
    const change = state.changes.get('toy:town:door/front toy.door.quarantine')
    expect(change).toMatchObject({ phase: 'failed', fault: { code: 'throttled' } })
    expect(change?.postponed).toBeUndefined()
  })

  it('is carried out by a resume after a Ctrl-C while it waited', async () => {
    const stop = new AbortController()
    cloud.onWrite = entry => {
      if (!entry.startsWith('bolt/')) return undefined
      setImmediate(() => stop.abort())
      throw new Fault('throttled', 'used up', { retryAfter: 600_000 })
    }
    const world = cloud.world({ signal: stop.signal })
    const state = await town.contain(world, 'aaaa', playbook(['quarantine']))
    expect(state.finished).toBe('interrupted')
    cloud.onWrite = () => undefined
    const again = await town.resume(cloud.world(), 'aaaa', playbook(['quarantine']))
    expect(again.finished).toBe('complete')
    expect(cloud.writes).toEqual(['front bolt/aaaa'])
  })
})

describe('a write of which the cloud does not take a part', () => {
  const parts: Interruption<ToyCloud> = interruption('door', 'constrain', {
    cut: (facet, { exhausted }) =>
      withEntries(facet, [['denied', ['a', 'b', 'c'].filter(each => !exhausted.includes(each))]]),
    async write(client, from, to, { identity }) {
      if (Array.isArray(to['denied']) && to['denied'].includes('b')) {
        throw new Fault('rejected', 'b is not deniable', { without: ['b'] })
      }
      await client.write(identity.name, from, to)
    },
  })

  it('is made without it, and the journal says so', async () => {
    const seed = cloud.snapshot()
    const interruptions = [...provider.interruptions, parts] as Provider['interruptions']
    const world = cloud.world({ providers: new Map([['toy', { ...provider, interruptions }]]) })
    const state = await town.contain(world, 'aaaa', playbook(['constrain']))
    expect(state.finished).toBe('complete')
    expect(cloud.doors.get('front')?.settings).toEqual({ open: true, denied: ['a', 'c'] })
    expect((await town.store.read('aaaa')).entries).toContainEqual(
      expect.objectContaining({ type: 'change.reduced', without: ['b'], because: 'b is not deniable' }),
    )
    expect([...state.changes.values()].flatMap(({ without }) => without ?? [])).toEqual(['b'])
    await town.restore(world, 'aaaa')
    expect(cloud.snapshot()).toEqual(seed)
  })
})
