import { describe, expect, test } from 'vitest'
import { untilNotThrottled } from '../../../src/clouds/aws/http/retry.ts'
import { Lane, type Turn } from '../../../src/clouds/kit/http/lane.ts'
import { Tally } from '../../../src/clouds/kit/http/tally.ts'
import { Throttle } from '../../../src/lab/throttle.ts'
import { backoffDelay } from '../../../src/model/backoff.ts'
import { asking } from '../../../src/model/purpose.ts'
import { VirtualTime } from '../../engine/virtual-time.ts'

class Throttled extends Error {
  readonly hint: number | undefined
  constructor(hint?: number) {
    super('Rate exceeded')
    this.hint = hint
  }
}

const throttleOf = (error: unknown) => (error instanceof Throttled ? { hint: error.hint } : undefined)

function laneOf(time: VirtualTime, atOnce = 8, signal?: AbortSignal) {
  const width = { atOnce }
  const options = { rated: false, timing: time, throttleOf, ...(signal === undefined ? {} : { signal }) }
  return new Lane({ reads: width, writes: width }, options)
}

/** A call that is made until it is not throttled, as clients do. */
async function make(lane: Lane, time: VirtualTime, turn: Turn, attempt: () => Promise<void>) {
  for (let tried = 0; ; tried++) {
    try {
      return await lane.run({ ...turn, again: tried > 0 }, attempt)
    } catch (error) {
      if (!(error instanceof Throttled)) throw error
      const grown = backoffDelay(tried, { first: 500, most: 8_000, jitter: 1, timing: time })
      await time.sleep(error.hint ?? grown)
    }
  }
}

describe('the lane of an account', () => {
  test('lets what is cut go before what is listed, and each call keeps its own purpose', async () => {
    const lane = laneOf(new VirtualTime(), 1)
    const tally = new Tally()
    const order: string[] = []
    const call = (name: string) =>
      lane.run({ kind: 'read', family: 'iam' }, async () => {
        order.push(name)
        tally.count(name)
      })
    await Promise.all([
      asking({ purpose: 'plan' }, () => call('first in hand')),
      asking({ purpose: 'plan' }, () => call('listing')),
      asking({ purpose: 'sweep' }, () => call('sweep')),
      asking({ purpose: 'verify' }, () => call('look')),
      asking({ purpose: 'snapshot' }, () => call('before a write')),
    ])
    expect(order).toEqual(['first in hand', 'before a write', 'look', 'sweep', 'listing'])
    expect(tally.purposes).toEqual({ plan: 2, snapshot: 1, verify: 1, sweep: 1 })
  })

  test('lets a call begin while every other waits out a throttling', async () => {
    const time = new VirtualTime()
    const lane = laneOf(time, 2)
    const done: string[] = []
    const listings = Array.from({ length: 10 }, (_, nth) => {
      let tried = 0
      return make(lane, time, { kind: 'read', family: 'reports' }, async () => {
        await time.sleep(100)
        if (tried++ === 0) throw new Throttled(60_000)
        done.push(`listing ${nth}`)
      })
    })
    await time.sleep(1_000)
    const begun = time.now()
    await asking({ purpose: 'snapshot' }, () =>
      lane.run({ kind: 'read', family: 'iam' }, async () => void done.push('before a write')),
    )
    expect(time.now() - begun).toBe(0)
    await Promise.all(listings)
    expect(done[0]).toBe('before a write')
    expect(done).toHaveLength(11)
  })

  test('lets a cut go before listings that wait for the same rate', async () => {
    const time = new VirtualTime()
    const lane = laneOf(time)
    const order: string[] = []
    const turn: Turn = { kind: 'read', family: 'iam' }
    await lane.run(turn, () => Promise.reject(new Throttled())).catch(() => undefined)
    const listings = Array.from({ length: 5 }, (_, nth) =>
      asking({ purpose: 'plan' }, () => lane.run(turn, async () => void order.push(`listing ${nth}`))),
    )
    const cut = asking({ purpose: 'snapshot' }, () => lane.run(turn, async () => void order.push('cut')))
    await Promise.all([...listings, cut])
    expect(order).toEqual(['cut', 'listing 0', 'listing 1', 'listing 2', 'listing 3', 'listing 4'])
  })

  test('a throttled call goes before others of its purpose when it comes again', async () => {
    const time = new VirtualTime()
    const lane = laneOf(time, 1)
    const order: string[] = []
    const turn: Turn = { kind: 'write', family: 'iam' }
    const call = (name: string, again = false) =>
      lane.run({ ...turn, again }, async () => void order.push(name))
    await Promise.all([call('in hand'), call('second'), call('third'), call('again', true)])
    expect(order).toEqual(['in hand', 'again', 'second', 'third'])
  })

  test('throttled reads do not slow writes down, nor one family the other', async () => {
    const time = new VirtualTime()
    const lane = laneOf(time)
    await lane
      .run({ kind: 'read', family: 'iam' }, () => Promise.reject(new Throttled(30_000)))
      .catch(() => undefined)
    await lane.run({ kind: 'write', family: 'iam' }, async () => undefined)
    await lane.run({ kind: 'read', family: 'sts' }, async () => undefined)
    expect(time.now()).toBe(0)
    await lane.run({ kind: 'read', family: 'iam' }, async () => undefined)
    expect(time.now()).toBeGreaterThanOrEqual(30_000)
  })

  test('an abort lets everything that waits begin, so that it ends', async () => {
    const time = new VirtualTime()
    const abort = new AbortController()
    const lane = laneOf(time, 1, abort.signal)
    const turn: Turn = { kind: 'read', family: 'iam' }
    await lane.run(turn, () => Promise.reject(new Throttled(60_000))).catch(() => undefined)
    const waiting = Array.from({ length: 3 }, () => lane.run(turn, async () => abort.signal.aborted))
    abort.abort()
    expect(await Promise.all(waiting)).toEqual([true, true, true])
    expect(time.now()).toBe(0)
  })

  test('an error of another kind is thrown and slows nothing down', async () => {
    const time = new VirtualTime()
    const lane = laneOf(time)
    const turn: Turn = { kind: 'read', family: 'iam' }
    await expect(lane.run(turn, () => Promise.reject(new Error('denied')))).rejects.toThrow('denied')
    await expect(untilNotThrottled(time, () => Promise.reject(new Error('denied')))).rejects.toThrow('denied')
    await lane.run(turn, async () => undefined)
    expect(time.now()).toBe(0)
  })
})

