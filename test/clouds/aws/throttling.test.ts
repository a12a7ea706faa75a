import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { awsLane, retryOf, untilNotThrottled } from '../../../src/clouds/aws/http/retry.ts'
import { REAL, type Timing } from '../../../src/model/timing.ts'
import { VirtualTime } from '../../engine/virtual-time.ts'
import { answer, fail, ScriptedIam } from './scripted-iam.ts'

const named = (name: string) => Object.assign(new Error('Rate exceeded'), { name })

describe('a failed attempt', () => {
  const time = new VirtualTime()
  test.each<[string, string, string, string, number]>([
    ['a throttled one', 'Throttling', 'THROTTLING', 'never', 3],
    ['one that the SDK counts as throttled', 'SlowDown', 'THROTTLING', 'never', 3],
    ['a quota, whose name the SDK counts as throttled', 'LimitExceededException', 'THROTTLING', 'never', 1],
    ['a lost race', 'ConcurrentModification', 'CLIENT_ERROR', 'always', 1],
    ['an outage', 'ServiceFailure', 'TRANSIENT', 'as the SDK says', 1],
  ])('%s is repeated by whom it should be', async (_, name, errorType, retry, attempts) => {
    let made = 0
    const call = untilNotThrottled(time, async () => {
      made += 1
      if (made === 3) return
      const error = named(name)
      expect(retryOf({ error, errorType }, 'iam', time)).toBe(retry)
      throw error
    })
    await call.catch(() => undefined)
    expect(made).toBe(attempts)
  })

  it('is repeated when the service says, and not where that is too long', async () => {
    const waits: number[] = []
    for (const seconds of [7, 600]) {
      const begun = time.now()
      let made = 0
      const call = untilNotThrottled(time, async () => {
        made += 1
        if (made === 2) return
        const error = named('Throttling')
        const retryAfterHint = new Date(time.date() + seconds * 1_000)
        retryOf({ error, errorType: 'THROTTLING', retryAfterHint }, 'iam', time)
        throw error
      })
      await call.catch(() => waits.push(Number.NaN))
      waits.push(Math.round((time.now() - begun) / 100) * 100)
    }
    expect(waits).toEqual([7_000, Number.NaN, 0])
  })

  it('that stays throttled fails after six tries', async () => {
    let made = 0
    const call = untilNotThrottled(time, async () => {
      made += 1
      const error = named('Throttling')
      retryOf({ error, errorType: 'THROTTLING' }, 'iam', time)
      throw error
    })
    await expect(call).rejects.toThrow('Rate exceeded')
    expect(made).toBe(6)
  })
})

describe('a throttled call', () => {
  let iam: ScriptedIam
  beforeEach(async () => {
    iam = await new ScriptedIam().start()
  })
  afterEach(() => iam.stop())

  it('holds no place while it waits, and its family begins no other call', async () => {
    const waits: (() => void)[] = []
    let over = false
    const timing: Timing = {
      ...REAL,
      sleep: () => (over ? Promise.resolve() : new Promise(resolve => waits.push(resolve))),
    }
    iam.script = ({ action }, response, nth) => {
      if (action === 'GetUser' && nth === 1) fail(response, 'Throttling', 400)
      else answer(response, '')
    }
    const lane = awsLane({ reads: { atOnce: 1 }, writes: { atOnce: 1 } }, { rated: false, timing })
    const client = iam.client({ lane, timing })
    const throttled = client.iam('GetUser', { UserName: 'ci' })
    await vi.waitFor(() => expect(waits).toHaveLength(1), 30_000)
    const same = client.iam('GetRole', { RoleName: 'ci' })
    await vi.waitFor(() => expect(waits).toHaveLength(2), 30_000)
    await client.sts('GetCallerIdentity', {})
    expect(iam.received.map(({ action }) => action)).toEqual(['GetUser', 'GetCallerIdentity'])
    over = true
    for (const wake of waits) wake()
    await Promise.all([throttled, same])
    expect(iam.received.map(({ action }) => action).sort()).toEqual([
      'GetCallerIdentity',
      'GetRole',
      'GetUser',
      'GetUser',
    ])
    expect(client.tally.operations['iam:GetUser']).toBe(1)
  })
})
