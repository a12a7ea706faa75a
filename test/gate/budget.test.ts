import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Budget, Exhausted, secondsOf } from '../../src/gate/budget.ts'
import { slowly } from '../../src/gate/gate.ts'
import { judge } from '../../src/gate/policy.ts'
import type { Json } from '../../src/model/json.ts'
import { withLock } from '../../src/store/lock.ts'
import { callOf, policyOf } from './judging.ts'

type Args = { [name: string]: Json }
const HOUR = 3_600
const TOO_MUCH = 'the decision would take too much work'
const items = (length: number) => Array.from({ length }, (_, n) => n)
const rules = (count: number, effect: string, when: string) =>
  policyOf(
    `version: 1\nrules:\n${items(count)
      .map(n => `  - { name: r${n}, effect: ${effect}, when: '${when}' }\n`)
      .join('')}`,
  )

/** Policy, arguments. Each takes seconds to hours when nothing ends it. */
const HOSTILE: [string, number, string, Args][] = [
  [
    'many rules with loops in loops',
    12,
    'args.l.exists(x, args.l.exists(y, x == -1 && y == -2))',
    { l: items(1_900) },
  ],
  ['many loops', 500, 'args.l.exists(x, x == -1)', { l: items(90_000) }],
  [
    'a long text in a longer one',
    50,
    'args.t.contains(args.p)',
    { t: 'a'.repeat(400_000), p: `${'a'.repeat(9_999)}b${'a'.repeat(9_999)}` },
  ],
  ['stars in a long text', 50, 'glob(args.t, args.p)', { t: 'a'.repeat(100_000), p: '*ab'.repeat(9_000) }],
  [
    'characters counted in a loop',
    1,
    'args.l.exists(x, size(args.t) == 1)',
    { l: items(40_000), t: 'a'.repeat(400_000) },
  ],
  [
    'texts compared in a loop',
    1,
    'args.l.exists(x, args.t == args.u)',
    { l: items(40_000), t: 'a'.repeat(400_000), u: `${'a'.repeat(399_999)}b` },
  ],
  [
    'a list searched in a loop',
    1,
    'args.l.exists(x, "a" in args.m)',
    { l: items(40_000), m: items(40_000).map(String) },
  ],
  [
    'windows in a loop',
    1,
    'args.l.exists(x, inWindow(time, "Mon 00:00-00:01", "UTC") && x == -1)',
    { l: items(90_000) },
  ],
]

test.each(HOSTILE)('the steps of a decision end: %s', async (_, count, when, args) => {
  for (const effect of ['allow', 'deny']) {
    // A thousand times what is allowed: nothing but the steps can end it.
    const budget = new Budget(HOUR)
    const before = budget.steps
    const decision = await judge(rules(count, effect, when), callOf('x', args), new Date(), slowly, budget)
    expect(decision).toMatchObject({ effect: 'deny', because: 'error' })
    expect(decision.reason).toContain(TOO_MUCH)
    // The time beyond the budget is that of one operation, which is refused before it is done.
    expect(budget.steps).toBeLessThan(0)
    expect(before).toBe(5e8)
  }
})

test('an expression that only CEL knows is ended with the time', async () => {
  // A list that is made of a text escapes every look at the arguments.
  const when = 'args.t.split("").exists(x, args.t.split("").exists(y, x + y == "bb"))'
  const policy = rules(3, 'deny', when)
  const call = callOf('x', { t: 'a'.repeat(500_000) })
  const decision = await judge(policy, call, new Date(), slowly, new Budget(1))
  expect(decision).toEqual({
    effect: 'deny',
    because: 'error',
    rule: 'r0',
    reason: "rule 'r0' could not be evaluated: no decision within 1 s",
  })
  // Another thread answers the next one.
  expect(await judge(policy, callOf('x', { t: 'a' }), new Date(), slowly, new Budget(HOUR))).toMatchObject({
    reason: 'no rule allows it',
  })
})

test('an expression that takes all memory is an error', async () => {
  const when = `args.t.split("").map(x, args.t.split("").map(y, args.t.split(""))).size() == 0`
  const call = callOf('x', { t: 'a'.repeat(400_000) })
  expect(await judge(rules(1, 'deny', when), call, new Date(), slowly, new Budget(60))).toMatchObject({
    effect: 'deny',
    because: 'error',
    reason: expect.stringMatching(/its evaluation (failed|was ended)|no decision/),
  })
})

test('a policy of 500 ordinary rules has enough steps for ordinary arguments', async () => {
  const when =
    'tool == "y" || (has(args.command) && args.command.startsWith("git ") && !args.command.contains(";"))'
  const policy = rules(500, 'deny', `${when} && args.files.exists(f, f == "never")`)
  const budget = new Budget(HOUR)
  const call = callOf('x', { command: `git ${'x'.repeat(2_000)}`, files: items(50).map(String) })
  expect((await judge(policy, call, new Date(), slowly, budget)).reason).toBe('no rule allows it')
  expect(budget.steps).toBeGreaterThan(4e8)
})

test('the lock is waited for within the budget', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interdict-lock-'))
  const path = join(folder, 'lock')
  writeFileSync(path, String(process.pid))
  const budget = new Budget(0.02)
  const purpose = { what: 'the journal of decisions', operation: 'interdict-gate' }
  expect(() =>
    withLock(
      path,
      purpose,
      () => undefined,
      () => budget.remaining(),
    ),
  ).toThrow('locked')
  rmSync(folder, { recursive: true })
})

test('a budget that is used up throws from then on; work that is waited for apart does not count', async () => {
  const budget = new Budget(HOUR, 1_000)
  budget.spend(1_000)
  expect(() => budget.spend(1)).toThrow(Exhausted)
  expect(() => budget.check()).toThrow(TOO_MUCH)
  const timed = new Budget(0.03)
  await timed.without(async () => {
    while (timed.remaining() > 0) await new Promise(setImmediate)
  })
  expect(timed.remaining()).toBeGreaterThan(0)
  await expect(timed.within(new Promise(() => undefined))).rejects.toThrow('no decision within 0.03 s')
  expect(() => timed.check()).toThrow('no decision within 0.03 s')
})

test.each(['0', '-1', '9.1', 'x', 'Infinity'])('INTERDICT_GATE_SECONDS=%s is refused', asked => {
  expect(() => secondsOf(asked)).toThrow('has to be more than 0 and at most 9')
})
