import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { World } from '../../src/engine/index.ts'
import type { FaultRule, Lab } from '../../src/lab/index.ts'
import { entryOf, type Facet } from '../../src/model/facet.ts'
import type { Identity } from '../../src/model/identity.ts'
import { same } from '../../src/model/json.ts'
import type { Provider } from '../../src/model/provider.ts'
import { isOpen } from '../../src/model/run/replay.ts'
import type { ChangeState, RunState } from '../../src/model/run/state.ts'
import { REAL } from '../../src/model/timing.ts'
import { Town } from '../engine/town.ts'
import { NARROW, playbookOf } from './stuck-suite.ts'
import { find, type Range, type Subject } from './suite.ts'

/** The lab behind a range, so that it can refuse what is asked of it. */
export interface RefusingRange extends Range {
  lab: Pick<Lab, 'faults' | 'calls'>
}

/** With what a cloud refuses a write, by the code and status on the wire. */
export interface Refusal {
  code: string
  status: number
}

/** Whether every refusal is tried on every name of a quarantine; else the names take turns with the refusals. */
const isWhole = process.env['CONTRACT_EVERY'] === '1'
/** Names on which a quarantine is tried. */
const NAMES = isWhole ? 3 : 2

/** Rungs that are refused one after the other. */
const DEEPEST = 2

/**
 * The law of a plan that is what happens, over the real client and the wire: each write that an interruption makes is refused in
 * turn, and so is the next rung. In every case, nothing that was there before is taken away or
 * replaced unless the plan shows it; every change is held; and a change that did nothing does not pass for done.
 */
export function plannedSuite(
  provider: Provider,
  open: () => Promise<RefusingRange>,
  { subjects, refusals }: { subjects: readonly Subject[]; refusals: readonly Refusal[] },
): void {
  for (const subject of subjects) {
    const isQuarantine = subject.interruption.id.endsWith('.quarantine')
    for (const [nth, name] of subject.names.slice(0, isQuarantine ? NAMES : 1).entries()) {
      describe(`${subject.interruption.id} on ${name}`, () => {
        let range: RefusingRange
        let town: Town
        let runs = 0
        let original: Identity | undefined
        beforeAll(async () => {
          range = await open()
          town = await Town.open()
        })
        afterAll(async () => {
          await range.close()
          await town.close()
        })

        const turn = refusals.filter((_, index) => index === nth % refusals.length)
        it.each(isQuarantine && isWhole ? refusals : turn)(
          'does what its plan shows, whichever writes are refused: %o',
          async refusal => {
            const seed = range.snapshot()
            const waiting: string[][] = [[]]
            const tried = new Set<string>()
            for (let refused = waiting.shift(); refused !== undefined; refused = waiting.shift()) {
              const id = [...refused].sort().join(' ')
              if (tried.has(id)) continue
              tried.add(id)
              const made = await judge(refused, refusal)
              expect(range.snapshot(), `restored, with ${id} refused`).toEqual(seed)
              if (refused.length >= DEEPEST) continue
              for (const each of made) if (!refused.includes(each)) waiting.push([...refused, each])
            }
            expect(tried.size, 'a write was refused').toBeGreaterThan(1)
          },
        )

        /** Contains with some writes refused, judges what came of it, and restores. Returns the writes that were tried. */
        async function judge(refused: readonly string[], { code, status }: Refusal): Promise<string[]> {
          const run = `run${runs++}`
          const before = await facetOf(run)
          range.lab.calls.clear()
          for (const operation of refused) {
            const trouble = { kind: 'error', code, status, message: 'refused, says the law' } as const
            const rule: FaultRule = { trouble, operation, times: 0 }
            range.lab.faults.add(rule)
          }
          const state = await town.contain(world(), run, playbookOf(subject, name), NARROW)
          // A batch carries reads.
          const made = range
            .writes()
            .map(wireName)
            .filter(each => !each.endsWith('/$batch'))
          range.lab.faults.clear()
          const [change] = [...state.changes.values()]
          if (!change) throw new Error(`nothing was planned: ${JSON.stringify(state.plan.refused)}`)
          judgeFacets(change, before, await facetOf(run, change), `with ${refused.join(', ')} refused`)
          if (isOpen(state)) expect(isOpen(await town.restore(world(), run))).toBe(false)
          return made
        }

        function judgeFacets(change: ChangeState, before: Facet, after: Facet, when: string): void {
          const { planned, held, phase, fault } = change
          const shown = [...planned.differences, ...(planned.fallback ?? [])]
          const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
            entry => !same(entryOf(before, entry), entryOf(after, entry)),
          )
          for (const entry of changed) {
            expect(
              held.map(each => each.entry),
              `held, ${when}`,
            ).toContain(entry)
            if (entryOf(before, entry) === undefined) continue
            const wanted = shown.filter(each => each.entry === entry).map(({ to }) => to ?? null)
            expect(wanted, `${entry} in the plan, ${when}`).toContainEqual(entryOf(after, entry) ?? null)
          }
          if (changed.length > 0) return
          expect([phase, fault?.message ?? change.because], when).toEqual([
            expect.stringMatching(/^(failed|refused)$/),
            expect.any(String),
          ])
        }

        async function facetOf(run: string, change?: ChangeState): Promise<Facet> {
          const { interruption, params = {} } = subject
          original ??= await find(range.session, subject.interruption.on, name)
          const identity = change?.identity ?? original
          const context = {
            run,
            now: range.now(),
            identity,
            params: interruption.params.parse(params) as RunState['plan']['inputs'],
            exhausted: [],
            held: (change?.held ?? []).map(({ entry }) => entry),
          }
          const reading = await interruption.read(range.session.client, context)
          if (!reading) throw new Error('it is gone')
          return reading.facet
        }

        function world(): World {
          const interruptions = [subject.interruption]
          return {
            timing: REAL,
            providers: new Map([[provider.cloud, { ...provider, interruptions }]]),
            sessions: [range.session],
            unreached: [],
            target: { kind: 'lab', at: 'law' },
            clock: () => range.now(),
            listen: () => undefined,
            patience: 1000,
          }
        }
      })
    }
  }
}

/** The lab's name of an operation, without the service that some clouds count it under. */
function wireName(operation: string): string {
  return operation.replace(/^[a-z0-9]+:(?=[A-Z])/, '')
}
