import { describe, expect } from 'vitest'
import { targetState } from '../../src/engine/target-state.ts'
import { entryOf, type Facet, withEntries } from '../../src/model/facet.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { interruption } from '../engine/toy-cloud.ts'
import { type Case, DecisionTable } from './decision-table.ts'

const identity: Identity = {
  id: 'toy:town:door/front',
  uid: 'UID',
  cloud: 'toy',
  account: 'town',
  kind: 'door',
  name: 'front',
  facts: {},
}

const AXES = {
  /** How the setting reads: as before every run, as another run left it, as we want it, or otherwise. */
  live: ['before', 'theirs', 'wanted', 'strange', 'missing'],
  /** Another run holds it. `same`: and left it as we want it; `two`: a second one holds it too; `over`: it has stepped down. */
  holder: ['nobody', 'differs', 'same', 'two', 'over'],
  /** Whether the plan says that the change joins the other run's. */
  joins: ['no', 'yes'],
} as const

/** The value that the change owes back and the one that it wants, whether it joins another run's, and whether it writes. */
function resultOf({ live, holder, joins }: Case<typeof AXES>): string {
  const theirs = holder === 'same' ? 'shut' : 'theirs'
  const facet: Facet = withEntries({ other: 1 }, [
    ['e', { before: 'open', theirs, wanted: 'shut', strange: 'strange', missing: undefined }[live]],
  ])
  const holds = new Holds([])
  const hold = { entry: 'e', before: 'open', joined: false, key: 'k' }
  const until = holder === 'over' ? { until: '2026-11-30T13:00:00.000Z' } : {}
  if (holder !== 'nobody')
    holds.add(identity.id, { ...hold, run: 'bbbb', after: theirs, at: '2026-11-30T10:02:00.000Z', ...until })
  // Older than the other, so that what it left is not live.
  if (holder === 'two')
    holds.add(identity.id, { ...hold, run: 'aaaa', after: 'first', at: '2026-11-30T10:01:00.000Z' })
  // Our own hold is never one of the others.
  holds.add(identity.id, { ...hold, run: 'cccc', after: 'shut', at: '2026-11-30T10:03:00.000Z' })
  const shut = interruption('door', 'disable', {
    cut: now => ('e' in now && now['e'] !== theirs ? withEntries(now, [['e', 'shut']]) : now),
  })
  const result = targetState(
    shut as unknown as Interruption,
    { uid: 'UID', facet },
    { run: 'cccc', now: '2026-11-30T12:00:00.000Z', identity, params: {}, exhausted: [] },
    holds,
    'k',
    joins === 'yes' ? { run: 'bbbb', key: 'k', name: 'bbbb' } : undefined,
  )
  expect(result.from).toEqual(facet)
  const [difference, ...more] = result.differences
  expect(more).toEqual([])
  const writes = entryOf(result.to, 'e') !== entryOf(facet, 'e')
  if (!difference) return writes ? 'writes what it does not owe' : 'nothing'
  const joined = result.joined.includes('e')
  expect(joined).toBe(entryOf(facet, 'e') === difference.to)
  return `${difference.from}>${difference.to}${joined ? ' joined' : ''}${writes ? ' written' : ''}`
}

describe('a change of a setting', () => {
  const table = new DecisionTable(AXES, [
    // live    | holder       | joins |
    '  missing | *            | *     | nothing',
    '  before  | *            | *     | open>shut written',
    '  strange | *            | *     | strange>shut written',
    '  theirs  | nobody       | *     | nothing',
    '  theirs  | differs,two  | no    | open>shut written',
    '  theirs  | differs,two  | yes   | open>theirs joined',
    '  theirs  | same         | *     | open>shut joined',
    '  theirs  | over         | *     | open>shut written',
    '  wanted  | !same        | *     | nothing',
    '  wanted  | same         | *     | open>shut joined',
  ])
  table.check(resultOf)
})
