import { describe } from 'vitest'
import { type Hold, Holds, valueAfterRelease } from '../../src/model/run/holds.ts'
import { type Case, DecisionTable } from './decision-table.ts'

const ID = 'toy:town:door/front'

const AXES = {
  /** In which order the store listed the runs; a, b and c held the setting in this order. */
  listed: ['abc', 'acb', 'bac', 'bca', 'cab', 'cba'],
  /** Whose hold ends. */
  ends: ['a', 'b', 'c'],
  /** Which of the three hold it. */
  open: ['abc', 'ab', 'ac', 'bc', 'a', 'b', 'c'],
  /** Whether they are runs, or changes of one run. */
  are: ['runs', 'changes'],
} as const

const at = { a: '2026-11-30T10:01:00.000Z', b: '2026-11-30T10:02:00.000Z', c: '2026-11-30T10:03:00.000Z' }

function valueAfter({ listed, ends, open, are }: Case<typeof AXES>): string {
  const holdOf = (name: 'a' | 'b' | 'c'): Hold => ({
    run: are === 'runs' ? name : 'run',
    key: are === 'runs' ? 'key' : name,
    entry: 'e',
    before: 'before',
    after: name,
    at: at[name],
    joined: false,
  })
  const holds = new Holds([])
  const byListing = (['a', 'b', 'c'] as const).toSorted((x, y) => listed.indexOf(x) - listed.indexOf(y))
  for (const name of byListing) {
    if (open.indexOf(name) !== -1) holds.add(ID, holdOf(name))
  }
  const ended = holdOf(ends)
  return String(valueAfterRelease(ended, holds.others(ID, 'e', ended.run, ended.key)))
}

describe('a setting whose hold ends becomes', () => {
  const table = new DecisionTable(AXES, [
    // listed | ends | open   | are |
    '  *      | a    | a      | *   | before',
    '  *      | b    | b      | *   | before',
    '  *      | c    | c      | *   | before',
    '  *      | a    | b,ab   | *   | b',
    '  *      | a    | c,ac   | *   | c',
    '  *      | a    | bc,abc | *   | c',
    '  *      | b    | a,ab   | *   | a',
    '  *      | b    | c,bc   | *   | c',
    '  *      | b    | ac,abc | *   | c',
    '  *      | c    | a,ac   | *   | a',
    '  *      | c    | b,bc   | *   | b',
    '  *      | c    | ab,abc | *   | b',
  ])
  table.check(valueAfter)
})
