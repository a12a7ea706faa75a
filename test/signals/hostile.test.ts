import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkEventExpression, EventFlaw, eventValue } from '../../src/model/expression/event.ts'
import { evaluator, NOON, trigger } from '../watch/scene.ts'
import { signalsOf } from './reader.ts'

const folder = new URL('fixtures/', import.meta.url)
const fixtures = readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .map(name => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as unknown)
const trail = fixtures.find(each => typeof each === 'object' && each !== null && 'eventVersion' in each) as {
  [name: string]: unknown
}

/** Milliseconds of processor time: how busy the machine is otherwise makes no difference. */
function spent(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** No signal holds more than this, whatever the record held. */
const MOST = 100_000

async function bounded(given: unknown): Promise<void> {
  const begun = spent()
  const { signals, poison } = await signalsOf(given)
  expect(spent() - begun).toBeLessThan(2_000)
  for (const signal of signals) {
    expect(Number.isNaN(Date.parse(signal.time))).toBe(false)
    expect(signal.identity.name).not.toBe('')
    expect(JSON.stringify(signal).length).toBeLessThan(MOST)
  }
  if (poison !== undefined) expect(poison.excerpt.length).toBeLessThanOrEqual(1_000)
}

describe('whatever comes', () => {
  test('signalsOf never throws, and what it gives is bounded', async () => {
    await fc.assert(fc.asyncProperty(fc.oneof(fc.anything(), fc.json(), fc.string()), bounded), {
      numRuns: 500,
    })
  })

  test('a record with any of its members replaced by anything', async () => {
    const paths = (value: unknown, path: string[] = []): string[][] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([name, member]) => [
            [...path, name],
            ...paths(member, [...path, name]),
          ])
        : []
    const odd = fc.oneof(
      fc.anything(),
      fc.constantFrom<unknown>(
        Number.NaN,
        -1,
        1e308,
        '',
        '\u0000',
        '__proto__',
        'x'.repeat(2_000_000),
        [],
        {},
        null,
      ),
    )
    const record = fc.constantFrom(...fixtures)
    const changed = fc.tuple(record, fc.nat(), odd).map(([given, which, value]) => {
      const all = paths(given)
      const path = all[which % all.length] ?? []
      const copy = structuredClone(given) as { [name: string]: unknown }
      const holder = path
        .slice(0, -1)
        .reduce<{ [name: string]: unknown }>(
          (inside, name) => inside[name] as { [name: string]: unknown },
          copy,
        )
      holder[path.at(-1) ?? ''] = value
      return copy
    })
    await fc.assert(fc.asyncProperty(changed, bounded), { numRuns: 600 })
  })

  test.each<[string, () => unknown, RegExp]>([
    ['a hundred thousand brackets', () => '['.repeat(100_000), /not JSON/],
    [
      'a hundred thousand lists in one another',
      () => '['.repeat(100_000) + ']'.repeat(100_000),
      /wrappers in one another/,
    ],
    [
      'a deep member',
      () =>
        `${JSON.stringify({ ...trail, requestParameters: 0 }).slice(0, -1)},"deep":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
      /nested deeper/,
    ],
    [
      'a record of two megabytes',
      () => ({ ...trail, userAgent: 'x'.repeat(2_000_000) }),
      /larger than 1 MiB/,
    ],
    [
      'a hundred thousand values',
      () => ({ ...trail, responseElements: Array(100_000).fill(1) }),
      /more than 50000 values/,
    ],
    ['a file of a hundred megabytes', () => Buffer.alloc(100 * 1024 * 1024, 32), /larger than 64 MiB/],
    ['twenty thousand records', () => Array(20_000).fill(trail), /more than 10000 records/],
    [
      'a record that holds itself',
      () => {
        const record: { [name: string]: unknown } = { ...trail }
        record['responseElements'] = record
        return record
      },
      /nested deeper/,
    ],
  ])('%s', async (_, given, reason) => {
    const begun = spent()
    const { poison } = await signalsOf(given())
    expect(poison?.reason).toMatch(reason)
    expect(spent() - begun).toBeLessThan(5_000)
  })

  test('other work gets its turn while a large batch is read', async () => {
    let turns = 0
    const clock = setInterval(() => {
      turns += 1
    }, 1)
    await signalsOf(Array(10_000).fill(trail))
    clearInterval(clock)
    expect(turns).toBeGreaterThan(3)
  })

  test('no member of a record becomes a prototype', async () => {
    const text = JSON.stringify(trail).replace(
      '{',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
    )
    const parameters = text.replace(
      '"requestParameters":{',
      '"requestParameters":{"__proto__":"x","constructor":"y",',
    )
    const { signals } = await signalsOf(parameters)
    expect(signals).toHaveLength(1)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    expect(Object.getPrototypeOf(signals[0]?.details)).toBe(Object.prototype)
  })
})

describe('triggers', () => {
  const signal = async (more: object) => (await signalsOf({ ...trail, ...more })).signals[0]

  test('a pattern that a backtracking engine would hang on', async () => {
    const watch = evaluator([
      trigger({ when: 'event.userAgent.matches("^(a+)+$") || event.userAgent.matches("(a|aa)+b")' }),
    ])
    const evil = await signal({ userAgent: `${'a'.repeat(100_000)}!` })
    const begun = spent()
    if (evil) watch.observe(evil, NOON)
    expect(spent() - begun).toBeLessThan(500)
  })

  test('the largest pattern that is let through, on the longest text that a signal has', async () => {
    const pattern = `${'[a-z]{0,480}'.repeat(2)}[0-1]$`
    const watch = evaluator([trigger({ when: `event.details.long.matches("${pattern}")` })])
    const evil = await signal({ eventID: 'e' })
    const begun = spent()
    if (evil) watch.observe({ ...evil, details: { long: 'a'.repeat(1_000) } }, NOON)
    expect(spent() - begun).toBeLessThan(2_000)
  })

  test('loops over what an event holds', async () => {
    const when = 'event.details.evil.all(a, event.details.evil.all(b, a != "x" && b != "y"))'
    const watch = evaluator([trigger({ when })])
    const evil = await signal({ eventID: 'e' })
    const begun = spent()
    if (evil) watch.observe({ ...evil, details: { evil: Array(50).fill('z'.repeat(1_000)) } }, NOON)
    expect(spent() - begun).toBeLessThan(500)
  })

  test.each([
    'event.details.a.all(x, event.details.a.all(y, event.details.a.all(z, x == z)))',
    `${'('.repeat(5_000)}true${')'.repeat(5_000)}`,
    `"${'x'.repeat(10_000)}" == event.action`,
    Array(300).fill('event.action == "x"').join(' && '),
    'event.__proto__ == event.constructor',
    'event.action.matches("(x{1000}){1000}")',
    `event.action.matches("${'.{0,1000}'.repeat(50)}[0-9]$")`,
    `event.action.matches("${'(?:a*){900}'.repeat(40)}[b-c]")`,
  ])('an expression that asks for too much is refused: %.60s', source => {
    const begun = spent()
    expect(checkEventExpression(source, 'bool').flaws).not.toEqual([])
    expect(spent() - begun).toBeLessThan(1_000)
  })

  test('any expression over any event is true, false, or a flaw that holds nothing of the event', () => {
    const sources = [
      'event.details.a == event.details.b',
      'event.details.a > 3',
      'event.details.a.startsWith("x")',
      'event.details.a.exists(x, x == "1")',
      'event.details.a[0] == 1',
      'inCidr(event.sourceIp, "10.0.0.0/8")',
      'inWindow(event.time, "Mon 08:00-09:00", "UTC")',
      'glob(event.action, "*:*")',
    ]
    const json = fc.jsonValue() as fc.Arbitrary<never>
    const given = fc.record({
      sourceIp: fc.string(),
      action: fc.string(),
      time: fc.string(),
      details: fc.dictionary(fc.string(), json),
    })
    fc.assert(
      fc.property(fc.constantFrom(...sources), given, fc.string(), (source, event, secret) => {
        const { expression } = checkEventExpression(source, 'bool')
        const base = {
          id: '1',
          cloud: 'aws',
          identity: { name: 'x' },
          outcome: 'success' as const,
          format: 'x',
        }
        const details = { ...event.details, a: `secret-${secret}` }
        const found = expression?.test(eventValue({ ...base, ...event, details }))
        if (found instanceof EventFlaw) expect(found.message).not.toContain('secret-')
        else expect(typeof found).toBe('boolean')
      }),
    )
  })
})
