import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonLine, oneLine, slackLine } from '../../src/notify/one-line.ts'

const ESC = '\u001b'

/** Names as an attacker chooses them, and what becomes of each on a line of a chat, and on one of Slack. */
const NAMES: readonly [what: string, name: string, line: string, slack?: string][] = [
  ['a second line', 'x\nCONTAINED: all', 'x CONTAINED: all'],
  ['a carriage return', 'x\rCONTAINED', 'x CONTAINED'],
  ['a line separator', 'x\u2028y\u2029z\u0085w', 'xyz w'],
  ['a vertical tab and a form feed', 'x\u000b\u000cy', 'x y'],
  ['colours', `${ESC}[31mred${ESC}[0m`, ' [31mred [0m'],
  ['an escape that is never closed', `x${ESC}]8;;`, 'x ]8;;'],
  ['C1 controls', 'x\u009b31my\u009d', 'x 31my '],
  ['NUL and DEL', 'x\u0000\u007fy', 'x y'],
  ['text from right to left', 'x\u202egnp.exe', 'xgnp.exe', 'xgnp[.]exe'],
  ['isolates and marks', '\u2066a\u2069\u200e\u200f\u061cb', 'ab'],
  ['what is invisible', 'a\u200b\u200c\u200d\u2060\ufeff\u00ad\u3164\u034fb', 'ab'],
  ['tags', `a${String.fromCodePoint(0xe0041, 0xe007f)}b`, 'ab'],
  ['half a pair', 'a\ud800b', 'a\ufffdb'],
  ['a call to a channel', '<!channel>', '‹!channel›', '&lt;!channel&gt;'],
  ['a call to a group', '<!subteam^S123|@ops>', '‹!subteam^S123|(at)ops›', '&lt;!subteam^S123|(at)ops&gt;'],
  ['a mention', '@channel @here (@all) x,@everyone', '(at)channel (at)here ((at)all) x,(at)everyone'],
  ['an address stays', 'ci@acme-prod', 'ci@acme-prod'],
  [
    'an address of a service account',
    'ci@acme.iam.gserviceaccount.com',
    'ci@acme.iam.gserviceaccount.com',
    'ci@acme.iam.gserviceaccount[.]com',
  ],
  [
    'a link of Slack',
    '<https://evil.example|click>',
    '‹https[:]//evil.example|click›',
    '&lt;https[:]//evil[.]example|click&gt;',
  ],
  ['a link', 'HTTPS://evil.example/x', 'HTTPS[:]//evil.example/x', 'HTTPS[:]//evil[.]example/x'],
  ['a bare host', 'evil.example/login', 'evil.example/login', 'evil[.]example/login'],
  ['a host with www', 'www.evil.example', 'www[.]evil.example', 'www[.]evil[.]example'],
  [
    'a link of Markdown',
    '[x](https://evil.example)',
    '[x] (https[:]//evil.example)',
    '[x] (https[:]//evil[.]example)',
  ],
  ['a reference and a picture of Markdown', '![x][y]', '! [x] [y]'],
  ['code of Markdown', '`x`', "'x'"],
  [
    'HTML',
    '<img src=x onerror=alert(1)>',
    '‹img src=x onerror=alert(1)›',
    '&lt;img src=x onerror=alert(1)&gt;',
  ],
  ['an entity', '&lt;!channel&gt;', '&lt;!channel&gt;', '&amp;lt;!channel&amp;gt;'],
  ['an address of mail', 'mailto:x@y', 'mailto[:]x@y'],
  ['script', 'javascript:alert(1)', 'javascript[:]alert(1)'],
]

it.each(NAMES)('%s in a name is not live in a line', (_, name, line, slack = line) => {
  expect(oneLine(`CONTAINED: ${name}`)).toBe(`CONTAINED: ${line}`)
  expect(slackLine(`CONTAINED: ${name}`)).toBe(`CONTAINED: ${slack}`)
})

it('what somebody is told to paste stays as it is', () => {
  const told =
    "carry it out with: interdict contain /var/lib/interdict/watch/proposals/abc123.json; aws s3 cp 's3://b/k' -"
  expect(oneLine(told)).toBe(told)
  expect(slackLine(told)).toBe(told)
})

it('a line is bounded', () => {
  expect(oneLine('x'.repeat(1_000_000))).toHaveLength(2_001)
})

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom(...NAMES.map(([, name]) => name), '@', '<', '>', '[', '](', 'http:', '\n', ESC))
    .map(parts => parts.join('')),
)

describe('whatever the name', () => {
  it('a line is one line, without controls, directions and live markup', () => {
    fc.assert(
      fc.property(anything, anything, (one, other) => {
        const line = oneLine(`${one} by ${other}: run abc`)
        expect(line).not.toMatch(
          /\p{Cc}|\p{Cf}|\u2028|\u2029|[<>`]|\]\(|https?:\S|(?<![\p{L}\p{N}._+-])@[\p{L}\p{N}]/u,
        )
        // Nothing of ours is hidden by a name.
        expect(line).toContain(' by ')
        expect(line).toContain(': run abc')
        const slack = slackLine(`${one} by ${other}`)
        expect(slack).not.toMatch(/\p{Cc}|\p{Cf}|\u2028|\u2029|[<>]|&(?!amp;|lt;|gt;)/u)
      }),
      { numRuns: 500 },
    )
  })

  it('JSON is on one line for every reader, and says the same', () => {
    fc.assert(
      fc.property(anything, text => {
        const line = jsonLine({ text })
        expect(line).not.toMatch(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\r\n]/)
        expect(JSON.parse(line)).toEqual({ text })
      }),
      { numRuns: 500 },
    )
  })
})
