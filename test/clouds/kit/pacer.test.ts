import { describe, expect, test } from 'vitest'
import { Pacer } from '../../../src/clouds/kit/http/pacer.ts'

/** An event of a pacer: at so many milliseconds, so many calls pass, or one is throttled. */
type Event =
  | { at: number; pass: number }
  | { at: number; throttled: { begun: number; hint?: number } }
  | { at: number; begin: number }

function play(pacer: Pacer, events: readonly Event[]): Pacer {
  for (const event of events) {
    if ('pass' in event) for (let call = 0; call < event.pass; call++) pacer.pass(event.at)
    else if ('begin' in event) for (let call = 0; call < event.begin; call++) pacer.begin(event.at)
    else pacer.throttle(event.at, event.throttled.begun, { hint: event.throttled.hint })
  }
  return pacer
}

const first: Event[] = [
  { at: 500, pass: 16 },
  { at: 1_000, throttled: { begun: 900 } },
]

describe('the rate of a family', () => {
  test.each<[string, Event[], at: number, rate: number]>([
    ['has no bound before a throttling', [{ at: 0, pass: 100 }], 100, Number.POSITIVE_INFINITY],
    ['is half of what passed within a second after one', first, 1_000, 8],
    [
      'ignores what passed before that second',
      [{ at: 0, pass: 50 }, ...first.slice(0, 1), { at: 1_400, throttled: { begun: 1_300 } }],
      1_400,
      8,
    ],
    [
      'is cut once by calls that began before the cut',
      [...first, { at: 1_050, throttled: { begun: 950 } }],
      1_000,
      8,
    ],
    [
      'is cut again by a call that began after it',
      [...first, { at: 1_100, pass: 8 }, { at: 1_400, throttled: { begun: 1_300 } }],
      1_400,
      4.8,
    ],
    ['grows by the same amount each second', first, 2_000, 12],
    ['is back after two seconds', first, 3_000, 16],
    ['grows a quarter as fast beyond that', first, 7_000, 20],
    [
      'begins at four where nothing passed before the first',
      [{ at: 1_000, throttled: { begun: 900 } }],
      1_000,
      4,
    ],
    ['is cut to a quarter at most', [...first, { at: 9_000, throttled: { begun: 8_900 } }], 9_000, 5.5],
    [
      'does not grow during a pause',
      [...first.slice(0, 1), { at: 1_000, throttled: { begun: 900, hint: 3_000 } }],
      4_000,
      8,
    ],
    [
      'stays above a call in two seconds',
      Array.from({ length: 20 }, (_, nth) => ({ at: nth, throttled: { begun: nth } })),
      20,
      0.5,
    ],
  ])('%s', (_, events, at, rate) => {
    expect(play(new Pacer(), events).rate(at)).toBeCloseTo(rate, 1)
  })

  test.each<[string, Event[], at: number, wait: number]>([
    ['nothing before a throttling', [{ at: 0, begin: 1_000 }], 0, 0],
    ['for its turn in the new rate', first, 1_000, 125],
    ['less as time passes', first, 1_100, 19],
    ['for as long as the service asks', [{ at: 0, throttled: { begun: 0, hint: 30_000 } }], 10_000, 20_000],
    [
      'for the longest of several hints',
      [
        { at: 0, throttled: { begun: 0, hint: 30_000 } },
        { at: 1, throttled: { begun: 0, hint: 1_000 } },
      ],
      10_000,
      20_000,
    ],
    [
      'by its own rate only, where the hint is longer than a command waits',
      [{ at: 0, throttled: { begun: 0, hint: 3_600_000 } }],
      10_000,
      0,
    ],
  ])('a call waits %s', (_, events, at, wait) => {
    expect(play(new Pacer(), events).wait(at)).toBeCloseTo(wait, -1)
  })

  test('a published rate lets its burst begin, and then one call after the other', () => {
    const pacer = new Pacer(0.5, 5)
    const begun: number[] = []
    for (let now = 0; now <= 10_000; now += 500) {
      if (pacer.wait(now) > 0) continue
      while (pacer.wait(now) === 0) {
        pacer.begin(now)
        begun.push(now)
      }
    }
    expect(begun).toEqual([0, 0, 0, 0, 0, 2_000, 4_000, 6_000, 8_000, 10_000])
  })

  test('never exceeds what is published, however long nothing is throttled', () => {
    const pacer = play(new Pacer(9), first)
    expect(pacer.rate(1_000)).toBe(4.5)
    expect(pacer.rate(100_000)).toBe(9)
  })
})
