import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { World } from '../../src/engine/index.ts'
import { differences, entryOf, type Facet } from '../../src/model/facet.ts'
import { Fault, type FaultCode } from '../../src/model/fault.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Provider } from '../../src/model/provider.ts'
import type { Held } from '../../src/model/run/held-settings.ts'
import { isOpen } from '../../src/model/run/replay.ts'
import { restoreCounts } from '../../src/model/run/restore-fold.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { REAL } from '../../src/model/timing.ts'
import { Town } from '../engine/town.ts'
import { playbook } from '../engine/toy-cloud.ts'
import type { Range, Subject } from './suite.ts'

/** One identity is meant, by its name: the others of the seed are not read for each plan. */
export const NARROW = { narrow: true }

/** Whether every lens meets both faults; else the lenses of a cloud take turns. */
const isWhole = process.env['CONTRACT_EVERY'] === '1'
const FAULTS = ['denied', 'missing'] as const
/** Settings of one change that are tried, from the first to the last. */
const TRIED = { denied: isWhole ? 3 : 2, missing: isWhole ? 3 : 1 }

/**
 * The law of an undo that never gets stuck, over the real client and the wire: whichever setting of a cut cannot be put
 * back, the others come back, the figures say so, and the run can be closed.
 */
export function stuckSuite(
  provider: Provider,
  open: () => Promise<Range>,
  subjects: readonly Subject[],
): void {
  for (const [nth, subject] of subjects.entries()) {
    const [name = ''] = subject.names
    describe(`${subject.interruption.id} on ${name}`, () => {
      let range: Range
      let town: Town
      let runs = 0
      beforeAll(async () => {
        range = await open()
        town = await Town.open()
      })
      afterAll(async () => {
        await range.close()
        await town.close()
      })

      it.each(isWhole ? FAULTS : FAULTS.filter((_, index) => index === nth % FAULTS.length))(
        'is not stuck on a setting that is %s',
        async code => {
          const before = range.snapshot()
          let tried: string | undefined
          for (let nth = 0; nth < TRIED[code]; nth++) {
            const run = `run${runs++}`
            const held = await contain(run)
            const entry = held[nth]?.entry
            if (entry === undefined) {
              await town.restore(world(), run)
              break
            }
            tried = entry
            await getPast(run, held, entry, code)
            expect(range.snapshot(), entry).toEqual(before)
          }
          expect(tried).toBeDefined()
        },
      )

      async function contain(run: string): Promise<readonly Held[]> {
        const state = await town.contain(world(), run, playbookOf(subject, name), NARROW)
        const [change] = [...state.changes.values()]
        expect(change?.fault).toBeUndefined()
        return change?.held ?? []
      }

      async function getPast(run: string, held: readonly Held[], entry: string, code: FaultCode) {
        const state = await town.restore(world(refusing(entry, code)), run)
        const facet = await facetOf(state)
        for (const each of held) {
          if (each.entry === entry) continue
          expect(entryOf(facet, each.entry), each.entry).toEqual(each.before)
        }
        const isReleased = code === 'missing' && held.find(each => each.entry === entry)?.after === undefined
        expect(restoreCounts(state)).toMatchObject({
          putBack: held.length - 1,
          missing: isReleased ? 1 : 0,
          failed: isReleased ? 0 : 1,
        })
        expect(isOpen(state)).toBe(!isReleased)
        const left = [...state.changes.values()].flatMap(each => each.held.map(one => one.entry))
        expect(left).toEqual(isReleased ? [] : [entry])
        // A later restore tries what is left; what was released is given again here, so that the estate is as it was.
        if (isReleased) await giveAgain(state, held, entry)
        else expect(isOpen(await town.restore(world(), run))).toBe(false)
      }

      async function giveAgain(state: RunState, held: readonly Held[], entry: string): Promise<void> {
        const facet = await facetOf(state)
        const { interruption, context } = at(state)
        const value = held.find(each => each.entry === entry)?.before
        await interruption.write(
          range.session.client,
          facet,
          { ...facet, ...(value === undefined ? {} : { [entry]: value }) },
          context,
        )
      }

      async function facetOf(state: RunState): Promise<Facet> {
        const { interruption, context } = at(state)
        const reading = await interruption.read(range.session.client, context)
        if (!reading) throw new Error('it is gone')
        return reading.facet
      }

      function at(state: RunState) {
        const [change] = [...state.changes.values()]
        if (!change) throw new Error('no change')
        const { identity, planned } = change
        const { interruption } = subject
        const context = { run: state.run, now: range.now(), identity, params: planned.params, exhausted: [] }
        return { interruption, context }
      }

      function world(interruption: Interruption = subject.interruption): World {
        const interruptions = [interruption]
        return {
          timing: REAL,
          providers: new Map([[provider.cloud, { ...provider, interruptions }]]),
          sessions: [range.session],
          unreached: [],
          target: { kind: 'lab', at: 'law' },
          clock: () => range.now(),
          listen: () => undefined,
          patience: 2000,
        }
      }

      /** The cloud refuses the call about one setting, on the way back. */
      function refusing(entry: string, code: FaultCode): Interruption {
        const { interruption } = subject
        return {
          ...interruption,
          async write(client, from, to, context) {
            const open = differences(from, to)
            const others = open.filter(each => each.entry !== entry)
            if (others.length === open.length) return await interruption.write(client, from, to, context)
            throw new Fault(code, `refused: ${entry}`)
          },
        }
      }
    })
  }
}

export function playbookOf({ interruption, params = {} }: Subject, name: string): Playbook {
  const kinds = interruption.on.map(kind => `identity.kind == "${kind}"`).join(' || ')
  const quoted = JSON.stringify(name)
  return playbook([], '', {
    protect: ['false'],
    steps: [
      {
        name: 'it',
        select: `(${kinds}) && identity.name == ${quoted}`,
        interrupt: [{ use: interruption.id, params: interruption.params.parse(params) as never }],
      },
    ],
  })
}

/** One subject of each interruption, and no more: the way in and out is the engine's. */
export function oneOfEach(subjects: readonly Subject[]): Subject[] {
  const seen = new Set<string>()
  return subjects.filter(({ interruption }) => {
    if (seen.has(interruption.id)) return false
    seen.add(interruption.id)
    return true
  })
}
