import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../src/model/duration.ts'

test.each([
  ['30s', 30],
  ['30m', 1_800],
  ['4h', 14_400],
  ['7d', 604_800],
  ['1h30m', 5_400],
])('%s is %d seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

test.each(['', '4', 'h', '4 h', '-4h', '1.5h', '4y', `${'9'.repeat(30)}d`, '1h'.repeat(100)])(
  '%s is none',
  text => {
    expect(parseDuration(text)).toBeUndefined()
  },
)

test.each([
  [0, '0s'],
  [59, '59s'],
  [5_400, '1h 30m'],
  [90_061, '1d 1h'],
  [86_401, '1d'],
])('%d seconds are written %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

test('a duration that is written is read back, to the two largest units', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 8 }), seconds => {
      const back = parseDuration(formatDuration(seconds).replaceAll(' ', '')) ?? Number.NaN
      expect(back).toBeLessThanOrEqual(seconds)
      expect(back).toBeGreaterThan(seconds * 0.5)
    }),
  )
})
