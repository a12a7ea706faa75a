import type { PlannedChange } from '../model/plan.ts'
import type { Holds } from '../model/run/holds.ts'

/** The change of another run that a change joins instead of adding a second deny of its own. */
export type Joins = NonNullable<PlannedChange['joins']>

/** The runs that hold the settings which a change finds as it wants them, setting by setting. */
export function heldBy(
  joined: readonly string[],
  holds: Holds,
  { run, key, identity }: { run: string; key: string; identity: { id: string } },
): NonNullable<PlannedChange['heldBy']> {
  return joined.map(entry => ({
    entry,
    runs: [...new Set(holds.others(identity.id, entry, run, key).map(each => each.run))],
  }))
}
