import type { Identity } from '../model/identity.ts'
import type { Plan, PlannedChange } from '../model/plan.ts'
import { count } from './text.ts'

/**
 * Returns the last line of a plan: `Plan: 3 to contain (4 changes), 0 to skip, 2 spared`. A credential counts with its owner, as in
 * the limit. `to skip` counts those for which nothing would be written.
 */
export function sumText({ changes, spared, refused, unreached, missing = [] }: Plan): string {
  const byPrincipal = Map.groupBy(changes, ({ identity }) => principalOf(identity))
  const writing = changes.filter(writes)
  const contained = [...byPrincipal.values()].filter(each => each.some(writes)).length
  const parts = [
    `${contained} to contain${contained === 0 ? '' : ` (${count(writing.length, 'change')})`}`,
    `${byPrincipal.size - contained} to skip`,
    `${new Set(spared.map(({ identity }) => principalOf(identity))).size} spared`,
    ...(refused.length > 0 ? [`${count(refused.length, 'change')} impossible`] : []),
    ...(missing.length > 0 ? [`${missing.length} not found`] : []),
    ...(unreached.length > 0 ? [`${count(unreached.length, 'account')} not reached`] : []),
  ]
  return `Plan: ${parts.join(', ')}`
}

function principalOf({ id, owner }: Identity): string {
  return owner ?? id
}

/** Whether carrying out the change would write anything: settings that other runs hold as wanted stay as they are. */
function writes({ differences, heldBy = [] }: PlannedChange): boolean {
  return differences.some(({ entry }) => !heldBy.some(each => each.entry === entry))
}
