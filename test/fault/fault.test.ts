import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FaultRule, Trouble } from '../../src/lab/index.ts'
import { Incident } from './incident.ts'

/** Some rounds wait for the retries of the SDK. */
const LONG = 180_000

/** What befalls a call, and how many of them in a row. */
const PASSING: { [name: string]: [trouble: Trouble, times: number] } = {
  'a throttle': [{ kind: 'throttle' }, 1],
  'a 500': [{ kind: 'error', code: 'ServiceFailure', status: 500 }, 1],
  'a reset': [{ kind: 'reset' }, 1],
  'another writer': [{ kind: 'error', code: 'ConcurrentModification', status: 409 }, 1],
}
const LYING: typeof PASSING = {
  'applied, then 503': [{ kind: 'applied-then-503' }, 1],
  'applied, then reset': [{ kind: 'applied-then-reset' }, 1],
}
const REFUSING: typeof PASSING = {
  'one 403': [{ kind: 'error', code: 'AccessDenied', status: 403 }, 1],
  'nothing but 403': [{ kind: 'error', code: 'AccessDenied', status: 403 }, 0],
}
const LATE: typeof PASSING = { 'late reads': [{ kind: 'stale' }, 3] }

const READS = ['GetUser', 'GetUserPolicy', 'ListUserPolicies', 'ListAttachedUserPolicies', 'ListAccessKeys']

/** The rules of one round for each call that can be hit; what is retried alike whatever the call is tried on one read. */
function roundsOf(writes: readonly string[], reads: readonly string[]): [string, FaultRule[][]][] {
  const hit = (operations: readonly string[], nths: readonly number[], [trouble, times]: [Trouble, number]) =>
    operations.flatMap(operation => nths.map(nth => [{ trouble, operation, nth, times }]))
  const of = (troubles: typeof PASSING, rounds: (each: [Trouble, number]) => FaultRule[][]) =>
    Object.entries(troubles).map(([name, each]): [string, FaultRule[][]] => [name, rounds(each)])
  return [
    ...of(PASSING, each => [...hit(writes, [1], each), ...hit(['ListUserPolicies'], [1], each)]),
    ...of(LYING, each => hit(writes, [1, 2], each)),
    ...of(REFUSING, each => [...hit(writes, [1, 2], each), ...hit(reads, [1], each)]),
    ...of(LATE, each => hit(reads, [1], each)),
  ]
}

async function inIncident(work: (incident: Incident) => Promise<void>): Promise<void> {
  const incident = await Incident.open()
  try {
    await work(incident)
  } finally {
    await incident.close()
  }
}

/** A run that says that it is complete is; one that is not says why; and once the trouble is over all ends well. */
async function containsIn(incident: Incident, rules: FaultRule[]): Promise<void> {
  incident.once('run.started', () => incident.lab.faults.add(...rules))
  const state = await incident.contain()
  const changes = [...state.changes.values()]
  if (state.finished === 'complete')
    expect(incident.contained(), `complete, and not contained: ${JSON.stringify(rules)}`).toBe(true)
  else
    expect(
      changes.some(({ fault, set, denied }) => fault || !set || denied === 'unknown') || !state.swept,
    ).toBe(true)
  expect(await incident.unowed()).toEqual([])
  incident.lab.faults.clear()
  if (state.finished !== 'complete') {
    const resumed = await incident.resume()
    expect(resumed.finished, why(resumed)).toBe('complete')
  }
  expect(incident.contained()).toBe(true)
  const restored = await incident.restore()
  expect(restored.restore?.finished, why(restored)).toBe('complete')
  expect(incident.lab.snapshot()).toEqual(incident.seed)
}

async function restoresIn(incident: Incident, rules: FaultRule[]): Promise<void> {
  const state = await incident.contain()
  expect(state.finished, why(state)).toBe('complete')
  incident.once('restore.started', () => incident.lab.faults.add(...rules))
  const restored = await incident.restore()
  expect(await incident.unowed()).toEqual([])
  incident.lab.faults.clear()
  if (restored.restore?.finished === 'complete') {
    expect(incident.lab.snapshot(), 'complete, and not put back').toEqual(incident.seed)
    return
  }
  expect(restored.restore?.finished).toBe('incomplete')
  const again = await incident.restore()
  expect(again.restore?.finished, why(again)).toBe('complete')
  expect(incident.lab.snapshot()).toEqual(incident.seed)
}

function why(state: Awaited<ReturnType<Incident['contain']>>): string {
  return JSON.stringify(
    [...state.changes.values()].map(({ key, phase, set, denied, drift, fault, because }) => ({
      key,
      phase,
      set,
      denied,
      drift,
      fault,
      because,
    })),
  )
}

describe.concurrent('contain in trouble', () => {
  const rounds = roundsOf(['PutUserPolicy', 'UpdateAccessKey'], [...READS, 'SimulatePrincipalPolicy'])
  it.each(rounds)(
    '%s',
    async (_, each) => {
      for (const rules of each) await inIncident(incident => containsIn(incident, rules))
    },
    LONG,
  )
})

describe.concurrent('restore in trouble', () => {
  const rounds = roundsOf(['DeleteUserPolicy', 'UpdateAccessKey'], READS)
  it.each(rounds)(
    '%s',
    async (_, each) => {
      for (const rules of each) await inIncident(incident => restoresIn(incident, rules))
    },
    LONG,
  )
})

/** Several troubles at once, whatever they are. */
const mix = fc.array(
  fc
    .record({
      trouble: fc.constantFrom(
        ...[PASSING, LYING, REFUSING, LATE].flatMap(each => Object.values(each).map(([trouble]) => trouble)),
      ),
      operation: fc.constantFrom('PutUserPolicy', 'DeleteUserPolicy', 'UpdateAccessKey', ...READS),
      nth: fc.integer({ min: 1, max: 6 }),
      times: fc.integer({ min: 1, max: 3 }),
    })
    .map((rule): FaultRule => rule),
  { minLength: 2, maxLength: 6 },
)
const settings = { seed: 2291, numRuns: 10, endOnFailure: true }

describe.concurrent('any mix of troubles', () => {
  it(
    'contain',
    () =>
      fc.assert(
        fc.asyncProperty(mix, rules => inIncident(each => containsIn(each, rules))),
        settings,
      ),
    LONG,
  )
  it(
    'restore',
    () =>
      fc.assert(
        fc.asyncProperty(mix, rules => inIncident(each => restoresIn(each, rules))),
        settings,
      ),
    LONG,
  )
})
