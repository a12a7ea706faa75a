import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileRule } from '../../src/gate/environment.ts'
import type { Json } from '../../src/model/json.ts'
import { callOf, quickVerdict, wholeVerdict } from './judging.ts'

type Args = { [name: string]: Json }
const call = (args: Args) => callOf('files/read', args, { agent: 'refunds', server: 'files', cwd: '/tmp' })
const quickly = (source: string, args: Args) => quickVerdict(source, call(args))
const whole = (source: string, args: Args) => wholeVerdict(source, call(args))

const PARTS = [
  'tool == "files/read"',
  'server != agent',
  'args.a == 1',
  'args.a == "x"',
  'args.a != null',
  'args.a < 2',
  'args.a >= "k"',
  'args.b in ["x", "y"]',
  '"a" in args',
  'has(args.b)',
  'has(args.c.d)',
  'args.c.d == "x"',
  'args.?c.?d.orValue("x") == "x"',
  'args["b"] == true',
  'args.l[0] == "x"',
  'args.l.exists(x, x == "x")',
  'args.l.all(x, x != 1)',
  'size(args.a) == 1',
  'args.l.size() > 1',
  'args.b.startsWith("x")',
  'args.b.contains("x")',
  'glob(args.b, "x*")',
  'args.b ? args.a == 1 : args.a == 2',
  'args.b == false',
  'args.a > -1',
  'cwd == "/tmp" && args.a == 1',
  'agentType == "x" || args.a == 1',
]
const value = fc.oneof(
  fc.constantFrom<Json>('x', 'k', 'xyz', '', 0, 1, 2, -1, 1.5, true, false, null),
  fc.array(fc.constantFrom<Json>('x', 1, null, 'k'), { maxLength: 3 }),
  fc.record({ d: fc.constantFrom<Json>('x', 1) }),
)
const args = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'l'), value, { maxKeys: 4 })
const expression = fc.letrec<{ any: string }>(tie => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...PARTS),
    fc.tuple(tie('any'), fc.constantFrom('&&', '||'), tie('any')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('any').map(each => `!(${each})`),
  ),
})).any

test('the fast evaluator agrees with CEL', () => {
  let decided = 0
  fc.assert(
    fc.property(expression, args, (source, given) => {
      const quick = quickly(source, given)
      if (quick === 'unsupported') return
      decided += 1
      expect({ source, given, verdict: quick }).toEqual({
        source,
        given,
        verdict: whole(source, given),
      })
    }),
    { numRuns: 2_000 },
  )
  expect(decided).toBeGreaterThan(1_200)
})

test.each(PARTS)('each part alone: %s', source => {
  for (const given of fc.sample(args, { numRuns: 60, seed: 7 })) {
    const quick = quickly(source, given)
    if (quick !== 'unsupported') expect({ given, quick }).toEqual({ given, quick: whole(source, given) })
  }
})

test.each(['__proto__', 'constructor', 'toString'])('%s is no argument', name => {
  expect(quickly(`has(args.${name === 'toString' ? 'toString' : 'x'}) || "${name}" in args`, {})).toBe(false)
})

test('the fast evaluator leaves unknown expressions to CEL', () => {
  const source =
    'inWindow(time, "Mon-Sun 00:00-24:00", "Europe/Berlin") && args.l.filter(x, x > 1).size() == 1'
  expect(quickly(source, { l: [1, 2] })).toBe('unsupported')
  expect(whole(source, { l: [1, 2] })).toBe(true)
})

test('a hostile pattern and hostile loops are bounded', () => {
  expect(compileRule('args.a.matches("(a+)+$(?=x)")').flaws).not.toEqual([])
  expect(
    compileRule('args.a.exists(x, args.a.exists(y, args.a.exists(z, x == y)))').flaws[0]?.message,
  ).toContain('more than 2 loops')
  expect(whole('args.a.matches("^(a+)+$")', { a: `${'a'.repeat(50_000)}!` })).toBe(false)
  const list = Array.from({ length: 50_000 }, (_, n) => n)
  const nested = 'args.a.exists(x, args.a.exists(y, x + y < 0))'
  expect(wholeVerdict(nested, call({ a: list }), 2)).toEqual({
    why: 'more than 1000 items in nested loops',
  })
})
