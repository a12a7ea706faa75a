import type { Difference } from '../model/facet.ts'
import { entryOf } from '../model/facet.ts'
import { Fault } from '../model/fault.ts'
import type { Context, Interruption, Reading } from '../model/interruption.ts'
import { same } from '../model/json.ts'
import type { PlannedChange } from '../model/plan.ts'
import type { Holds } from '../model/run/holds.ts'
import { type TargetState, targetState } from './target-state.ts'

/** Rungs that a ladder may have: inline, attached, boundary, and one to spare. */
export const RUNGS = 4

/**
 * Returns what the rungs below a planned one would take away or replace of what was there before us: what a plan has to show
 * beside its differences, because the cloud may refuse our deny. Pure; empty where the rungs below only add something of ours.
 */
export function fallbackOf(
  interruption: Interruption,
  reading: Reading,
  context: Context,
  { holds, key, first }: { holds: Holds; key: string; first: TargetState },
): Difference[] {
  const found = new Map<string, Difference>()
  let exhausted = [...context.exhausted]
  let current = first
  for (let rung = 1; rung < RUNGS; rung++) {
    const given = current.differences.filter(each => each.to !== undefined && isWritten(current, each))
    if (given.length === 0) break
    exhausted = [...exhausted, ...given.map(({ entry }) => entry)]
    const below = { ...context, exhausted }
    if (interruption.refuse?.(reading.facet, below)) break
    current = targetState(interruption, reading, below, holds, key)
    for (const each of lossesOf(current)) {
      if (!isAmong(first.differences, each)) found.set(each.entry, each)
    }
  }
  return [...found.values()]
}

/**
 * Fault `refused` for a rung that would take away or replace something that the plan shows neither as its own change nor as its
 * fallback: the change stops there.
 *
 * @param because why the cloud refused the rung above
 */
export function checkPlanned(planned: PlannedChange, wanted: TargetState, because: string): void {
  const shown = [...planned.differences, ...(planned.fallback ?? [])]
  const unplanned = lossesOf(wanted).filter(each => !isAmong(shown, each))
  if (unplanned.length === 0) return
  const names = unplanned.map(({ entry }) => entry).join(', ')
  const why = planned.noFallback === undefined ? 'the plan does not show that' : planned.noFallback
  throw new Fault('refused', `${because}; what is left to do would change ${names}, and ${why}`, {
    where: planned.identity.id,
    next:
      planned.noFallback === undefined
        ? 'plan again, which shows what would be changed instead'
        : 'plan again with --accept-one-way, or with credentials that may put it back',
  })
}

/** Whether a rung takes away or replaces something that was there before us. */
export function isLossy(wanted: TargetState): boolean {
  return lossesOf(wanted).length > 0
}

function lossesOf(wanted: TargetState): Difference[] {
  return wanted.differences.filter(each => each.from !== undefined && isWritten(wanted, each))
}

/** It does not read so yet, by the work of another run. */
function isWritten({ from }: TargetState, { entry, to }: Difference): boolean {
  return !same(entryOf(from, entry), to)
}

function isAmong(some: readonly Difference[], { entry, from, to }: Difference): boolean {
  return some.some(each => each.entry === entry && same(each.from, from) && same(each.to, to))
}
