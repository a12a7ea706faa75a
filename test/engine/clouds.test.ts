import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exitOfRun } from '../../src/cli/exit-code.ts'
import type { World } from '../../src/engine/index.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Session } from '../../src/model/provider.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { Town } from './town.ts'
import { fog, playbook, provider, ToyCloud } from './toy-cloud.ts'

const DOWN = new Fault('unavailable', 'the cloud does not answer')
/** Names kinds of both clouds: it has to compile, whichever of them is there. */
const BOTH = 'identity.kind == "door" || identity.kind == "gate"'

let town: Town
let toy: ToyCloud
let other: ToyCloud
beforeEach(async () => {
  town = await Town.open()
  toy = new ToyCloud()
  other = new ToyCloud('fog', 'moor')
  for (const cloud of [toy, other]) {
    cloud.add('front')
    cloud.add('card', { open: true }, 'front')
  }
})
afterEach(async () => {
  await town.close()
})

function world(sessions: Session[], more: Partial<World> = {}): World {
  return toy.world({
    providers: new Map([
      ['toy', provider],
      ['fog', fog],
    ]),
    sessions,
    ...more,
  })
}

const stop = (verbs = ['disable', 'quarantine']) => playbook(verbs, BOTH, { scope: { toy: {}, fog: {} } })
const cut = (cloud: ToyCloud) => cloud.doors.get('front')?.settings['open'] === false
const phases = (state: RunState, cloud: string) =>
  [...state.changes.values()].filter(({ identity }) => identity.cloud === cloud).map(({ phase }) => phase)

