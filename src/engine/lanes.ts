import PQueue from 'p-queue'
import { VERBS, type Verb } from '../model/interruption.ts'
import type { PlannedChange } from '../model/plan.ts'

/** Identities worked on at once in one account; the provider's own lane limits the calls. */
const IDENTITIES_AT_ONCE = 8

/** A principal and its credentials are one group: what is done to one must not race what is done to the other. */
function groupOf(change: PlannedChange): string {
  return change.identity.owner ?? change.identity.id
}

/** Changes by group; in each, by the order of the verbs, credentials and principal together. */
export function inGroups<Item>(
  items: Iterable<Item>,
  plannedOf: (item: Item) => PlannedChange,
  direction: 'contain' | 'restore',
): Item[][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groupOf(plannedOf(item))
    groups.set(group, [...(groups.get(group) ?? []), item])
  }
  const rank = (verb: Verb) => VERBS.indexOf(verb)
  for (const group of groups.values()) {
    group.sort((a, b) => rank(plannedOf(a).verb) - rank(plannedOf(b).verb))
    if (direction === 'restore') group.reverse()
  }
  return [...groups.values()]
}

/**
 * Runs the groups, one lane an account, groups of a lane side by side. The first error stops what has not begun and is
 * thrown once everything in hand has ended; so a task records its own faults and throws only what must stop the run.
 */
export async function inLanes<Item>(
  groups: readonly Item[][],
  laneOf: (item: Item) => string,
  work: (group: Item[]) => Promise<void>,
): Promise<void> {
  const lanes = new Map<string, PQueue>()
  let stop: { error: unknown } | undefined
  const tasks = groups.map(group => {
    const [first] = group
    if (first === undefined) return Promise.resolve()
    const name = laneOf(first)
    const lane = lanes.get(name) ?? new PQueue({ concurrency: IDENTITIES_AT_ONCE })
    lanes.set(name, lane)
    return lane.add(async () => {
      if (stop) return
      try {
        await work(group)
      } catch (error) {
        stop ??= { error }
      }
    })
  })
  await Promise.all(tasks)
  if (stop) throw stop.error
}
