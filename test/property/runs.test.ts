import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { World } from '../../src/engine/index.ts'
import { Fault } from '../../src/model/fault.ts'
import type { AwsClient } from '../../src/providers/aws/client.ts'
import { interruptions } from '../../src/providers/aws/interruptions/index.ts'
import { type AwsRange, openAws } from '../contract/aws-range.ts'
import { changed } from '../contract/suite.ts'
import { Town } from '../engine/town.ts'
import { awsWorld, playbookFor } from './aws-world.ts'

/** With room and without, with a boundary of their own, with groups, with credentials, with AWS's own quarantine. */
const NAMES = [
  'ci-deploy',
  'report-printer',
  'legacy-etl',
  'sandbox-bot',
  'mobile-uploads',
  'github-deployer',
  'github-legacy',
  'vendor-legacy',
  'sandbox-runner',
]
const VERBS = ['quarantine', 'disable', 'revoke-sessions', 'constrain', 'gate', 'detach']

let range: AwsRange
beforeAll(async () => {
  range = await openAws()
})
afterAll(async () => {
  await range.close()
})

/** Runs over the same few identities, so that they meet. */
const runs = fc.subarray(NAMES, { minLength: 1, maxLength: 2 }).chain(pool =>
  fc.array(
    fc.record({
      names: fc.subarray(pool, { minLength: 1 }),
      verbs: fc.subarray(VERBS, { minLength: 1 }),
    }),
    { minLength: 2, maxLength: 4 },
  ),
)

it('overlapping runs, restored in any order, give the original back, and never early', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(runs, fc.infiniteStream(fc.nat()), async (planned, choices) => {
      const choose = () => choices.next().value ?? 0
      const town = await Town.open()
      await range.lab.reset()
      try {
        const world = awsWorld(range)
        const seed = range.snapshot()
        const waiting = planned.map((each, index) => ({ ...each, run: `run${index}` }))
        const open: string[] = []
        const unfinished: string[] = []
        while (waiting.length + open.length > 0) {
          const [next] = waiting
          if (next && (open.length === 0 || choose() % 2 === 0)) {
            waiting.shift()
            if (await contained(() => town.contain(world, next.run, playbookFor(next.names, next.verbs)))) {
              open.push(next.run)
            }
          } else {
            const [id] = open.splice(choose() % open.length, 1)
            if (id === undefined) continue
            const { restore } = await town.restore(world, id)
            if (restore?.finished !== 'complete') unfinished.push(id)
            // What another run still holds is still stopped.
            for (const other of open) await expectHeld(town, world, other)
          }
        }
        // What another run's deny had taken the room of could not go back before that run was over.
        for (let left = unfinished; left.length > 0; ) {
          const still: string[] = []
          for (const id of left) {
            const { restore } = await town.restore(world, id)
            if (restore?.finished !== 'complete') still.push(id)
          }
          expect(still.length, 'every round ends a run').toBeLessThan(left.length)
          left = still
        }
        expect(range.snapshot()).toEqual(seed)
      } finally {
        await town.close()
      }
    }),
    {
      numRuns: 10,
      examples: [
        // The deny takes the room that the policy, taken away by all three, needs to come back.
        [
          [
            { names: ['vendor-legacy'], verbs: ['detach'] },
            { names: ['vendor-legacy'], verbs: ['detach'] },
            { names: ['vendor-legacy'], verbs: ['constrain', 'detach'] },
          ],
          inOrder(),
        ],
      ],
    },
  )
})

/** Everything that the run stopped, or found stopped by another, would still not be cut any further. */
async function expectHeld(town: Town, world: World, run: string): Promise<void> {
  const { state } = await town.store.read(run)
  for (const { key, identity, planned, phase } of state.changes.values()) {
    if (phase !== 'written' && phase !== 'already') continue
    const interruption = interruptions.find(({ id }) => id === planned.interruption)
    const context = { run, now: world.clock(), identity, params: planned.params, exhausted: [] }
    const reading = await interruption?.read(range.session.client as AwsClient, context)
    if (!interruption || !reading) throw new Error(`${key} is gone`)
    const seen = { ...context, ...(reading.seen === undefined ? {} : { seen: reading.seen }) }
    expect(changed(reading.facet, interruption.cut(reading.facet, seen)), key).toEqual([])
  }
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