describe('several clouds', () => {
  it('are contained by one playbook and put back by one restore', async () => {
    const seed = [toy.snapshot(), other.snapshot()]
    const both = world([toy.session(), other.session()])
    const state = await town.contain(both, 'aaaa', stop())
    expect(state.finished).toBe('complete')
    expect([cut(toy), cut(other)]).toEqual([true, true])
    await town.restore(both, 'aaaa')
    expect([toy.snapshot(), other.snapshot()]).toEqual(seed)
  })

  it('are contained as far as they let us in; resume does the rest', async () => {
    const unreached = [{ cloud: 'fog', account: 'moor', fault: DOWN.record() }]
    const state = await town.contain(world([toy.session()], { unreached }), 'aaaa', stop())
    expect(state.plan.unreached).toEqual(unreached)
    expect([state.finished, exitOfRun(state)]).toEqual(['incomplete', 'incomplete'])
    expect([cut(toy), cut(other)]).toEqual([true, false])

    const rest = await town.resume(world([toy.session(), other.session()]), 'aaaa', stop())
    expect(rest.finished).toBe('complete')
    expect(cut(other)).toBe(true)
  })

  it.each(['self', 'organization', ''])(
    'are reached by resume under every name that an unseen account can have (%j)',
    async account => {
      const fault = DOWN.record()
      const unreached = [{ cloud: 'fog', account, fault }]
      await town.contain(world([toy.session()], { unreached }), 'aaaa', stop())
      const still = await town.resume(world([toy.session()], { unreached }), 'aaaa', stop())
      expect(still.unreached).toEqual(unreached)

      // One of its accounts falls over again, and stays on the list by its own name.
      const moor = { ...other.session(), account: 'moor' }
      const marsh = new ToyCloud('fog', 'marsh')
      marsh.add('front')
      const broken: Session = {
        ...marsh.session(),
        // biome-ignore lint/correctness/useYield: it fails before there is anything
        async *inventory() {
          throw DOWN
        },
      }
      const half = await town.resume(world([toy.session(), moor, broken]), 'aaaa', stop())
      expect(cut(other)).toBe(true)
      expect([half.finished, half.unreached]).toEqual([
        'incomplete',
        [{ cloud: 'fog', account: 'marsh', fault }],
      ])

      const all = world([toy.session(), moor, marsh.session()])
      const rest = await town.resume(all, 'aaaa', stop())
      expect([rest.finished, rest.unreached]).toEqual(['complete', []])
      expect(cut(marsh)).toBe(true)
    },
  )

  it('have one limit: what is reached later is measured with what was reached before', async () => {
    const unreached = [{ cloud: 'fog', account: 'moor', fault: DOWN.record() }]
    for (const name of ['back', 'side', 'cellar']) toy.add(name)
    const half = playbook(['disable'], 'identity.name == "front"', {
      scope: { toy: {}, fog: {} },
      limit: { identities: 2, share: 0.5 },
    })
    other.add('porch')
    // Two of three there, which is two and one of seven in all.
    const most = {
      ...half,
      steps: half.steps.map(step => ({ ...step, select: `${BOTH} && identity.name in ["front", "porch"]` })),
    }
    await town.contain(world([toy.session()], { unreached }), 'aaaa', half)
    await expect(town.resume(world([toy.session(), other.session()]), 'aaaa', most)).rejects.toMatchObject({
      code: 'limit',
      where: 'limit.identities',
    })
    expect(cut(other)).toBe(false)

    const rest = await town.resume(world([toy.session(), other.session()]), 'aaaa', {
      ...most,
      limit: { identities: 3, share: 0.5 },
    })
    expect(rest.finished).toBe('complete')
    expect(cut(other)).toBe(true)
  })

  it('are resumed when another one is over the limit, which is reported', async () => {
    const unreached = [{ cloud: 'fog', account: 'moor', fault: DOWN.record() }]
    const tight = { ...stop(), limit: { identities: 1, share: 1 } }
    toy.onWrite = () => {
      throw new Fault('unavailable', 'not now')
    }
    await town.contain(world([toy.session()], { unreached }), 'aaaa', tight)
    expect(cut(toy)).toBe(false)
    toy.onWrite = () => undefined
    const both = world([toy.session(), other.session()])
    await expect(town.resume(both, 'aaaa', tight)).rejects.toMatchObject({ code: 'limit' })
    expect([cut(toy), cut(other)]).toEqual([true, false])
    const { state } = await town.store.read('aaaa')
    expect([state.finished, state.unreached.length]).toEqual(['incomplete', 1])
  })

  it('are put back as far as they let us in', async () => {
    const seed = [toy.snapshot(), other.snapshot()]
    const both = world([toy.session(), other.session()])
    await town.contain(both, 'aaaa', stop())
    const left = await town.restore(world([toy.session()]), 'aaaa')
    expect(left.restore?.finished).toBe('incomplete')
    expect(toy.snapshot()).toEqual(seed[0])
    expect(cut(other)).toBe(true)
    expect([...left.changes.values()].map(({ fault }) => fault?.code)).toContain('wrong-target')
    await expect(town.restore(world([toy.session()]), 'aaaa')).rejects.toMatchObject({ code: 'wrong-target' })
    await town.restore(both, 'aaaa')
    expect(other.snapshot()).toEqual(seed[1])
  })

  it('are contained although one falls over while it is listed', async () => {
    const broken: Session = {
      ...other.session(),
      // biome-ignore lint/correctness/useYield: it fails before there is anything
      async *inventory() {
        throw DOWN
      },
    }
    const state = await town.contain(world([toy.session(), broken]), 'aaaa', stop())
    expect(state.unreached).toEqual([{ cloud: 'fog', account: 'moor', fault: DOWN.record() }])
    expect(state.plan.callers.map(({ cloud }) => cloud)).toEqual(['toy'])
    expect(exitOfRun(state)).toBe('incomplete')
    expect(cut(toy)).toBe(true)
    // The last one that is left is no plan at all.
    await expect(town.contain(world([broken]), 'bbbb', stop())).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('are contained although one falls over after the plan; its sweep does not hide what appeared elsewhere', async () => {
    let down = false
    const fallen = () => {
      if (down) throw DOWN
    }
    other.onRead = fallen
    const session = other.session()
    const falling: Session = {
      ...session,
      async credentials(owner) {
        fallen()
        return await session.credentials(owner)
      },
    }
    toy.onWrite = () => {
      if (!toy.doors.has('new-card')) toy.add('new-card', { open: true }, 'front')
      return undefined
    }
    const state = await town.contain(
      world([toy.session(), falling], {
        listen: event => {
          if (event.type === 'entry') down = true
        },
      }),
      'aaaa',
      stop(),
    )
    expect(new Set(phases(state, 'fog'))).toEqual(new Set(['failed']))
    expect(new Set(phases(state, 'toy'))).toEqual(new Set(['written']))
    expect(toy.doors.get('new-card')?.settings).toEqual({ open: false })
    expect(exitOfRun(state)).toBe('incomplete')

    down = false
    toy.onWrite = () => undefined
    const rest = await town.resume(world([toy.session(), other.session()]), 'aaaa', stop())
    expect(rest.finished).toBe('complete')
    expect(cut(other)).toBe(true)
  })
})
