import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { glob } from '../../../src/model/expression/functions.ts'
import { inWindow } from '../../../src/model/expression/window.ts'

describe('glob', () => {
  test.each([
    ['repo:acme/app', 'repo:acme/*', true],
    ['repo:acme/app', 'repo:*/ap?', true],
    ['repo:acme/app', 'acme', false],
    ['', '*', true],
    ['', '?', false],
    ['a.b', 'a?b', true],
    ['axb', 'a.b', false],
  ])('%s like %s', (text, pattern, expected) => {
    expect(glob(text, pattern)).toBe(expected)
  })

  test('a text is like itself, and like itself with anything left out', () => {
    const plain = fc.string().filter(text => !/[*?]/.test(text))
    fc.assert(
      fc.property(plain, plain, plain, (a, b, c) => {
        expect(glob(a + b + c, a + b + c)).toBe(true)
        expect(glob(a + b + c, `${a}*${c}`)).toBe(true)
      }),
    )
  })

  test('stars do not multiply', () => {
    expect(glob('a'.repeat(5_000), `${'*a'.repeat(200)}*b`)).toBe(false)
  })
})

describe('inWindow', () => {
  test.each([
    ['2026-11-20T07:00:00Z', 'Mon-Fri 08:00-18:00', 'Europe/Berlin', true],
    ['2026-11-20T17:00:00Z', 'Mon-Fri 08:00-18:00', 'Europe/Berlin', false],
    ['2026-11-21T10:00:00Z', 'Mon-Fri 08:00-18:00', 'Europe/Berlin', false],
    ['2026-07-20T06:30:00Z', 'Mon 08:00-09:00', 'Europe/Berlin', true],
    ['2026-11-21T01:00:00Z', 'Fri 22:00-04:00', 'UTC', true],
    ['2026-11-20T01:00:00Z', 'Fri 22:00-04:00', 'UTC', false],
    ['2026-11-22T10:00:00Z', 'Sat-Mon 08:00-18:00', 'UTC', true],
    ['2026-11-22T10:00:00Z', '08:00-09:00, 10:00-24:00', 'UTC', true],
  ])('%s in %s %s', (time, spec, zone, expected) => {
    expect(inWindow(new Date(time), spec, zone)).toBe(expected)
  })

  test.each(['', 'weekdays', 'Mon-Fri 8-18', 'Mon 25:00-26:00', 'Mon 08:60-09:00', 'Xyz 08:00-09:00'])(
    '%s is refused',
    spec => {
      expect(() => inWindow(new Date(0), spec, 'UTC')).toThrow(RangeError)
    },
  )
})
