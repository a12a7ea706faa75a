import type { Difference } from '../model/facet.ts'
import type { Json } from '../model/json.ts'
import type { PlannedChange } from '../model/plan.ts'
import type { ChangeState } from '../model/run/state.ts'
import type { ChangeResult } from '../toolkit/results/change.ts'
import { entryName } from './entry.ts'
import { plain } from './text.ts'

const MOST = 6

/** Text for the fallback of a change, if the cloud refuses the deny that the plan shows first; undefined without one. */
export function fallbackText({ fallback = [], noFallback, seen }: PlannedChange): string | undefined {
  if (fallback.length > 0) return `if the cloud refuses this: ${settingsText(fallback, seen)}`
  return noFallback === undefined
    ? undefined
    : `if the cloud refuses this it stops here: what is left ${plain(noFallback)}`
}

/** Text for the fallback that was carried out after the cloud refused the planned deny; undefined where none was. */
export function takenText(change: ChangeState): string | undefined {
  const { without = [], reduced = '', planned } = change
  const instead = insteadOf(change)
  if (without.length === 0 || instead.length === 0) return undefined
  const refused = without.map(entry => entryName(entry, planned.seen)).join(', ')
  return `the cloud refused ${refused} (${plain(reduced)}); instead: ${settingsText(instead, planned.seen)}`
}

/** Settings that a change holds and its plan shows only as the fallback, with what they are to people. */
export function takenJson(change: ChangeState): NonNullable<ChangeResult['instead']> {
  return insteadOf(change).map(({ entry, from, to }) => ({
    entry,
    name: entryName(entry, change.planned.seen),
    before: from,
    ours: to,
  }))
}

function insteadOf({ held, planned }: ChangeState): Difference[] {
  return held
    .filter(({ entry }) => !planned.differences.some(each => each.entry === entry))
    .filter(({ until }) => until === undefined)
    .map(({ entry, before, after }) => ({ entry, from: before, to: after }))
}

function settingsText(settings: readonly Difference[], seen: Json | undefined): string {
  const texts = settings.slice(0, MOST).map(({ entry, from, to }) => {
    const verb = to === undefined ? 'remove' : from === undefined ? 'add' : 'change'
    return `${verb} ${entryName(entry, seen)}`
  })
  return settings.length > MOST
    ? `${texts.join('; ')}; and ${settings.length - MOST} more (--json)`
    : texts.join('; ')
}
