import { describe, expect, it } from 'vitest'
import { makePlan, type World } from '../../src/engine/index.ts'
import { type Facet, withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import { type Plan, planDigest } from '../../src/model/plan.ts'
import type { Provider } from '../../src/model/provider.ts'
import { eachTown } from './each-town.ts'
import type { Town } from './town.ts'
import { interruption, playbook, provider, type ToyCloud } from './toy-cloud.ts'

const keys = (facet: Facet) => Object.keys(facet).filter(entry => entry.startsWith('key/'))

/** A bolt of ours, or else the door's keys are taken away, which are the customer's. */
function seize(more: Partial<Interruption<ToyCloud>> = {}): Interruption<ToyCloud> {
  return interruption('door', 'quarantine', {
    cut(facet, { run, exhausted }) {
      const bolt = `bolt/${run}`
      if (bolt in facet) return facet
      if (!exhausted.includes(bolt)) return withEntries(facet, [[bolt, 'all']])
      return withEntries(
        facet,
        keys(facet).map(entry => [entry, undefined]),
      )
    },
    ...more,
  })
}

let town: Town
let cloud: ToyCloud

eachTown((opened, empty) => {
  town = opened
  cloud = empty
  cloud.add('front', { open: true, 'key/mara': 'brass', 'key/noor': 'steel' })
})

function worldOf(lens: Interruption<ToyCloud>): World {
  const interruptions = [lens] as unknown as Provider['interruptions']
  return cloud.world({ providers: new Map([['toy', { ...provider, interruptions }]]) })
}

const plan = async (world: World, more: object = {}): Promise<Plan> =>
  await makePlan(world, {
    run: 'aaaa',
    playbook: playbook(['quarantine']),
    inputs: {},
    holds: await town.holds(),
    ...more,
  })

const journaled = async () => {
  const [listed] = await town.store.list()
  if (!listed || !('state' in listed)) throw new Error('no journal')
  return listed.state
}

describe('a rung that takes away what was there before', () => {
  it('stands in the plan as its fallback, and counts for the digest of the approval', async () => {
    const shown = await plan(worldOf(seize()))
    expect(shown.changes).toMatchObject([
      {
        differences: [{ entry: 'bolt/aaaa', from: undefined, to: 'all' }],
        fallback: [
          { entry: 'key/mara', from: 'brass', to: undefined },
          { entry: 'key/noor', from: 'steel', to: undefined },
        ],
      },
    ])
    const [change] = shown.changes
    const { fallback: _, ...without } = change as NonNullable<typeof change>
    expect(planDigest({ ...shown, changes: [without] })).not.toBe(planDigest(shown))
  })

  it('is done as the plan shows when the cloud refuses the first, said in the journal, and restored', async () => {
    const seed = cloud.snapshot()
    cloud.room = false
    const world = worldOf(seize())
    const state = await town.contain(world, 'aaaa', playbook(['quarantine']))
    expect(cloud.snapshot()).toEqual({ front: { open: true } })
    const [change] = (await journaled()).changes.values()
    expect(change).toMatchObject({ phase: 'written', without: ['bolt/aaaa'], reduced: 'no room for a bolt' })
    expect(state.finished).toBe('complete')
    await town.restore(world, 'aaaa')
    expect(cloud.snapshot()).toEqual(seed)
  })

  it('stops the change with the reason when a key came after the plan', async () => {
    cloud.room = false
    const world = worldOf(seize())
    cloud.onWrite = entry => {
      const door = cloud.doors.get('front')
      if (entry.startsWith('bolt') && door) door.settings = withEntries(door.settings, [['key/new', 'gold']])
      return undefined
    }
    const state = await town.contain(world, 'aaaa', playbook(['quarantine']))
    expect(cloud.doors.get('front')?.settings).toMatchObject({ 'key/mara': 'brass', 'key/noor': 'steel' })
    const [change] = state.changes.values()
    expect(change?.fault).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/^no room for a bolt; .*key\/new, and the plan does not show that$/),
    })
    expect(state.finished).toBe('incomplete')
  })

  it.each([
    [false, { open: true, 'key/mara': 'brass', 'key/noor': 'steel' }],
    [true, { open: true }],
  ])('that could not be put back is done only when that is accepted: %s', async (acceptOneWay, left) => {
    cloud.room = false
    const world = worldOf(
      seize({
        oneWay: async (_, { exhausted }) => (exhausted.length > 0 ? 'they cannot cut keys' : undefined),
      }),
    )
    const [change] = (await plan(world, { acceptOneWay })).changes
    expect(change?.noFallback !== undefined).toBe(!acceptOneWay)
    expect(change?.fallback !== undefined).toBe(acceptOneWay)
    const state = await town.contain(world, 'aaaa', playbook(['quarantine']), { acceptOneWay })
    expect(cloud.snapshot()).toEqual({ front: left })
    const [done] = state.changes.values()
    if (!acceptOneWay) {
      expect(done?.fault).toMatchObject({
        code: 'refused',
        message: expect.stringMatching(/no room for a bolt; .*they cannot cut keys/),
        next: expect.stringMatching(/--accept-one-way/),
      })
    }
  })

  it('is not done when the right to put it back was lost since the plan', async () => {
    cloud.room = false
    let may = true
    const world = worldOf(seize({ oneWay: async () => (may ? undefined : 'they cannot cut keys') }))
    cloud.onWrite = () => {
      may = false
      return undefined
    }
    const state = await town.contain(world, 'aaaa', playbook(['quarantine']))
    expect(keys(cloud.doors.get('front')?.settings ?? {})).toHaveLength(2)
    expect([...state.changes.values()][0]?.fault).toMatchObject({ code: 'refused' })
  })
})

it('a ladder without a rung left fails with the refusal of the cloud, and was not so before', async () => {
  cloud.room = false
  const only = seize({
    cut: (facet, { run, exhausted }) =>
      exhausted.length > 0 ? facet : withEntries(facet, [[`bolt/${run}`, 'all']]),
  })
  const state = await town.contain(worldOf(only), 'aaaa', playbook(['quarantine']))
  expect([...state.changes.values()]).toMatchObject([{ phase: 'failed', fault: { code: 'quota' } }])
  expect(state.finished).toBe('incomplete')
})

it('settings that the cloud took stay held when it refuses others and the change falls to the next rung', async () => {
  const two = seize({
    cut(facet, { run, exhausted }) {
      const bolts = [`bolt/${run}/1`, `bolt/${run}/2`]
      return withEntries(facet, [
        ...bolts.filter(entry => !exhausted.includes(entry)).map((entry): [string, string] => [entry, 'all']),
        ...(exhausted.length > 0 ? keys(facet).map((entry): [string, undefined] => [entry, undefined]) : []),
      ])
    },
  })
  const seed = cloud.snapshot()
  cloud.onWrite = entry => {
    if (entry.endsWith('/2')) throw new Fault('quota', 'one bolt to a door')
    return undefined
  }
  const world = worldOf(two)
  const state = await town.contain(world, 'aaaa', playbook(['quarantine']))
  expect(cloud.snapshot()).toEqual({ front: { open: true, 'bolt/aaaa/1': 'all' } })
  const [change] = state.changes.values()
  expect(change?.held.map(({ entry }) => entry).sort()).toEqual(['bolt/aaaa/1', 'key/mara', 'key/noor'])
  await town.restore(world, 'aaaa')
  expect(cloud.snapshot()).toEqual(seed)
})
