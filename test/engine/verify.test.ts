import { beforeEach, describe, expect, it } from 'vitest'
import type { World } from '../../src/engine/index.ts'
import { Fault } from '../../src/model/fault.ts'
import { MemoryTown } from './memory-town.ts'
import { fog, interruption, playbook, provider, ToyCloud } from './toy-cloud.ts'
import { withInterruptions } from './toy-register.ts'

let town: MemoryTown
let cloud: ToyCloud
beforeEach(() => {
  town = new MemoryTown()
  cloud = new ToyCloud()
})

/** The entries that a look at run `aaaa` adds, however it ends. */
async function looked(world: World = cloud.world()) {
  const before = town.entries('aaaa').length
  const error = await town.verify(world, 'aaaa').then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { error, entries: town.entries('aaaa').slice(before) }
}

const STOP = playbook(['disable'])

describe('a look at a run', () => {
  it('records whether each change that it says is in force is, and looks at no other', async () => {
    cloud.add('front')
    cloud.add('shut', { open: false })
    cloud.add('failed')
    const write = cloud.write.bind(cloud)
    cloud.write = async (name, from, to) => {
      if (name === 'failed') throw new Fault('denied', 'not allowed')
      await write(name, from, to)
    }
    await town.contain(cloud.world(), 'aaaa', STOP)
    const [change] = town.changes('aaaa', 'failed')
    // It was never intended.
    const journal = town.entries('aaaa', 'change.intended').find(({ key }) => key === change?.key)
    if (journal) Object.assign(journal, { before: {}, after: {} })
    const door = cloud.doors.get('front')
    if (door) door.settings = { open: true }
    cloud.now += 120_000
    const stages: string[] = []
    const { entries } = await looked(
      cloud.world({
        listen: event => {
          stages.push(event.type === 'stage' ? `${event.stage} ${event.at}` : 'entry')
        },
      }),
    )
    expect(entries.map(each => [each.type, 'key' in each && each.key, 'set' in each && each.set])).toEqual([
      ['change.verified', 'toy:town:door/front toy.door.disable', false],
      ['change.verified', 'toy:town:door/shut toy.door.disable', true],
    ])
    expect(stages).toEqual(['verify begin', 'entry', 'entry', 'verify end'])
  })

  it('records what it saw before it ends', async () => {
    cloud.add('front')
    await town.contain(cloud.world(), 'aaaa', STOP)
    const { entries } = await looked()
    expect(entries.map(({ type }) => type)).toEqual(['change.verified'])
  })

  it('makes no call for a run that holds nothing', async () => {
    cloud.add('front')
    await town.contain(cloud.world(), 'aaaa', STOP)
    await town.restore(cloud.world(), 'aaaa')
    const [session] = cloud.world().sessions
    const sessions = session
      ? [{ ...session, credentials: () => Promise.reject(new Fault('denied', 'no')) }]
      : []
    expect(await looked(cloud.world({ sessions }))).toEqual({ error: undefined, entries: [] })
  })

  it('records credentials that appeared, which it does not contain', async () => {
    cloud.add('front')
    await town.contain(cloud.world(), 'aaaa', STOP)
    cloud.add('card', { open: true }, 'front')
    const { entries } = await looked()
    expect(entries.at(-1)).toMatchObject({
      type: 'sweep.found',
      owner: 'toy:town:door/front',
      identity: { name: 'card' },
      contained: false,
    })
    expect(cloud.doors.get('card')?.settings).toEqual({ open: true })
  })

  it('fails when the credentials of an identity cannot be listed, after it recorded what it saw', async () => {
    cloud.add('front')
    await town.contain(cloud.world(), 'aaaa', STOP)
    const [session] = cloud.world().sessions
    const sessions = session
      ? [{ ...session, credentials: () => Promise.reject(new Fault('denied', 'no')) }]
      : []
    const { error, entries } = await looked(cloud.world({ sessions }))
    expect(error).toMatchObject({ code: 'denied' })
    expect(entries.map(({ type }) => type)).toEqual(['change.verified'])
  })

  it('ends with a Ctrl-C before the next change', async () => {
    cloud.add('front')
    await town.contain(cloud.world(), 'aaaa', STOP)
    const { error, entries } = await looked(cloud.world({ signal: AbortSignal.abort() }))
    expect(error).toMatchObject({ code: 'interrupted' })
    expect(entries).toEqual([])
  })

  it('records identities that were created since the run began', async () => {
    cloud.add('front')
    await town.contain(cloud.world(), 'aaaa', STOP)
    cloud.add('side')
    const [session] = cloud.world().sessions
    if (!session) throw new Error('no session')
    const newcomers = async () => ({
      found: [{ identity: cloud.identity('side'), created: cloud.clock() }],
      problems: [],
    })
    const { entries } = await looked(cloud.world({ sessions: [{ ...session, newcomers }] }))
    expect(entries.at(-1)).toMatchObject({ type: 'newcomers.found', found: [{ identity: { name: 'side' } }] })
  })

  it.each(['disable', 'detach'])(
    'fails when an account is not reached, after it looked at the others: %s',
    async verb => {
      cloud.add('front', { open: true, 'key/1': 'x' })
      const moor = new ToyCloud('fog', 'moor')
      moor.add('gate', { open: true, 'key/1': 'x' })
      const providers = new Map([
        ['toy', provider],
        ['fog', fog],
      ])
      const both = playbook([verb], 'identity.kind == "door" || identity.kind == "gate"', {
        scope: { toy: {}, fog: {} },
      })
      const sessions = [cloud.session(), moor.session()]
      await town.contain(cloud.world({ providers, sessions }), 'aaaa', both)
      const stages: string[] = []
      const { error, entries } = await looked(
        cloud.world({
          providers,
          sessions: sessions.slice(0, 1),
          listen: event => {
            if (event.type === 'stage') stages.push(`${event.stage} ${event.at}`)
          },
        }),
      )
      expect(error).toMatchObject({ code: 'wrong-target', where: 'fog:moor' })
      expect(entries.map(each => 'key' in each && each.key)).toEqual([`toy:town:door/front toy.door.${verb}`])
      expect(stages).toEqual(['verify begin', 'verify end'])
    },
  )
})

