import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Correlation } from '../../src/model/watch.ts'
import { evaluator, firedOn, NOON, signal, trigger } from './scene.ts'

const count = (gte: number, timespan = 60): Correlation => ({
  type: 'event_count',
  groupBy: ['identity.id'],
  timespan,
  condition: { gte },
})
const LATER = NOON + 86_400_000

describe('event_count', () => {
  test('fires at the event that makes it enough, and names the events', () => {
    const watch = evaluator([trigger({ correlate: count(3) })])
    const [first, second, third] = ['a', 'b', 'c'].map((id, index) =>
      watch.observe(signal(id, index * 20), LATER),
    )
    expect([first, second].map(verdict => verdict?.firings)).toEqual([[], []])
    expect(third?.firings).toMatchObject([
      {
        playbook: 'stop',
        trigger: 'one',
        mode: 'propose',
        events: ['a', 'b', 'c'],
        count: 3,
        group: { 'identity.id': 'aws:111122223333:role/ci' },
        inputs: { role: 'ci' },
        time: '2026-11-23T12:00:40.000Z',
      },
    ])
  })

  test('a record of several times counts as often as it says', () => {
    const watch = evaluator([trigger({ correlate: count(5) })])
    expect(firedOn(watch, [signal('a', 0, { count: 3 }), signal('b', 10)])).toEqual([])
    expect(watch.observe(signal('c', 20, { count: 2 }), LATER).firings).toMatchObject([
      { events: ['a', 'b', 'c'], count: 5, why: '5 events, at least 5' },
    ])
    expect(watch.observe(signal('c', 20, { count: 2 }), LATER).duplicate).toBe(true)
    const flood = evaluator([trigger({ correlate: count(5) })])
    expect(firedOn(flood, [signal('a', 0, { count: 2 ** 52 })])).toEqual(['a'])
    const apart = evaluator([trigger({ correlate: count(5) })])
    expect(firedOn(apart, [signal('a', 0, { count: 4 }), signal('b', 61, { count: 4 })])).toEqual([])
    const again = evaluator([trigger({ correlate: count(5) })])
    apart.observe(signal('c', 62), LATER)
    again.load(JSON.parse(JSON.stringify(apart.save())))
    expect(firedOn(again, [signal('d', 63)])).toEqual(['d'])
  })

  test('events that are further apart than the timespan do not add up', () => {
    const watch = evaluator([trigger({ correlate: count(3) })])
    expect(firedOn(watch, [signal('a', 0), signal('b', 40), signal('c', 61), signal('d', 100)])).toEqual([
      'd',
    ])
  })

  test('groups are counted apart, and an event that lacks the value is in none', () => {
    const watch = evaluator([trigger({ correlate: count(2) })])
    const other = { id: 'aws:111122223333:role/web', name: 'web' }
    const nobody = { name: 'nobody' }
    expect(
      firedOn(watch, [
        signal('a', 0),
        signal('b', 1, { identity: other }),
        signal('c', 2, { identity: nobody }),
        signal('d', 3, { identity: nobody }),
        signal('e', 4),
      ]),
    ).toEqual(['e'])
  })

  test('the same event twice is one event', () => {
    const watch = evaluator([trigger({ correlate: count(2) })])
    expect(firedOn(watch, [signal('a', 0), signal('a', 0), signal('a', 0)])).toEqual([])
    expect(watch.stats).toMatchObject({ signals: 3, duplicates: 2 })
  })

  test('an event that comes out of order counts where it belongs', () => {
    const watch = evaluator([trigger({ correlate: count(3) })])
    expect(firedOn(watch, [signal('c', 50), signal('z', 300), signal('a', 0), signal('b', 20)])).toEqual([
      'b',
    ])
  })

  test('an event later than the allowed lateness is not counted, and said to be late', () => {
    const watch = evaluator([trigger({ correlate: count(2) })], { lateness: 100 })
    watch.observe(signal('now', 1_000), LATER)
    expect(watch.observe(signal('in time', 850), LATER)).toMatchObject({ late: false })
    expect(watch.observe(signal('late', 830), LATER)).toMatchObject({ late: true, firings: [] })
    expect(watch.stats.late).toBe(1)
  })

  test('a trigger that does not count fires on an event however late it is', () => {
    const watch = evaluator([trigger()])
    expect(firedOn(watch, [signal('now', 86_000), signal('late', 0)])).toEqual(['now', 'late'])
  })

  test('whatever the order, it fires exactly when some window holds enough', () => {
    const times = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 25 })
    fc.assert(
      fc.property(
        times,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 90 }),
        (seconds, gte, timespan) => {
          const watch = evaluator([trigger({ correlate: count(gte, timespan) })])
          const fired = firedOn(
            watch,
            seconds.map((second, index) => signal(`${index}`, second)),
          )
          const sorted = [...seconds].sort((a, b) => a - b)
          const enough = sorted.some((from, index) => {
            const to = sorted[index + gte - 1]
            return to !== undefined && to - from <= timespan
          })
          expect(fired.length > 0).toBe(enough)
        },
      ),
    )
  })
})

