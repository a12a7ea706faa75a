import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Baseline, Evaluator } from '../../src/watch/index.ts'
import { evaluator, firedOn, NOON, playbook, signal, trigger } from './scene.ts'

const LATER = NOON + 86_400_000

describe('match', () => {
  test('the condition is CEL over the event', () => {
    const outside = 'event.identity.name == "ci" && !inWindow(event.time, "Mon-Fri 08:00-18:00", "UTC")'
    const watch = evaluator([trigger({ when: outside })])
    expect(firedOn(watch, [signal('noon', 0), signal('night', 10 * 3_600)])).toEqual(['night'])
  })

  test('what the event lacks makes it false; what cannot be compared is told', () => {
    const absent = evaluator([trigger({ when: '!(event.country == "DE")' })])
    expect(absent.observe(signal('a', 0), LATER)).toMatchObject({ firings: [], problems: [] })
    const odd = evaluator([trigger({ when: 'event.details.count > 3' })])
    expect(odd.observe(signal('a', 0, { details: { count: 'many' } }), LATER)).toMatchObject({
      firings: [],
      problems: [{ playbook: 'stop', trigger: 'one', event: 'a' }],
    })
  })

  test('inputs that a person could not give either are refused', () => {
    const watch = evaluator([trigger({ inputs: { role: 'event.identity.name' } })])
    const evil = signal('a', 0, { identity: { name: 'x\u0007' } })
    expect(watch.observe(evil, LATER)).toMatchObject({
      firings: [],
      problems: [{ message: "input 'role' has control characters" }],
    })
  })

  test('a name with commas in it stays one name in a list', () => {
    const roles = { type: 'list', of: 'string', description: 'roles', required: true } as const
    const watch = new Evaluator([{ name: 'stop', inputs: { role: roles }, triggers: [trigger()] }])
    const verdict = watch.observe(signal('a', 0, { identity: { name: 'ci,production' } }), LATER)
    expect(verdict.firings[0]?.inputs).toEqual({ role: ['ci,production'] })
  })

  test('an expression that does not compile is a fault with the place in it', () => {
    expect(() => evaluator([trigger({ when: 'event.nam == 1' })])).toThrow(/events have no 'nam'[\s\S]*\^/)
    expect(() => new Evaluator([playbook(trigger()), playbook(trigger())])).toThrow(/two playbooks/)
  })
})

describe('cooldown', () => {
  test('the same group does not fire again before it is over; another group does', () => {
    const watch = evaluator([trigger({ cooldown: 600 })])
    const other = signal('c', 2, { identity: { id: 'aws:111122223333:role/web', name: 'web' } })
    expect(firedOn(watch, [signal('a', 0), signal('b', 599), other, signal('d', 600)])).toEqual([
      'a',
      'c',
      'd',
    ])
    expect(watch.stats.cooled).toBe(1)
  })

  test('what it started did not come about: it may fire at once', () => {
    const watch = evaluator([trigger({ cooldown: 600 })])
    const [firing] = watch.observe(signal('a', 0), LATER).firings
    if (firing) watch.rearm(firing)
    expect(firedOn(watch, [signal('b', 1)])).toEqual(['b'])
  })
})