/** Buckets, calls, and the greatest share of throttled ones. `hinted`: the service says how long to wait, in whole seconds. */
const BUCKETS: [
  string,
  { size: number; perSecond: number; hinted?: true },
  calls: number,
  throttled: number,
][] = [
  ['of IAM, which nobody publishes', { size: 15, perSecond: 15 }, 1_000, 0.06],
  ['that is small', { size: 5, perSecond: 10 }, 500, 0.08],
  ['that is slow', { size: 10, perSecond: 2 }, 200, 0.35],
  ['that is fast', { size: 100, perSecond: 60 }, 2_000, 0.03],
  ['of Google, which says how long to wait', { size: 600, perSecond: 10, hinted: true }, 1_000, 0.04],
  [
    'of Resource Manager, which says how long to wait',
    { size: 200, perSecond: 10, hinted: true },
    1_000,
    0.04,
  ],
]

describe('a thousand changes in a throttled account', () => {
  test.each(BUCKETS)(
    'take at most 1.2 times what the bucket takes, and starve nobody: one %s',
    async (_, bucket, calls, throttled) => {
      const time = new VirtualTime()
      const lane = laneOf(time)
      const throttle = new Throttle()
      const limit = { family: 'writes', owner: 'account', ...bucket }
      const drawn = { calls: 0, throttled: 0 }
      /** @returns seconds to wait where the bucket is empty */
      const draw = () => throttle.take([limit], time.now())?.seconds
      const attempt = async () => {
        await time.sleep(50)
        drawn.calls += 1
        const seconds = draw()
        await time.sleep(50)
        if (seconds === undefined) return
        drawn.throttled += 1
        throw new Throttled(bucket.hinted ? Math.ceil(seconds) * 1_000 : undefined)
      }
      let over = false
      const honest = { calls: 0, throttled: 0, worst: 0 }
      /** A workload that calls now and then, and repeats as the SDKs do. */
      const workload = async () => {
        while (!over) {
          await time.sleep((1_000 / bucket.perSecond) * 10)
          const asked = time.now()
          for (let tried = 0; ; tried++) {
            honest.calls += 1
            if (draw() === undefined) break
            honest.throttled += 1
            await time.sleep(backoffDelay(tried, { first: 1_000, most: 20_000, jitter: 1, timing: time }))
          }
          honest.worst = Math.max(honest.worst, time.now() - asked)
        }
      }
      const beside = workload()
      await Promise.all(
        Array.from({ length: calls }, () => make(lane, time, { kind: 'write', family: 'iam' }, attempt)),
      )
      const took = time.now() / 1_000
      over = true
      await beside
      const least = (calls + honest.calls - honest.throttled - bucket.size) / bucket.perSecond
      const said = { took, least, ratio: took / least, ...drawn, honest }
      expect(said.ratio, JSON.stringify(said)).toBeLessThan(1.2)
      expect(drawn.throttled / calls, JSON.stringify(said)).toBeLessThan(throttled)
      expect(honest.throttled / honest.calls, JSON.stringify(said)).toBeLessThan(0.2)
    },
  )
})