describe('value_count', () => {
  const values: Correlation = {
    type: 'value_count',
    groupBy: ['identity.id'],
    timespan: 60,
    condition: { gte: 3, field: 'resource' },
  }

  test('counts different values, not events', () => {
    const watch = evaluator([trigger({ correlate: values })])
    const read = (id: string, second: number, resource: string) => signal(id, second, { resource })
    expect(
      firedOn(watch, [
        read('a', 0, 'x'),
        read('b', 1, 'x'),
        read('c', 2, 'y'),
        read('d', 3, 'y'),
        read('e', 4, 'z'),
      ]),
    ).toEqual(['e'])
  })

  test('a flood of one value does not push the others out', () => {
    const watch = evaluator([trigger({ correlate: values })])
    const flood = Array.from({ length: 5_000 }, (_, index) => signal(`f${index}`, 2, { resource: 'x' }))
    const signals = [signal('y', 1, { resource: 'y' }), ...flood, signal('z', 50, { resource: 'z' })]
    expect(firedOn(watch, signals)).toEqual(['z'])
  })

  test('whatever the order, it fires exactly when some window holds enough values', () => {
    const events = fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.constantFrom('a', 'b', 'c', 'd')), {
      minLength: 1,
      maxLength: 25,
    })
    fc.assert(
      fc.property(events, pairs => {
        const watch = evaluator([trigger({ correlate: values })])
        const fired = firedOn(
          watch,
          pairs.map(([second, resource], index) => signal(`${index}`, second, { resource })),
        )
        const enough = pairs.some(([from]) => {
          const inside = pairs.filter(([second]) => second >= from && second <= from + 60)
          return new Set(inside.map(([, value]) => value)).size >= 3
        })
        expect(fired.length > 0).toBe(enough)
      }),
    )
  })
})

describe('temporal', () => {
  const denied = trigger({ name: 'denied', when: 'event.outcome == "denied"' })
  const secret = trigger({ name: 'secret', when: 'event.action == "secretsmanager:GetSecretValue"' })
  const both = trigger({
    name: 'both',
    correlate: {
      type: 'temporal',
      groupBy: ['identity.id'],
      timespan: 60,
      condition: { gte: 2 },
      rules: ['denied', 'secret'],
    },
  })
  const read = (id: string, second: number) => signal(id, second, { action: 'secretsmanager:GetSecretValue' })
  const refused = (id: string, second: number) => signal(id, second, { outcome: 'denied' })

  test('fires when all its rules have matched, in any order, and the rules fire nothing by themselves', () => {
    expect(
      firedOn(evaluator([both, denied, secret]), [refused('a', 0), refused('b', 1), read('c', 59)]),
    ).toEqual(['c'])
    expect(firedOn(evaluator([denied, secret, both]), [read('c', 59), refused('b', 0)])).toEqual(['b'])
  })

  test('not when they are further apart, or of somebody else', () => {
    const other = { identity: { id: 'aws:111122223333:role/web', name: 'web' } }
    const signals = [refused('a', 0), read('b', 61), { ...read('c', 1), ...other }]
    expect(firedOn(evaluator([both, denied, secret]), signals)).toEqual([])
  })

  test('one event may be enough for several rules', () => {
    const watch = evaluator([both, denied, secret])
    expect(firedOn(watch, [{ ...read('a', 0), outcome: 'denied' }])).toEqual(['a'])
  })

  test('a rule that counts has to have counted enough', () => {
    const often = { ...denied, correlate: count(3) }
    const watch = evaluator([both, often, secret])
    const signals = [read('r', 0), ...['a', 'b', 'c'].map((id, index) => refused(id, index + 1))]
    expect(firedOn(watch, signals)).toEqual(['c'])
  })
})
