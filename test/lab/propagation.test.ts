import { expect, test } from 'vitest'
import { LabClock } from '../../src/lab/clock.ts'
import { Table, type View } from '../../src/lab/propagation.ts'

const keys = (table: Table<number>, view: View, after?: string) =>
  [...table.after(after, view)].map(([key, value]) => `${key}=${value}`)

test('a view that lags has what is gone, in its place, until it has learned of it', () => {
  const clock = new LabClock()
  const table = new Table<number>(clock, 5000, [
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ])
  const lagging = () => ({ asOf: clock.ms() - 5000 })
  table.delete('b')
  expect(keys(table, 'now')).toEqual(['a=1', 'c=3'])
  expect(keys(table, 'stale')).toEqual(['a=1', 'b=2', 'c=3'])
  expect(keys(table, lagging())).toEqual(['a=1', 'b=2', 'c=3'])
  expect(keys(table, lagging(), 'a')).toEqual(['b=2', 'c=3'])
  expect(keys(table, lagging(), 'b')).toEqual(['c=3'])
  clock.advance(6)
  expect(keys(table, lagging())).toEqual(['a=1', 'c=3'])
  table.set('b', 4)
  expect(keys(table, 'now')).toEqual(['a=1', 'b=4', 'c=3'])
  expect(keys(table, lagging())).toEqual(['a=1', 'c=3'])
  table.delete('nobody')
  expect(keys(table, 'stale')).toEqual(['a=1', 'c=3'])
})
