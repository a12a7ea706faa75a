import { expect, test } from 'vitest'
import { slowly } from '../../src/gate/gate.ts'
import { Ambiguous, parseStrictly } from '../../src/gate/look-alikes.ts'
import { judge } from '../../src/gate/policy.ts'
import type { Json } from '../../src/model/json.ts'
import { callOf, policyOf, wholeVerdict } from './judging.ts'

type Args = { [name: string]: Json }
const decide = (yaml: string, tool: string, args: Args) =>
  judge(policyOf(`version: 1\nrules:\n${yaml}`), callOf(tool, args), new Date(), slowly)

const LOOK_ALIKES = [
  'Path',
  'PATH',
  'ｐath',
  'ＰＡＴＨ',
  'path\0',
  'pa\u0000th',
  ' path',
  'path\u200b',
  'pa\u00adth',
  'p\u202eath',
  'pa_th',
  'pa-th',
  '\ufeffpath',
  'path\n',
]
const RULES: [string, string][] = [
  ['startsWith', 'args.path.startsWith("/srv/data/")'],
  ['has', 'has(args.path) && args.path.startsWith("/srv/data/")'],
  ['in', '"path" in args && args["path"].startsWith("/srv/data/")'],
  ['optional', 'args.?path.orValue("").startsWith("/srv/data/")'],
  ['CEL only', 'args.path.split("/").size() > 2'],
  ['CEL only, index', 'args["path"].split("/").size() > 2'],
]

test.each(RULES)('a second argument that could be taken for the first is refused: %s', async (_, when) => {
  const allow = `  - { name: data, effect: allow, when: '${when}' }\n`
  expect(await decide(allow, 'x', { path: '/srv/data/x', other: '/etc/shadow' })).toMatchObject({
    effect: 'allow',
  })
  for (const name of LOOK_ALIKES) {
    for (const args of [
      { path: '/srv/data/x', [name]: '/etc/shadow' },
      { [name]: '/etc/shadow', path: '/srv/data/x' },
      { [name]: '/srv/data/x' },
    ]) {
      expect([name, await decide(allow, 'x', args)]).toEqual([
        name,
        {
          effect: 'deny',
          because: 'policy',
          rule: 'data',
          reason:
            "rule 'data' could not be evaluated: another argument could be taken for 'path', which it looks at",
        },
      ])
    }
  }
})

test('a deny that looks at an argument refuses one that could be taken for it', async () => {
  const rules = `
  - { effect: allow }
  - { name: shadow, effect: deny, when: 'has(args.path) && args.path.startsWith("/etc/")' }
`
  expect(await decide(rules, 'x', { path: '/srv/x' })).toMatchObject({ effect: 'allow' })
  expect(await decide(rules, 'x', { Path: '/etc/shadow' })).toMatchObject({ effect: 'deny', rule: 'shadow' })
  // Only what a rule looks at: the tool has a right to its own names.
  expect(await decide(rules, 'x', { Other: 1, other: 2 })).toMatchObject({ effect: 'allow' })
})

test('the kind: letters that fold to those of ASCII', async () => {
  const rules = `  - { effect: allow, when: 'args.task == "k"' }\n`
  for (const name of ['taſk', 'tas\u212a', 'TASK'])
    expect(await decide(rules, 'x', { task: 'k', [name]: 'x' })).toMatchObject({ effect: 'deny' })
})

test('an argument inside another one is looked at alike', async () => {
  const rules = `  - { effect: allow, when: 'args.file.path == "/srv/x"' }\n`
  expect(await decide(rules, 'x', { file: { path: '/srv/x' } })).toMatchObject({ effect: 'allow' })
  expect(await decide(rules, 'x', { file: { path: '/srv/x', Path: 1 } })).toMatchObject({ effect: 'deny' })
  expect(await decide(rules, 'x', { file: { path: '/srv/x' }, File: {} })).toMatchObject({ effect: 'deny' })
})

test('a rule of another tool does not refuse, and a policy may name both spellings', async () => {
  const rules = `
  - { effect: allow, tools: [other] }
  - { effect: allow, tools: [Read], when: 'args.file_path == "/srv/x"' }
  - { effect: allow, tools: [read], when: 'args.filePath == "/srv/x"' }
`
  expect(await decide(rules, 'other', { FILE_PATH: 1, file_path: 2 })).toMatchObject({ effect: 'allow' })
  expect(await decide(rules, 'Read', { file_path: '/srv/x' })).toMatchObject({ effect: 'allow' })
  expect(await decide(rules, 'read', { filePath: '/srv/x' })).toMatchObject({ effect: 'allow' })
  expect(await decide(rules, 'read', { filePath: '/srv/x', file_path: '/etc' })).toMatchObject({
    effect: 'deny',
  })
})

test('CEL itself refuses alike', () => {
  const flaw = { why: expect.stringContaining("taken for 'path'"), ambiguous: true }
  expect(wholeVerdict('args.path == "x"', callOf('x', { path: 'x', Path: 'y' }))).toEqual(flaw)
  expect(wholeVerdict('has(args.path)', callOf('x', { Path: 'y' }))).toEqual(flaw)
  expect(wholeVerdict('"path" in args', callOf('x', { Path: 'y' }))).toEqual(flaw)
})

test.each([
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '{"x":{"a":1,"a":1}}',
  '[{"a":[{"b":1,"c":2,"b":3}]}]',
  '{"__proto__":1,"__proto__":2}',
])('members that stand twice are refused: %s', text => {
  expect(() => parseStrictly(text)).toThrow(Ambiguous)
})

test.each(['{"a":":","b:\\"":"\\\\","c":{"a":1}}', '[]', '1', '"a:b"', '{"":{"":1}}', '{"a":[[{"b":{}}]]}'])(
  'everything else is parsed: %s',
  text => {
    expect(parseStrictly(text)).toEqual(JSON.parse(text))
  },
)