describe('risk', () => {
  const risky = (name: string, action: string, points: number) =>
    trigger({ name, when: `event.action == "${action}"`, risk: { points, threshold: 100, halfLife: 60 } })
  const did = (id: string, second: number, action: string) => signal(id, second, { action })

  test('points of all triggers count together, and fade', () => {
    const triggers = [risky('low', 'a', 30), risky('high', 'b', 60)]
    expect(firedOn(evaluator(triggers), [did('1', 0, 'a'), did('2', 0, 'b'), did('3', 0, 'a')])).toEqual([
      '3',
    ])
    expect(firedOn(evaluator(triggers), [did('1', 0, 'a'), did('2', 0, 'b'), did('3', 60, 'a')])).toEqual([])
  })

  test('after it fired, it starts from nothing', () => {
    const watch = evaluator([risky('high', 'b', 60)])
    const signals = ['1', '2', '3', '4'].map(id => did(id, 0, 'b'))
    expect(firedOn(watch, signals)).toEqual(['2', '4'])
    expect(watch.stats.firings).toBe(2)
  })

  test('the order in which events come makes no difference to the points', () => {
    const seconds = fc.uniqueArray(fc.integer({ min: 0, max: 600 }), { minLength: 2, maxLength: 10 })
    fc.assert(
      fc.property(seconds, given => {
        const total = (order: readonly number[]) => {
          const watch = evaluator([
            { ...risky('x', 'a', 1), risk: { points: 1, threshold: 1e6, halfLife: 60 } },
          ])
          firedOn(
            watch,
            order.map(second => did(`${second}`, second, 'a')),
          )
          const [, risk] = watch.save().risks[0] ?? []
          return risk?.scores[0]?.[1].points ?? 0
        }
        const sorted = [...given].sort((a, b) => a - b)
        expect(total(given)).toBeCloseTo(total(sorted), 9)
      }),
    )
  })
})

describe('first seen', () => {
  const unusual = trigger({ firstSeen: ['resource', 'network'] })
  const read = (id: string, resource: string, sourceIp = '203.0.113.9') =>
    signal(id, 0, { resource, sourceIp })

  test('fires on what the identity was never seen to do', () => {
    const baseline = new Baseline()
    baseline.learn(read('0', 'secret/a'))
    const watch = evaluator([unusual], { baseline })
    const signals = [
      read('1', 'secret/a'),
      read('2', 'secret/a', '203.0.113.200'),
      read('3', 'secret/a', '198.51.100.7'),
      read('4', 'secret/b'),
    ]
    expect(firedOn(watch, signals)).toEqual(['3', '4'])
  })

  test('never without a baseline, nor for an identity that was never seen', () => {
    expect(firedOn(evaluator([unusual]), [read('1', 'secret/a')])).toEqual([])
    expect(firedOn(evaluator([unusual], { baseline: new Baseline() }), [read('1', 'secret/a')])).toEqual([])
  })

  test('an identity that does too many different things has nothing unusual', () => {
    const baseline = new Baseline()
    for (let index = 0; index <= 1_000; index += 1) baseline.learn(read(`${index}`, `secret/${index}`))
    expect(firedOn(evaluator([unusual], { baseline }), [read('x', 'secret/new')])).toEqual([])
    expect(firedOn(evaluator([unusual], { baseline }), [read('y', 'secret/new', '198.51.100.7')])).toEqual([
      'y',
    ])
  })

  test('a baseline is read as it was written, through JSON, and nothing else is', () => {
    const baseline = new Baseline()
    for (const name of ['__proto__', 'constructor', 'x'.repeat(5_000)]) {
      baseline.learn(signal(name, 0, { identity: { name }, resource: name, country: 'NG' }))
    }
    const state: unknown = JSON.parse(JSON.stringify(baseline.save()))
    expect(Baseline.load(state).save()).toEqual(baseline.save())
    for (const odd of [
      null,
      [],
      {},
      { version: 2, identities: [] },
      { version: 1, identities: [['a', 1]] },
    ]) {
      expect(() => Baseline.load(odd)).toThrow(/baseline/)
    }
  })
})

