import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvLine } from '../../src/ui/csv.ts'
import { jsonText } from '../../src/ui/json.ts'
import { clip, pad, plain, width, wrap } from '../../src/ui/text.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: what must never reach a terminal
const ACTS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u061c]/

test('escape sequences go as a whole, controls become a blank, the invisible goes', () => {
  expect(plain('a\u001b[31mred\u001b[0m')).toBe('ared')
  expect(plain('a\u001b]0;title\u0007b')).toBe('ab')
  expect(plain('a\u001b]8;;https://evil\u001b\\b')).toBe('ab')
  expect(plain('a\u009b2Jb')).toBe('ab')
  expect(plain('one\r\ntwo')).toBe('one two')
  expect(plain('user\u202etxt.exe')).toBe('usertxt.exe')
  expect(plain('zürich · ✔ 東京')).toBe('zürich · ✔ 東京')
})

test('no part of a name acts on a terminal', () => {
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\u001b', '[', ']', '0', 'm', '\u009b', '\u0007', '\\', '\u202e', 'P'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  })
  fc.assert(fc.property(nasty, text => !ACTS.test(plain(text))))
  fc.assert(fc.property(nasty, text => plain(plain(text)) === plain(text)))
})

test('widths are columns: wide characters take two, marks none', () => {
  expect(width('abc')).toBe(3)
  expect(width('東京')).toBe(4)
  expect(width('e\u0301')).toBe(1)
  expect(clip('東京都', 5)).toBe('東京…')
  expect(pad('東', 4)).toBe('東  ')
  expect(pad('7', 3, 'right')).toBe('  7')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
      const clean = plain(text)
      return width(clip(clean, columns)) <= Math.max(columns, 1)
    }),
  )
})

test('wrapped lines are no wider than asked, and lose no word', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,10}$/)), words => {
      const lines = wrap(words.join(' '), 20)
      expect(lines.every(line => width(line) <= 20)).toBe(true)
      expect(lines.join(' ').split(' ').filter(Boolean)).toEqual(words)
    }),
  )
})

test('no CSV cell is a formula, and quotes stay inside their cell', () => {
  expect(csvLine(['=1+1', '+x', '-x', '@x', '\t=x', 'a"b', 'plain', ' =x'])).toBe(
    `"'=1+1","'+x","'-x","'@x","' =x","a""b","plain","' =x"\r\n`,
  )
})

test('JSON on a terminal acts on nothing either, and parses to the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), name => {
      const text = jsonText({ name })
      expect(ACTS.test(text.replaceAll('\n', ''))).toBe(false)
      expect(JSON.parse(text)).toEqual({ name })
    }),
  )
})
