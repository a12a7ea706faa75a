import { describe, expect, it } from 'vitest'
import { type Hold, Holds, valueAfterRelease } from '../../src/model/run/holds.ts'

const ID = 'toy:town:door/front'

const hold = (run: string, at: string, more: Partial<Hold> = {}): Hold => ({
  run,
  key: `k-${run}`,
  entry: 'open',
  before: 'original',
  after: run,
  at: `2026-11-30T10:0${at}:00.000Z`,
  joined: false,
  ...more,
})

function holdsOf(...all: Hold[]): Holds {
  const holds = new Holds([])
  for (const each of all) holds.add(ID, each)
  return holds
}

describe('the holds on a setting', () => {
  const [first, second, third] = [hold('aaaa', '1'), hold('bbbb', '2'), hold('cccc', '3')]

  it.each([
    ['in order', [first, second, third]],
    ['the other way round', [third, second, first]],
    ['in any order', [second, third, first]],
  ])('are oldest first when they are added %s', (_, all) => {
    const holds = holdsOf(...all)
    expect(holds.others(ID, 'open', 'bbbb', 'k-bbbb').map(({ run }) => run)).toEqual(['aaaa', 'cccc'])
  })

  it('leave out one change of one run, and no other change of that run', () => {
    const twin = hold('bbbb', '2', { key: 'other' })
    const holds = holdsOf(second, twin)
    expect(holds.others(ID, 'open', 'bbbb', 'k-bbbb')).toEqual([twin])
    expect(holds.others(ID, 'open', 'bbbb', 'other')).toEqual([second])
  })

  it('are those of one identity and one setting', () => {
    const holds = holdsOf(first, hold('bbbb', '2', { entry: 'bolt' }))
    holds.add(`${ID}2`, hold('cccc', '3', { entry: 'key' }))
    expect(holds.others(ID, 'open', '', '')).toEqual([first])
    expect(holds.entriesOf(ID, 'aaaa', 'k-aaaa')).toEqual(['bolt'])
    expect(holds.entriesOf(ID, '', '').sort()).toEqual(['bolt', 'open'])
  })

  it('end for one change alone', () => {
    const holds = holdsOf(first, second)
    holds.set('aaaa', { key: 'k-aaaa', identity: { id: ID }, held: [] })
    expect(holds.others(ID, 'open', '', '')).toEqual([second])
  })
})

describe('the value after a release', () => {
  it.each([
    ['the original when nobody else holds it', [], 'original'],
    ['what the newest of the others put there', [hold('aaaa', '1'), hold('bbbb', '2')], 'bbbb'],
    ['what the only other one put there, older or not', [hold('aaaa', '1')], 'aaaa'],
    [
      'nothing when the newest took it away',
      [hold('aaaa', '1'), hold('bbbb', '2', { after: undefined })],
      undefined,
    ],
  ])('is %s', (_, remaining, value) => {
    expect(valueAfterRelease(hold('cccc', '3'), remaining)).toBe(value)
  })
})
