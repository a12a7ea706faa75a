import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ObjectLab, startObjects } from '../../../src/lab/objects/index.ts'
import type { Timing } from '../../../src/model/timing.ts'
import { takeLease } from '../../../src/store/objects/lease.ts'
import type { ObjectStore } from '../../../src/store/objects/object-store.ts'
import { labObjects } from '../../journal/shared-store.ts'

/** The clocks of one machine, which stand still until they are moved. */
class Clock implements Timing {
  #ms = 1_000_000
  /** Milliseconds by which the wall clock is ahead of the one that only goes forward. */
  #ahead = 0
  readonly #waiting: { until: number; wake(): void }[] = []

  now = () => this.#ms
  date = () => this.#ms + this.#ahead
  random = () => 0
  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>(resolve => {
      if (signal?.aborted) return resolve()
      this.#waiting.push({ until: this.#ms + ms, wake: resolve })
      signal?.addEventListener('abort', () => resolve())
    })

  /** Resolves when so many waits are on. */
  async waits(count: number): Promise<void> {
    while (this.#waiting.length !== count) await new Promise(resolve => setImmediate(resolve))
  }

  pass(ms: number): void {
    this.#ms += ms
    for (const each of this.#waiting.filter(({ until }) => until <= this.#ms)) {
      this.#waiting.splice(this.#waiting.indexOf(each), 1)
      each.wake()
    }
  }

  /** The machine sleeps: only its wall clock moves. */
  suspend(ms: number): void {
    this.#ahead += ms
  }
}

const NAME = 'leases/aws/111122223333'
const purpose = (operation: string) => ({ what: 'account 111122223333', operation, user: operation })

let lab: ObjectLab
let objects: ObjectStore
beforeEach(async () => {
  lab = await startObjects()
  lab.bucket('team')
  objects = labObjects(lab.endpoint)
})
afterEach(() => lab.close())

/** Resolves when the lease object has been written so many times. */
async function puts(count: number): Promise<void> {
  while (lab.calls.count('s3:PutObject') < count) await new Promise(resolve => setImmediate(resolve))
}

it('lets one of 24 processes take a lease, and names it to the others', async () => {
  const clock = new Clock()
  const all = await Promise.allSettled(
    Array.from({ length: 24 }, (_, n) => takeLease(objects, NAME, purpose(`p${n}`), { timing: clock })),
  )
  const won = all.flatMap((each, n) => (each.status === 'fulfilled' ? [{ n, lease: each.value }] : []))
  expect(won).toHaveLength(1)
  for (const each of all) {
    if (each.status === 'rejected')
      expect(each.reason).toMatchObject({
        code: 'locked',
        message: expect.stringContaining(`runs p${won[0]?.n}`),
      })
  }
  await won[0]?.lease.release()
  await (await takeLease(objects, NAME, purpose('next'), { timing: clock })).release()
})

it('waits for a release', async () => {
  const [holder, waiter] = [new Clock(), new Clock()]
  const lease = await takeLease(objects, NAME, purpose('first'), { timing: holder })
  const waiting = takeLease(objects, NAME, purpose('second'), { timing: waiter, waitMs: 60_000 })
  const asked = lab.calls.count('s3:GetObject')
  while (lab.calls.count('s3:GetObject') === asked) await new Promise(resolve => setImmediate(resolve))
  await lease.release()
  let taken = false
  waiting.then(() => {
    taken = true
  })
  while (!taken) {
    waiter.pass(100)
    await new Promise(resolve => setImmediate(resolve))
  }
  await (await waiting).release()
})

it('renews a lease at each third of its term, so that nobody takes it over', async () => {
  const clock = new Clock()
  const lease = await takeLease(objects, NAME, purpose('first'), { timing: clock })
  for (let n = 2; n < 8; n++) {
    lab.clock.advance(7)
    clock.pass(7_000)
    await puts(n)
    // Until the next third, and until the lease ends.
    await clock.waits(2)
  }
  await expect(takeLease(objects, NAME, purpose('second'), { timing: new Clock() })).rejects.toMatchObject({
    code: 'locked',
  })
  expect(lease.lost.aborted).toBe(false)
  await lease.release()
})

it('takes over the lease of a process that ended, when its term and the grace are over by the clock of the store', async () => {
  await takeLease(objects, NAME, purpose('first'), { timing: new Clock() })
  const second = () => takeLease(objects, NAME, purpose('second'), { timing: new Clock() })
  lab.clock.advance(28)
  await expect(second()).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringContaining('runs first'),
  })
  lab.clock.advance(4)
  const lease = await second()
  await lease.release()
  expect(await objects.get(NAME)).toBeUndefined()
})

it('aborts before the lease ends when the store does not answer', async () => {
  const clock = new Clock()
  const lease = await takeLease(objects, NAME, purpose('first'), { timing: clock })
  lab.faults.add({ trouble: { kind: 'reset' }, times: 0 })
  clock.pass(14_900)
  expect(lease.lost.aborted).toBe(false)
  const aborted = new Promise(resolve => lease.lost.addEventListener('abort', resolve))
  clock.pass(100)
  await aborted
  expect(lease.lost.reason).toMatchObject({ code: 'locked' })
})

it('aborts when the machine slept, although its steady clock stood still', async () => {
  const clock = new Clock()
  const lease = await takeLease(objects, NAME, purpose('first'), { timing: clock })
  clock.suspend(60_000)
  const aborted = new Promise(resolve => lease.lost.addEventListener('abort', resolve))
  lab.faults.add({ trouble: { kind: 'reset' }, times: 0 })
  clock.pass(15_000)
  await aborted
  lab.faults.clear()
})

it('aborts a paused holder whose lease another process has, and leaves that one its lease', async () => {
  const clock = new Clock()
  const first = await takeLease(objects, NAME, purpose('first'), { timing: clock })
  lab.clock.advance(31)
  const second = await takeLease(objects, NAME, purpose('second'), { timing: new Clock() })
  const aborted = new Promise(resolve => first.lost.addEventListener('abort', resolve))
  clock.pass(7_000)
  await aborted
  expect(first.lost.reason).toMatchObject({ code: 'locked' })
  await first.release()
  expect((await objects.get(NAME))?.bytes.toString()).toContain('"operation":"second"')
  await second.release()
  expect(await objects.get(NAME)).toBeUndefined()
})

it('takes its own lease for its own when the answer is lost', async () => {
  lab.faults.add({ trouble: { kind: 'applied-then-reset' }, operation: 'PutObject' })
  const lease = await takeLease(objects, NAME, purpose('first'), { timing: new Clock() })
  await lease.release()
  expect(await objects.get(NAME)).toBeUndefined()
})

it('refuses a lease that cannot be read', async () => {
  await objects.put(NAME, Buffer.from('{}\n'), { ifAbsent: true })
  await expect(takeLease(objects, NAME, purpose('first'), { timing: new Clock() })).rejects.toMatchObject({
    code: 'damaged',
  })
})
