import { describe, expect, it } from 'vitest'
import { backoff, backoffDelay } from '../../src/model/backoff.ts'
import { REAL, type Timing } from '../../src/model/timing.ts'

/** A clock that stands still, notes what is waited for, and draws the given number. */
function noting(drawn: number): { timing: Timing; slept: number[] } {
  const slept: number[] = []
  const timing = {
    now: () => 0,
    date: () => 0,
    sleep: async (ms: number) => void slept.push(ms),
    random: () => drawn,
  }
  return { timing, slept }
}

describe('a backoff', () => {
  it('doubles each wait up to the longest when nothing else is said', async () => {
    const { timing, slept } = noting(0.9)
    const waits = backoff({ first: 100, most: 1_000, timing })
    for (let n = 0; n < 6; n++) await waits.wait()
    expect(slept).toEqual([100, 200, 400, 800, 1_000, 1_000])
  })

  it('grows by its factor', () => {
    const waits = backoff({ timing: REAL, first: 100, most: 2_000, factor: 1.6 })
    expect([waits.next(), waits.next(), waits.next()].map(Math.round)).toEqual([100, 160, 256])
  })

  it('starts again with the first wait after a reset', () => {
    const waits = backoff({ timing: REAL, first: 100, most: 1_000 })
    waits.next()
    waits.next()
    waits.reset()
    expect(waits.next()).toBe(100)
  })

  it('waits at least as long as the service asks', async () => {
    const { timing, slept } = noting(0)
    const waits = backoff({ first: 100, most: 1_000, timing })
    await waits.wait(undefined, 5_000)
    await waits.wait(undefined, 50)
    expect(slept).toEqual([5_000, 200])
  })

  it.each([
    [0, 0, 400],
    [0, 0.99, 400],
    [0.5, 0, 400],
    [0.5, 1, 200],
    [1, 0, 400],
    [1, 0.75, 100],
  ])('with jitter %d and chance %d waits %d of 400 ms', (jitter, drawn, expected) => {
    const { timing } = noting(drawn)
    expect(backoffDelay(2, { first: 100, most: 1_000, jitter, timing })).toBe(expected)
  })

  it('never waits longer than the longest, however many attempts failed', () => {
    expect(backoffDelay(5_000, { timing: REAL, first: 100, most: 1_000 })).toBe(1_000)
  })
})
