import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { slowly } from '../../src/gate/gate.ts'
import { judge, reachable } from '../../src/gate/policy.ts'
import { checkPolicy } from '../../src/gate/policy-file.ts'
import type { Json } from '../../src/model/json.ts'
import { GateProgram, root } from './gate-program.ts'
import { callOf, policyOf } from './judging.ts'

const effect = async (yaml: string, tool: string, args: { [name: string]: Json } = {}) =>
  (await judge(policyOf(`version: 1\nrules:\n${yaml}`), callOf(tool, args), new Date(), slowly)).effect

test('deny wins over ask, and ask over allow, in whatever order; nothing is a deny', async () => {
  const rules = [
    '  - { effect: allow, tools: [a, b, c] }',
    '  - { effect: ask, tools: [b, c] }',
    '  - { effect: deny, tools: c }',
  ]
  for (const yaml of [rules.join('\n'), rules.toReversed().join('\n')]) {
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(tool => effect(yaml, tool)))).toEqual([
      'allow',
      'ask',
      'deny',
      'deny',
    ])
  }
})

test('a rule that cannot be evaluated does what is safe', async () => {
  const allow = '  - { effect: allow, when: args.n > 1 }\n'
  expect(await effect(allow, 'x', { n: 2 })).toBe('allow')
  expect(await effect(allow, 'x', { n: 'two' })).toBe('deny')
  expect(await effect(`${allow}  - { effect: allow }\n`, 'x', {})).toBe('allow')
  expect(await effect('  - { effect: allow }\n  - { effect: deny, when: args.n > 1 }\n', 'x', {})).toBe(
    'deny',
  )
  expect(await effect('  - { effect: allow }\n  - { effect: ask, when: args.n > 1 }\n', 'x', {})).toBe('deny')
})

test('patterns, windows and everything else of CEL work', async () => {
  expect(
    await effect('  - effect: allow\n    when: args.p.matches("^/srv/[a-z]+$")', 'x', { p: '/srv/app' }),
  ).toBe('allow')
  expect(
    await effect('  - effect: allow\n    when: args.p.matches("^/srv/[a-z]+$")', 'x', { p: '/srv/../etc' }),
  ).toBe('deny')
  expect(
    await effect('  - { effect: allow, when: \'inWindow(time, "Mon-Sun 00:00-24:00", "UTC")\' }', 'x'),
  ).toBe('allow')
})

test('a listing shows what could get through', async () => {
  const policy = policyOf(`
version: 1
rules:
  - { effect: allow, tools: ["fs/*"], when: 'args.path.startsWith("/srv/")' }
  - { effect: deny, tools: ["fs/delete*"] }
  - { effect: deny, when: 'args.path == "/srv/secret"' }
`)
  const shown = (tool: string) =>
    reachable(policy, { harness: 'mcp', agent: 'a', session: 's', tool, server: 'fs' }, new Date(), slowly)
  expect(await Promise.all(['fs/read', 'fs/delete', 'other/read'].map(shown))).toEqual([true, false, false])
})

test.each([
  ['version: 2\nrules: []\n', "1:10 'version' has to be 1"],
  ['version: 1\n', "1:1 'rules' has to be a list"],
  ['version: 1\nrule: []\nrules: []\n', "2:1 there is no 'rule' here"],
  ['version: 1\nrules:\n  - effect: maybe\n', "3:13 'effect' has to be allow, ask or deny"],
  ['version: 1\nrules:\n  - when: tool == "x"\n', "3:5 'effect' is missing: allow, ask or deny"],
  ['version: 1\nrules:\n  - effect: deny\n    when: tool = "x"\n', '4:16 '],
  ['version: 1\nrules:\n  - effect: deny\n    when: tool\n', '4:11 has to be true or false, but is string'],
  [
    'version: 1\nrules:\n  - effect: deny\n    when: args.a.matches(tool)\n',
    '4:26 the pattern of matches() has to be written out as text',
  ],
  ['version: 1\nrules:\n  - { effect: deny, message: " " }\n', "3:30 'message' has to be a text"],
  ['version: 1\nagents: { a: { identity: x } }\nrules: []\n', '2:26 not the id of an identity'],
  ['version: 1\nagents: { "a b": }\nrules: []\n', "2:11 'a b' is not a valid name"],
  [
    'version: 1\nrules:\n  - { name: a, effect: deny }\n  - { name: a, effect: deny }\n',
    "4:13 'a' is there twice",
  ],
  ['a: [\n', '2:1 '],
])('%j', (yaml, expected) => {
  const [problem] = checkPolicy(yaml, 'gate.yaml').problems
  expect(`${problem?.line}:${problem?.column} ${problem?.message}`).toContain(expected)
})

test('the policy in the documentation is right', () => {
  const page = readFileSync(join(root, 'docs/gate.md'), 'utf8')
  const [, yaml = ''] = /```yaml\n(version: 1[\s\S]*?)```/.exec(page) ?? []
  expect(policyOf(yaml).rules.length).toBeGreaterThan(3)
})

test('check prints every problem with its place, and ends with 2', async () => {
  const gate = new GateProgram()
  writeFileSync(join(gate.folder, 'bad.yaml'), 'version: 1\nrules:\n  - efect: deny\n')
  writeFileSync(join(gate.folder, 'good.yaml'), 'version: 1\nrules: []\n')
  const bad = await gate.run(['check', 'bad.yaml'])
  expect(bad).toMatchObject({ exit: 2, stdout: '' })
  expect(bad.stderr).toContain("bad.yaml:3:5: there is no 'efect' here")
  expect(bad.stderr).toContain("did you mean 'effect'?")
  expect(await gate.run(['check', 'good.yaml'])).toEqual({ exit: 0, stdout: 'good.yaml: ok\n', stderr: '' })
  gate.close()
})
