import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/model/json.ts'
import { type Hold, Holds, valueAfterRelease } from '../../src/model/run/holds.ts'
import type { RunState } from '../../src/model/run/state.ts'

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

  it('are none of an identity that is not known', () => {
    const holds = holdsOf(first)
    expect(holds.others('other', 'open', '', '')).toEqual([])
    expect(holds.of('other', 'aaaa', 'k-aaaa')).toEqual([])
    expect(holds.entriesOf('other', '', '')).toEqual([])
  })

  it('keep the order in which they were added when they are as old', () => {
    const [twin, older] = [hold('dddd', '2'), hold('eeee', '1')]
    const holds = holdsOf(second, twin, older)
    expect(holds.others(ID, 'open', '', '').map(({ run }) => run)).toEqual(['eeee', 'bbbb', 'dddd'])
  })

  it('end for one change alone', () => {
    const holds = holdsOf(first, second)
    holds.set('aaaa', { key: 'k-aaaa', identity: { id: ID }, held: [] })
    expect(holds.others(ID, 'open', '', '')).toEqual([second])
  })

  it('become what the state of a change says, each once and in its place', () => {
    const twin = hold('dddd', '2')
    const sibling = hold('bbbb', '2', { key: 'sibling' })
    const bar = hold('aaaa', '1', { entry: 'bar' })
    const holds = holdsOf(first, second, twin, sibling, bar)
    const bolt = hold('bbbb', '2', { entry: 'bolt' })
    const changed = { ...second, after: 'changed' }
    for (let times = 0; times < 2; times++) {
      holds.set('bbbb', { key: 'k-bbbb', identity: { id: ID }, held: [changed], kept: [bolt] })
      expect(holds.others(ID, 'open', '', '')).toEqual([first, changed, twin, sibling])
      expect(holds.others(ID, 'bar', '', '')).toEqual([bar])
      expect(holds.of(ID, 'bbbb', 'k-bbbb')).toEqual([changed, bolt])
    }
  })
})

describe('changes that do the same to the same identity', () => {
  const state = (run: string, uid: string, interruption: string, params: Json, isHeld = true): RunState => {
    const identity = { id: ID, uid, cloud: 'toy', account: 'town', kind: 'door', name: 'front', facts: {} }
    const change = {
      key: 'k',
      identity,
      held: isHeld ? [hold(run, '1')] : [],
      planned: { interruption, params },
    }
    return { run, changes: new Map([['k', change]]) } as unknown as RunState
  }
  const runs = [
    state('aaaa', 'UID', 'lock', { a: 1 }),
    state('bbbb', 'UID', 'lock', { a: 1 }),
    state('cccc', 'UID-old', 'lock', { a: 1 }),
    state('dddd', 'UID', 'shut', { a: 1 }),
    state('eeee', 'UID', 'lock', { a: 2 }),
    state('ffff', 'UID', 'lock', { a: 1 }, false),
  ]
  const identity = {
    id: ID,
    uid: 'UID',
    cloud: 'toy',
    account: 'town',
    kind: 'door',
    name: 'front',
    facts: {},
  }
  const alike = (run: string, of = identity) =>
    new Holds(runs).alike(of, { interruption: 'lock', params: { a: 1 }, run }).map(each => each.run)

  it('are those of other open runs, with the same interruption, parameters and uid', () => {
    expect(alike('aaaa')).toEqual(['bbbb'])
    expect(alike('gggg')).toEqual(['aaaa', 'bbbb'])
    expect(alike('gggg', { ...identity, id: 'other' })).toEqual([])
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
