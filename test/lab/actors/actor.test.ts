import { describe, expect, it } from 'vitest'
import { Actor } from '../../../src/lab/actors/actor.ts'
import { startActors } from '../../../src/lab/actors/index.ts'

class Refused extends Error {
  override name = 'AccessDeniedException'
}

describe('an actor', () => {
  it('calls by each of its ways until it is stopped, and remembers how each call went', async () => {
    let open = true
    const actor = new Actor('thief', [
      { name: 'key', rate: 500, attempt: async () => open || Promise.reject(new Refused()) },
      { name: 'session', rate: 500, attempt: async () => 'data' },
    ])
    actor.start()
    await actor.wait(3, call => call.way === 'key' && call.accepted)
    open = false
    await actor.wait(2, call => call.way === 'key' && !call.accepted)
    await actor.stop()
    const count = actor.calls.length
    const keys = actor.calls.filter(({ way }) => way === 'key')
    expect(keys.findIndex(({ accepted }) => !accepted)).toBeGreaterThanOrEqual(3)
    expect(keys.at(-1)).toMatchObject({ actor: 'thief', accepted: false, error: 'AccessDeniedException' })
    expect(actor.calls.filter(({ way }) => way === 'session').every(({ accepted }) => accepted)).toBe(true)
    await actor.stop()
    expect(actor.calls).toHaveLength(count)
  })

  it('lets nobody wait for calls that will not come', async () => {
    const actor = new Actor('thief', [{ name: 'key', rate: 500, attempt: async () => 'data' }])
    actor.start()
    const waiting = actor.wait(1, ({ accepted }) => !accepted)
    const refused = expect(waiting).rejects.toThrow('thief was stopped')
    await actor.stop()
    await refused
    await expect(actor.wait(1, () => true)).rejects.toThrow('thief was stopped')
    await expect(actor.wait(0, () => true)).resolves.toBeUndefined()
  })
})

describe('scenarios', () => {
  it.each(['nobody', 'constructor'])(
    'with an actor that the lab does not have are refused: %s',
    async name => {
      const scenario = { thieves: [name], honest: [], collateral: [] }
      const started = startActors({ endpoint: 'http://127.0.0.1:1', scenario })
      await expect(started).rejects.toThrow(`no actor ${name}`)
    },
  )
})
