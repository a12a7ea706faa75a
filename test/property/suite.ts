import fc from 'fast-check'
import { expect, it } from 'vitest'
import { makePlan, type World } from '../../src/engine/index.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Json } from '../../src/model/json.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Provider } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import { type Case, type Opened, openCase, signIn } from '../cases/case.ts'
import { changed } from '../contract/suite.ts'
import { Town } from '../engine/town.ts'
import { runs } from './runs.ts'

/** Identities that behave differently, and what can be done to all of them. */
export interface Overlap {
  names: string[]
  /** CEL that selects these. */
  select(names: readonly string[]): string
  /** Verbs, or exact interruptions. */
  uses: string[]
  params: { [use: string]: Json }
  /** Whether every interruption that there is has to be carried out by some run. */
  all?: true
  /** Runs that have gone wrong before: contained in this order, restored the first first. */
  examples?: { names: string[]; uses: string[] }[][]
}

/** @param open a case with an estate of its own each time */
export function runsSuite(cloud: string, open: () => Case, overlap: Overlap): void {
  /** Runs over the same few identities, so that they meet. */
  const plans = fc.subarray(overlap.names, { minLength: 1, maxLength: 2 }).chain(pool =>
    fc.array(
      fc.record({
        names: fc.subarray(pool, { minLength: 1 }),
        uses: fc.subarray(overlap.uses, { minLength: 1 }),
      }),
      { minLength: 2, maxLength: 4 },
    ),
  )

  const given = open()
  const carriedOut = new Set<string>()
  it(`${cloud}: overlapping runs, restored in any order, give the original back, and never early`, {
    timeout: 300_000,
  }, async () => {
    const first = await openCase(given)
    const { lab } = first
    const playbook = (names: readonly string[], uses: readonly string[]) =>
      playbookFor(given, overlap, names, uses)
    try {
      await fc.assert(
        fc.asyncProperty(plans, fc.infiniteStream(fc.nat()), async (planned, choices) => {
          const choose = () => choices.next().value ?? 0
          const town = await Town.open()
          await lab.reset()
          // Tokens that were handed out before are not known any more.
          const opened = { ...first, sessions: await signIn(given.provider, given.scope, lab) }
          try {
            const world = worldOf(given, opened)
            const seed = opened.snapshot()
            const waiting = planned.map((each, index) => ({ ...each, run: `run${index}` }))
            const open: string[] = []
            const unfinished: string[] = []
            while (waiting.length + open.length > 0) {
              const [next] = waiting
              if (next && (open.length === 0 || choose() % 2 === 0)) {
                waiting.shift()
                if (await contained(() => town.contain(world, next.run, playbook(next.names, next.uses)))) {
                  open.push(next.run)
                  await expectNothingToWrite(world, town, playbook(next.names, next.uses))
                  const { state } = await town.store.read(next.run)
                  for (const { planned, phase } of state.changes.values()) {
                    if (phase === 'written') carriedOut.add(planned.interruption)
                  }
                }
              } else {
                const [id] = open.splice(choose() % open.length, 1)
                if (id === undefined) continue
                const { restore } = await town.restore(world, id)
                if (restore?.finished !== 'complete') unfinished.push(id)
                // An identity that another run still holds is still stopped.
                for (const other of open) await expectHeld(given, opened, town, world, other)
              }
            }
            // A policy whose room another run's deny had taken could not go back before that run was over.
            for (let left = unfinished; left.length > 0; ) {
              const still: string[] = []
              for (const id of left) {
                const { restore } = await town.restore(world, id)
                if (restore?.finished !== 'complete') still.push(id)
              }
              expect(still.length, 'every round ends a run').toBeLessThan(left.length)
              left = still
            }
            expect(opened.snapshot()).toEqual(seed)
          } finally {
            for (const session of opened.sessions) await session.close()
            await town.close()
          }
        }),
        {
          numRuns: runs(10),
          examples: (overlap.examples ?? []).map((example): [typeof example, fc.Stream<number>] => [
            example,
            inOrder(),
          ]),
        },
      )
      if (overlap.all) expect([...carriedOut].sort()).toEqual(idsOf(given))
    } finally {
      for (const session of first.sessions) await session.close()
      await lab.close()
    }
  })
}

/** Everything that the run stopped, or found stopped by another, would still not be cut any further. */
async function expectHeld(
  { provider }: Case,
  { sessions }: Opened,
  town: Town,
  world: World,
  run: string,
): Promise<void> {
  const { state } = await town.store.read(run)
  for (const { key, identity, planned, phase } of state.changes.values()) {
    if (phase !== 'written' && phase !== 'already') continue
    const interruption = provider.interruptions.find(({ id }) => id === planned.interruption)
    const session = sessions.find(({ account }) => account === identity.account)
    const named = planned.joins?.name ?? run
    const context = { run: named, now: world.clock(), identity, params: planned.params, exhausted: [] }
    const reading = await interruption?.read(session?.client, context)
    if (!interruption || !reading) throw new Error(`${key} is gone`)
    const seen = { ...context, ...(reading.seen === undefined ? {} : { seen: reading.seen }) }
    expect(changed(reading.facet, interruption.cut(reading.facet, seen)), key).toEqual([])
  }
}

/** The same again finds everything held, and would add nothing: a revocation by itself is the exception. */
async function expectNothingToWrite(world: World, town: Town, playbook: Playbook): Promise<void> {
  const listed = await town.store.list()
  const complete = listed.every(each => 'state' in each && each.state.finished === 'complete')
  if (!complete) return
  const { changes } = await makePlan(world, {
    run: 'again',
    playbook,
    inputs: {},
    holds: await town.holds(),
  })
  const stopped = new Set(changes.filter(({ verb }) => verb === 'quarantine').map(each => each.identity.id))
  for (const { key, verb, identity, differences, heldBy = [] } of changes) {
    if (verb === 'revoke-sessions' && !stopped.has(identity.id)) continue
    expect(
      differences.map(({ entry }) => entry),
      key,
    ).toEqual(heldBy.map(({ entry }) => entry))
  }
}

function idsOf({ provider }: Case): string[] {
  return provider.interruptions.map(({ id }) => id).sort()
}

/** Contains all runs, then restores them, the first first. */
function inOrder() {
  return fc.sample(fc.infiniteStream(fc.constant(0)), 1)[0] as fc.Stream<number>
}

/** False when everything that was asked for was refused: there was nothing to do. */
async function contained(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof Fault && error.code === 'refused') return false
    throw error
  }
}

function worldOf({ provider }: Case, { lab, sessions }: Opened): World {
  return {
    timing: REAL,
    providers: new Map<string, Provider>([[provider.cloud, provider]]),
    sessions,
    unreached: [],
    target: { kind: 'lab', at: lab.id },
    clock: () => lab.clock.now(),
    listen: () => undefined,
    patience: 2000,
  }
}

function playbookFor(
  { provider }: Case,
  { select, params }: Overlap,
  names: readonly string[],
  uses: readonly string[],
): Playbook {
  return {
    name: 'property',
    title: 'Property',
    status: 'test',
    severity: 'low',
    references: {},
    inputs: {},
    scope: { [provider.cloud]: {} },
    protect: [],
    limit: { identities: 50, share: 1 },
    ttl: 3600,
    steps: [
      {
        name: 'all',
        select: select(names),
        interrupt: uses.map(use => ({ use, params: params[use] ?? {} })),
      },
    ],
    source: '',
    sha256: '',
    file: 'property.yaml',
  }
}
