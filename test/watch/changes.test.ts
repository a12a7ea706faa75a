import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/model/json.ts'
import type { Signal } from '../../src/model/signal.ts'
import { evaluator, NOON, signal, trigger } from './scene.ts'

const LATER = NOON + 86_400_000

const TRIGGERS = [
  trigger({ name: 'any', when: 'event.action == "s3:GetObject"', cooldown: 600 }),
  trigger({
    name: 'counted',
    when: 'event.outcome == "denied"',
    correlate: { type: 'event_count', groupBy: ['identity.id'], timespan: 60, condition: { gte: 3 } },
    cooldown: 30,
  }),
  trigger({
    name: 'values',
    correlate: {
      type: 'value_count',
      groupBy: ['sourceIp'],
      timespan: 60,
      condition: { gte: 3, field: 'resource' },
    },
  }),
  trigger({
    name: 'risky',
    when: 'event.outcome == "denied"',
    risk: { points: 10, threshold: 50, halfLife: 60 },
  }),
]
/** So few that everything is evicted now and then. */
const SMALL = { groups: 6, events: 24, ids: 10, lateness: 20 }
const small = () => evaluator(TRIGGERS, SMALL)

const signals = fc.array(
  fc.record({
    id: fc.integer({ min: 0, max: 60 }),
    seconds: fc.integer({ min: 0, max: 200 }),
    who: fc.integer({ min: 0, max: 4 }),
    denied: fc.boolean(),
    token: fc.boolean(),
    doubt: fc.boolean(),
    count: fc.integer({ min: 1, max: 5 }),
  }),
  { maxLength: 120 },
)

function one(of: {
  id: number
  seconds: number
  who: number
  denied: boolean
  token: boolean
  doubt: boolean
  count: number
}): Signal {
  const { id, seconds, who, denied, token, doubt, count } = of
  return signal(`e${id}`, seconds, {
    identity: { id: `aws:111122223333:role/r${who}`, kind: 'role', name: `r${who}` },
    outcome: denied ? 'denied' : 'success',
    action: count === 5 ? 's3:GetObject' : 'sts:AssumeRole',
    sourceIp: `203.0.113.${who}`,
    resource: `r${id % 7}`,
    count,
    ...(token ? { format: 'security-event-token' } : {}),
    ...(doubt ? { doubt: 'it is from the future' } : {}),
  })
}

const throughDisk = (value: unknown): Json => JSON.parse(JSON.stringify(value))

describe('the changes of a memory', () => {
  test('make of an earlier memory what it is now, however many are evicted, and it judges the same from then on', () => {
    fc.assert(
      fc.property(
        signals,
        signals,
        signals,
        fc.integer({ min: 1, max: 40 }),
        (before, between, after, every) => {
          const live = small()
          for (const each of before.map(one)) live.observe(each, LATER)
          const saved = throughDisk(live.save({ record: true }))
          const changes: Json[] = []
          for (const [index, each] of between.map(one).entries()) {
            live.observe(each, LATER)
            if (index % every === 0) changes.push(...(throughDisk(live.changes()) as Json[]))
          }
          changes.push(...(throughDisk(live.changes()) as Json[]))
          const again = small()
          again.load(saved, changes)
          expect(throughDisk(again.save())).toEqual(throughDisk(live.save()))
          const verdicts = (watch: typeof live) => after.map(each => watch.observe(one(each), LATER))
          expect(verdicts(again)).toEqual(verdicts(live))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('are none for a record that is seen again, and few for one more record, however much is remembered', () => {
    const watch = evaluator(TRIGGERS)
    for (let n = 0; n < 5_000; n++)
      watch.observe(
        one({ id: n, seconds: n / 50, who: n % 50, denied: true, token: false, doubt: false, count: 1 }),
        LATER,
      )
    const whole = JSON.stringify(watch.save({ record: true })).length
    expect(watch.changes()).toEqual([])
    const last = { id: 4_999, seconds: 100, who: 1, denied: true, token: false, doubt: false, count: 1 }
    watch.observe(one(last), LATER)
    expect(watch.changes()).toEqual([])
    watch.observe(one({ ...last, id: 5_000 }), LATER)
    const size = JSON.stringify(watch.changes()).length
    expect(size).toBeGreaterThan(0)
    expect(size).toBeLessThan(1_000)
    expect(whole).toBeGreaterThan(100 * size)
  })

  test('are not recorded before somebody asks, nor beyond a bound: then only the whole memory says it', () => {
    const watch = evaluator([TRIGGERS[0] ?? trigger()])
    expect(watch.changes()).toBeUndefined()
    watch.save({ record: true })
    for (let n = 0; n <= 100_000; n++) watch.observe(signal(`e${n}`, 0), LATER)
    expect(watch.changes()).toBeUndefined()
    watch.save({ record: true })
    expect(watch.changes()).toEqual([])
  })

  test('of a trigger that changed are left out', () => {
    const [, counted = trigger()] = TRIGGERS
    const denied = (id: number) =>
      one({ id, seconds: id, who: 1, denied: true, token: false, doubt: false, count: 1 })
    const before = evaluator([counted])
    const saved = throughDisk(before.save({ record: true }))
    for (const id of [0, 1]) before.observe(denied(id), LATER)
    const changes = throughDisk(before.changes())
    const fires = (of: typeof counted) => {
      const watch = evaluator([of])
      watch.load(saved, changes)
      return watch.observe(denied(2), LATER).firings.length
    }
    expect(fires(counted)).toBe(1)
    expect(fires({ ...counted, cooldown: 31 })).toBe(0)
  })

  test('that are none are damaged', () => {
    const watch = evaluator(TRIGGERS)
    const state = watch.save()
    const counted = [0, 'id', 1, 64, 60_000, [null]]
    watch.load(state, [['w', 'stop/counted ["a"]', 0, counted]])
    for (const odd of [
      null,
      1,
      [1],
      [['x', 'a']],
      [['s']],
      [['s', 1]],
      [['w', 'a', 0, [...counted, 1]]],
      [['w', 'a', 0, [0, 'id', 1, 64, 1, [2]]]],
    ]) {
      expect(() => watch.load(state, odd)).toThrow(/state of the watch/)
    }
  })
})
