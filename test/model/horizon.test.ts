import { describe, expect, it } from 'vitest'
import type { Held } from '../../src/model/run/held-settings.ts'
import { horizonOf, latestHorizon, secondsToHorizon } from '../../src/model/run/horizon.ts'
import type { ChangeState } from '../../src/model/run/state.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 10, 30, 12, minute)).toISOString()

const held = (more: Partial<Held> = {}): Held => ({
  entry: 'e',
  before: 1,
  after: 2,
  at: at(0),
  joined: false,
  ...more,
})

const identity = { id: 'i', uid: 'u', cloud: 'toy', account: 'a', kind: 'door', name: 'i', facts: {} }

function change(horizon: number, all: Held[], writtenAt?: string): ChangeState {
  const planned = {
    key: 'k',
    identity,
    interruption: 'toy.door.lock',
    verb: 'quarantine' as const,
    params: {},
    step: 's',
    at: at(0),
    differences: [],
    leaves: '',
    reversal: { kind: 'exact' as const },
    horizon,
  }
  const none = { set: true, denied: null, drift: [], undone: [], left: [], restored: [] }
  const written = writtenAt === undefined ? {} : { writtenAt }
  return { key: 'k', identity, phase: 'written', held: all, planned, ...written, ...none }
}

describe('the horizon of a change', () => {
  it.each<[string, ChangeState, string | undefined]>([
    ['counts from the write', change(600, [held()], at(5)), at(15)],
    [
      'counts from the first intention when there is no write',
      change(600, [held(), held({ at: at(3) })]),
      at(10),
    ],
    ['is there for one second', change(1, [held()], at(5)), new Date(Date.parse(at(5)) + 1000).toISOString()],
    ['is absent when nothing outlives the containment', change(0, [held()], at(5)), undefined],
    ['is absent when nothing is held', change(600, [], at(5)), undefined],
    ['is the end of a step-down', change(600, [held({ until: at(40) })], at(5)), at(40)],
    [
      'is the latest end of several step-downs',
      change(600, [held(), held({ until: at(50) }), held({ until: at(40) }), held()], at(5)),
      at(50),
    ],
  ])('%s', (_, of, end) => {
    expect(horizonOf(of)).toBe(end)
  })
})

describe('the latest horizon', () => {
  const all = [change(600, [held()], at(7)), change(1200, [held()], at(7)), change(60, [held()], at(9))]

  it('is that of the change whose sessions live longest', () => {
    expect(latestHorizon(all)).toBe(at(27))
    expect(latestHorizon([change(0, [held()], at(5)), ...all])).toBe(at(27))
  })

  it('is absent when there is none', () => {
    expect(latestHorizon([])).toBeUndefined()
    expect(latestHorizon([change(0, [held()], at(5))])).toBeUndefined()
  })

  it('leaves out settings that a restore left off on purpose', () => {
    expect(latestHorizon([change(600, [held({ off: 'kept-off' })], at(5))])).toBeUndefined()
    expect(
      latestHorizon([change(600, [held({ off: 'recent', until: at(50) }), held({ until: at(40) })], at(5))]),
    ).toBe(at(40))
  })

  it('is in whole seconds from now, rounded up, and 0 once it has passed', () => {
    const now = new Date(Date.parse(at(26)) + 500).toISOString()
    expect(secondsToHorizon(all, now)).toBe(60)
    expect(secondsToHorizon(all, at(26))).toBe(60)
    expect(secondsToHorizon(all, at(7))).toBe(1200)
    expect(secondsToHorizon(all, at(27))).toBe(0)
    expect(secondsToHorizon(all, at(40))).toBe(0)
    expect(secondsToHorizon([], at(0))).toBe(0)
  })
})
