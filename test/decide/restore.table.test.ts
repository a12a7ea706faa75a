import { describe } from 'vitest'
import { contain, makePlan, restore } from '../../src/engine/index.ts'
import { withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { MemoryJournal } from '../engine/memory-journal.ts'
import { playbook, ToyCloud } from '../engine/toy-cloud.ts'
import { type Case, DecisionTable } from './decision-table.ts'

/**
 * How the cloud takes a setting that is put back: it writes it; has no room for it, or no room before the rest is back; refuses
 * it; says that what it refers to is missing; or says that it is written and never shows it.
 */
const ANSWERS = ['written', 'no-room', 'room-later', 'denied', 'missing', 'unseen'] as const

const AXES = { first: ANSWERS, second: ANSWERS } as const

const actor = { user: 'mara', host: 'desk', pid: 1 }

/**
 * Two settings of one change are put back, then the identity's other change. Returns how the restore ended, which settings are back,
 * and which are held.
 */
async function restored(row: Case<typeof AXES>): Promise<string> {
  const cloud = new ToyCloud()
  cloud.add('front', { open: true, 'key/first': 'x', 'key/second': 'y' })
  const world = cloud.world()
  const book = playbook(['disable', 'detach'])
  const holds = new Holds([])
  const plan = await makePlan(world, { run: 'aaaa', playbook: book, inputs: {}, holds })
  const journal = new MemoryJournal('aaaa', world.clock)
  const state = await contain(world, { plan, journal, holds, reason: 'test', tool: 'test', actor, ttl: 3600 })
  const door = cloud.doors.get('front')
  if (!door) throw new Error('no door')
  cloud.onWrite = entry => {
    const answer = entry === 'key/first' ? row.first : entry === 'key/second' ? row.second : 'written'
    if (answer === 'no-room') throw new Fault('quota', `no room for ${entry}`)
    if (answer === 'room-later' && door.settings['open'] === false) throw new Fault('quota', 'no room yet')
    if (answer === 'denied') throw new Fault('denied', `no right to ${entry}`)
    if (answer === 'missing') throw new Fault('gone', `what ${entry} refers to is gone`)
    return undefined
  }
  cloud.onRead = () => {
    const unseen = (['first', 'second'] as const).filter(name => row[name] === 'unseen')
    door.settings = withEntries(
      door.settings,
      unseen.map(name => [`key/${name}`, undefined]),
    )
  }
  const options = { drift: 'skip' as const, stepDown: false, acceptLiveTokens: true }
  const request = { state, holds, only: [], options, journal, reason: 'test', actor }
  const after = await restore(world, request)
  const back = ['key/first', 'key/second', 'open'].filter(
    entry => door.settings[entry] !== (entry === 'open' ? false : undefined),
  )
  const held = [...after.changes.values()].flatMap(change => change.held.map(({ entry }) => entry)).sort()
  return `${after.restore?.finished}: ${back.join(' ') || 'nothing'}, held ${held.join(' ') || 'nothing'}`
}

describe('a restore of two settings and then of another change', () => {
  const table = new DecisionTable(AXES, [
    // first                                | second             |
    '  written,room-later                   | written,room-later | complete: key/first key/second open, held nothing',
    '  written,room-later                   | no-room            | incomplete: key/first open, held key/second',
    '  no-room                              | written,room-later | incomplete: key/second open, held key/first',
    '  no-room                              | no-room            | incomplete: open, held key/first key/second',
    '  written,room-later                   | missing            | incomplete: key/first open, held nothing',
    '  missing                              | written,room-later | incomplete: key/second open, held nothing',
    '  missing                              | missing            | incomplete: open, held nothing',
    '  no-room                              | missing            | incomplete: open, held key/first',
    '  missing                              | no-room            | incomplete: open, held key/second',
    // Staying contained is the safe side: after a failure, the identity's other change waits.
    '  written                              | denied,unseen      | incomplete: key/first, held key/second open',
    '  denied,unseen                        | written            | incomplete: key/second, held key/first open',
    '  missing                              | denied,unseen      | incomplete: nothing, held key/second open',
    '  denied,unseen                        | missing            | incomplete: nothing, held key/first open',
    '  no-room,room-later,denied,unseen     | denied,unseen      | incomplete: nothing, held key/first key/second open',
    '  denied,unseen                        | no-room,room-later | incomplete: nothing, held key/first key/second open',
  ])
  table.check(restored)
})
