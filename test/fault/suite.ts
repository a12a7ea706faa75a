import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultRule, Trouble } from '../../src/lab/index.ts'
import type { Case } from '../cases/case.ts'
import { Beginning } from './beginning.ts'
import { Incident } from './incident.ts'

/** Some rounds wait for the retries of the SDK. */
const LONG = 600_000

/** The fault of a call, and how many calls in a row have it. */
type Befalling = [trouble: Trouble, times: number]
type Befallings = { [name: string]: Befalling }

const LYING: Befallings = {
  'applied, then 503': [{ kind: 'applied-then-503' }, 1],
  'applied, then reset': [{ kind: 'applied-then-reset' }, 1],
}
const LATE: Befallings = { 'late reads': [{ kind: 'stale' }, 3] }
const passing = ({ internal, conflict }: Case['errors']): Befallings => ({
  'a throttle': [{ kind: 'throttle' }, 1],
  'a 500': [{ kind: 'error', ...internal }, 1],
  'a reset': [{ kind: 'reset' }, 1],
  'another writer': [{ kind: 'error', ...conflict }, 1],
})
const refusing = ({ denied }: Case['errors']): Befallings => ({
  'one 403': [{ kind: 'error', ...denied }, 1],
  'nothing but 403': [{ kind: 'error', ...denied }, 0],
})

/** The rules of one round for each call that can be hit; what is retried alike whatever the call is tried on one read. */
function roundsOf(
  errors: Case['errors'],
  writes: readonly string[],
  reads: readonly string[],
): [string, FaultRule[][]][] {
  const hit = (operations: readonly string[], nths: readonly number[], [trouble, times]: Befalling) =>
    operations.flatMap(operation => nths.map(nth => [{ trouble, operation, nth, times }]))
  const of = (troubles: Befallings, rounds: (each: Befalling) => FaultRule[][]) =>
    Object.entries(troubles).map(([name, each]): [string, FaultRule[][]] => [name, rounds(each)])
  return [
    ...of(passing(errors), each => [...hit(writes, [1], each), ...hit(reads.slice(0, 1), [1], each)]),
    ...of(LYING, each => hit(writes, [1, 2], each)),
    ...of(refusing(errors), each => [...hit(writes, [1, 2], each), ...hit(reads, [1], each)]),
    ...of(LATE, each => hit(reads, [1], each)),
  ]
}

async function inIncident(
  given: Case,
  began: Beginning,
  work: (incident: Incident) => Promise<void>,
): Promise<void> {
  const incident = await Incident.open(given, { began })
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
  incident.lab.faults.clear()
  expect(await incident.unowed()).toEqual([])
  if (state.finished !== 'complete') {
    const resumed = await incident.resume()
    expect(resumed.finished, why(resumed)).toBe('complete')
  }
  expect(incident.contained()).toBe(true)
  const restored = await incident.restore()
  expect(restored.restore?.finished, why(restored)).toBe('complete')
  expect(incident.snapshot()).toEqual(incident.seed)
}

async function restoresIn(incident: Incident, rules: FaultRule[]): Promise<void> {
  incident.once('restore.started', () => incident.lab.faults.add(...rules))
  const restored = await incident.restore()
  incident.lab.faults.clear()
  expect(await incident.unowed()).toEqual([])
  if (restored.restore?.finished === 'complete') {
    expect(incident.snapshot(), 'complete, and not put back').toEqual(incident.seed)
    return
  }
  expect(restored.restore?.finished).toBe('incomplete')
  const again = await incident.restore()
  expect(again.restore?.finished, why(again)).toBe('complete')
  expect(incident.snapshot()).toEqual(incident.seed)
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

/**
 * @param open a case with an estate of its own each time
 * @param every each so-manieth call of a round is hit; all of them with FAULT_EVERY=1
 */
export function faultSuite(cloud: string, open: () => Case, every: number): void {
  const { errors, operations } = open()
  const stride = Number(process.env['FAULT_EVERY'] ?? every)
  const some = (rounds: readonly FaultRule[][]) => rounds.filter((_, index) => index % stride === 0)
  const { reads, probes, cuts, restores } = operations
  let planned: Beginning
  let contained: Beginning
  beforeAll(async () => {
    planned = await Beginning.planned(open)
    contained = await Beginning.contained(open)
  })
  afterAll(async () => {
    await planned.close()
    await contained.close()
  })

  describe.concurrent(`${cloud}: contain in trouble`, () => {
    it.each(roundsOf(errors, cuts, [...reads, ...probes]))(
      '%s',
      async (_, each) => {
        for (const rules of some(each))
          await inIncident(open(), planned, incident => containsIn(incident, rules))
      },
      LONG,
    )
  })

  describe.concurrent(`${cloud}: restore in trouble`, () => {
    it.each(roundsOf(errors, restores, reads))(
      '%s',
      async (_, each) => {
        for (const rules of some(each))
          await inIncident(open(), contained, incident => restoresIn(incident, rules))
      },
      LONG,
    )
  })

  /** Several troubles at once, whatever they are. */
  const troubles = [passing(errors), LYING, refusing(errors), LATE].flatMap(each => Object.values(each))
  const mix = fc.array(
    fc
      .record({
        trouble: fc.constantFrom(...troubles.map(([trouble]) => trouble)),
        operation: fc.constantFrom(...new Set([...cuts, ...restores, ...reads])),
        nth: fc.integer({ min: 1, max: 6 }),
        times: fc.integer({ min: 1, max: 3 }),
      })
      .map((rule): FaultRule => rule),
    { minLength: 2, maxLength: 6 },
  )
  const settings = { seed: 2291, numRuns: Math.ceil(10 / stride), endOnFailure: true }

  describe.concurrent(`${cloud}: any mix of troubles`, () => {
    it.each([
      ['contain', containsIn, () => planned],
      ['restore', restoresIn, () => contained],
    ] as const)(
      '%s',
      (_, goesOn, began) =>
        fc.assert(
          fc.asyncProperty(mix, rules => inIncident(open(), began(), each => goesOn(each, rules))),
          settings,
        ),
      LONG,
    )
  })
}
