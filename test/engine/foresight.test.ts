import { describe, expect, it } from 'vitest'
import { contain, makePlan, type World } from '../../src/engine/index.ts'
import { withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { MemoryJournal } from './memory-journal.ts'
import { interruption, playbook, ToyCloud } from './toy-cloud.ts'
import { withInterruptions } from './toy-register.ts'

/** Three denies where there is strength, else one. */
const bolts = interruption('door', 'quarantine', {
  id: 'toy.door.bolts',
  companions: ['toy.door.beam'],
  cut: (facet, { run, strength }) =>
    withEntries(facet, [
      [`bolt/${run}`, 'all'],
      ...(strength ? ['bolt-2', 'bolt-3'].map((name): [string, string] => [name, 'all']) : []),
    ]),
})

const beam = interruption('door', 'disable', {
  id: 'toy.door.beam',
  cut: facet => withEntries(facet, [['beam', true]]),
})

interface Town {
  undoes: () => Promise<string[]>
  more?: Partial<Interruption>
  companion?: Partial<Interruption>
}

function townWith({ undoes, more = {}, companion = {} }: Town): { world: World; cloud: ToyCloud } {
  const cloud = new ToyCloud()
  cloud.add('front')
  const world = cloud.world({
    providers: new Map([['toy', withInterruptions({ ...bolts, ...more }, { ...beam, ...companion })]]),
    sessions: [{ ...cloud.session(), undoes }],
  })
  return { world, cloud }
}

async function planned(world: World) {
  const book = playbook(['toy.door.bolts'])
  return await makePlan(world, { run: 'aaaa', playbook: book, inputs: {}, holds: new Holds([]) })
}

async function contained(world: World) {
  const plan = await planned(world)
  const journal = new MemoryJournal('aaaa', world.clock)
  return await contain(world, {
    plan,
    journal,
    holds: new Holds([]),
    reason: 'test',
    tool: 'test',
    actor: { user: 'mara', host: 'desk', pid: 1 },
    ttl: 3600,
  })
}

const may = async () => ['door.open']

const hidden = async () => {
  throw new Fault('denied', 'these credentials may not ask')
}

describe('a plan for an identity', () => {
  it('has every deny and the companions when the identity may undo it', async () => {
    const { changes, warnings } = await planned(townWith({ undoes: may }).world)
    expect(changes.map(each => [each.interruption, each.differences.length, each.companion])).toEqual([
      ['toy.door.beam', 1, true],
      ['toy.door.bolts', 3, undefined],
    ])
    expect(changes.map(each => each.mayUndo)).toEqual([['door.open'], ['door.open']])
    expect(warnings).toEqual([])
  })

  it('has every deny that is only added, and no companion, when the cloud cannot say', async () => {
    const { changes, warnings } = await planned(townWith({ undoes: hidden, more: { additive: true } }).world)
    expect(changes.map(each => [each.interruption, each.differences.length])).toEqual([['toy.door.bolts', 3]])
    expect(warnings).toEqual([
      'whether door front could undo this is not known: these credentials may not ask',
    ])
  })

  it('stays as it is when the cloud cannot say and a further deny would touch what is there', async () => {
    const { changes, warnings } = await planned(townWith({ undoes: hidden }).world)
    expect(changes.map(each => [each.interruption, each.differences.length])).toEqual([['toy.door.bolts', 1]])
    expect(warnings).toHaveLength(1)
  })

  it('warns of a companion that must not be made, and refuses nothing', async () => {
    const { world } = townWith({ undoes: may, companion: { refuse: () => 'no beam fits this door' } })
    const { changes, refused, warnings } = await planned(world)
    expect(changes.map(each => each.interruption)).toEqual(['toy.door.bolts'])
    expect(refused).toEqual([])
    expect(warnings).toEqual([
      'toy.door.beam is not added to door front, which may undo what is planned: no beam fits this door',
    ])
  })
})

describe('a run with a companion', () => {
  it('is complete when the cloud refuses the companion', async () => {
    const { world, cloud } = townWith({ undoes: may })
    cloud.onWrite = entry => {
      if (entry === 'beam') throw new Fault('denied', 'no beams here')
      return undefined
    }
    const state = await contained(world)
    expect([...state.changes.values()].map(({ phase }) => phase)).toEqual(['failed', 'written'])
    expect(state.finished).toBe('complete')
  })

  it('is incomplete when the cloud refuses what the playbook asks for', async () => {
    const { world, cloud } = townWith({ undoes: may })
    cloud.onWrite = entry => {
      if (entry.startsWith('bolt')) throw new Fault('denied', 'no bolts here')
      return undefined
    }
    expect((await contained(world)).finished).toBe('incomplete')
  })
})