describe('state', () => {
  const counted = trigger({
    correlate: { type: 'event_count', groupBy: ['identity.id'], timespan: 60, condition: { gte: 3 } },
    cooldown: 600,
  })
  const through = (watch: Evaluator, into: Evaluator): Evaluator => {
    into.load(JSON.parse(JSON.stringify(watch.save())))
    return into
  }

  test('goes on after a restart wherever it is cut, with the same firings', () => {
    const signals = Array.from({ length: 12 }, (_, index) => signal(`${index}`, index * 10))
    const whole = evaluator([counted])
    const expected = signals.flatMap(each => whole.observe(each, LATER).firings)
    for (let cut = 0; cut <= signals.length; cut += 1) {
      const before = evaluator([counted])
      const first = signals.slice(0, cut).flatMap(each => before.observe(each, LATER).firings)
      const after = through(before, evaluator([counted]))
      // A record that was not acknowledged is redelivered.
      const again = signals.slice(Math.max(0, cut - 2)).flatMap(each => after.observe(each, LATER).firings)
      expect([...first, ...again]).toEqual(expected)
    }
  })

  test('a trigger that says something else starts anew', () => {
    const before = evaluator([counted])
    firedOn(before, [signal('a', 0), signal('b', 1)])
    const changed = { ...counted, when: 'event.outcome == "success"' }
    expect(firedOn(through(before, evaluator([changed])), [signal('c', 2)])).toEqual([])
    expect(firedOn(through(before, evaluator([counted])), [signal('c', 2)])).toEqual(['c'])
  })

  test('what is no state is damaged', () => {
    const watch = evaluator([counted])
    const state = watch.save()
    for (const odd of [
      null,
      1,
      'x',
      {},
      { ...state, version: 2 },
      { ...state, seen: [1] },
      { ...state, groups: [['a', {}]] },
    ]) {
      expect(() => watch.load(odd)).toThrow(/state of the watch/)
    }
  })

  test('a time that is none, or of the future, is when the signal came in', () => {
    const watch = evaluator([counted])
    const odd = ['garbage', '2199-01-01T00:00:00.000Z'].map((time, index) => ({
      ...signal(`${index}`, 0),
      time,
    }))
    expect(firedOn(watch, [...odd, signal('now', 0)], NOON)).toEqual(['now'])
    expect(watch.stats.future).toBe(1)
  })

  test('what is remembered is bounded', () => {
    const value = { type: 'value_count', groupBy: ['sourceIp'], timespan: 60 } as const
    const watch = evaluator(
      [counted, trigger({ name: 'two', correlate: { ...value, condition: { gte: 5, field: 'resource' } } })],
      { groups: 50, events: 500, ids: 100 },
    )
    for (let index = 0; index < 5_000; index += 1) {
      const sourceIp = `203.0.${index % 200}.${index % 7}`
      watch.observe(signal(`${index}`, index, { sourceIp, resource: `r${index}` }), LATER)
    }
    const { seen, groups, fired } = watch.save()
    expect(seen.length).toBeLessThanOrEqual(100)
    expect(groups.length).toBeLessThanOrEqual(50)
    expect(groups.reduce((sum, [, { times }]) => sum + times.length, 0)).toBeLessThanOrEqual(600)
    expect(fired.length).toBeLessThanOrEqual(50)
    expect(watch.stats.evicted).toBeGreaterThan(0)
  })
})

describe('a doubtful event', () => {
  const three = () =>
    evaluator([
      trigger({
        mode: 'act',
        correlate: { type: 'event_count', groupBy: ['identity.id'], timespan: 600, condition: { gte: 3 } },
      }),
    ])

  test('makes what it takes part in doubtful, also after a restart', () => {
    const first = three()
    first.observe(signal('a', 0, { doubt: 'it is from the future' }), NOON)
    const second = three()
    second.load(JSON.parse(JSON.stringify(first.save())))
    second.observe(signal('b', 1), NOON)
    expect(second.observe(signal('c', 2), NOON).firings).toMatchObject([{ doubt: 'it is from the future' }])
  })

  test('makes nothing else doubtful', () => {
    const watch = three()
    const other = { id: 'aws:111122223333:role/other', kind: 'role', name: 'other' }
    watch.observe(signal('x', 0, { doubt: 'old', identity: other }), NOON)
    const [, , verdict] = ['a', 'b', 'c'].map((id, at) => watch.observe(signal(id, at), NOON))
    expect(verdict?.firings).toHaveLength(1)
    expect(verdict?.firings[0]?.doubt).toBeUndefined()
  })
})