describe('a run that was settling', () => {
  const slow = interruption('door', 'quarantine', {
    id: 'toy.door.slow',
    settles: 60,
    cut: facet => ({ ...facet, slow: true }),
  })
  const world = () =>
    cloud.world({ providers: new Map([['toy', withInterruptions(slow)]]), propagation: { toy: 60 } })

  it('is complete when a look finds everything set after the documented delay, and not before', async () => {
    cloud.add('front')
    const state = await town.contain(world(), 'aaaa', playbook([slow.id]), { noWait: true })
    expect(state.finished).toBe('settling')
    const early = await looked(world())
    expect(early.entries.map(({ type }) => type)).toEqual(['change.verified'])
    cloud.now += 61_000
    const late = await looked(world())
    expect(late.entries.map(({ type }) => type)).toEqual(['change.verified', 'run.finished'])
    expect(late.entries.at(-1)).toMatchObject({ status: 'complete' })
    // It is said once.
    expect((await looked(world())).entries.map(({ type }) => type)).toEqual(['change.verified'])
  })

  it('is still settling when a look finds it undone after the delay', async () => {
    cloud.add('front')
    await town.contain(world(), 'aaaa', playbook([slow.id]), { noWait: true })
    const door = cloud.doors.get('front')
    if (door) door.settings = { open: true }
    cloud.now += 61_000
    expect((await looked(world())).entries.map(({ type }) => type)).toEqual(['change.verified'])
    expect(town.state('aaaa').finished).toBe('settling')
  })
})
