import PQueue from 'p-queue'
import { VERBS } from '../model/interruption.ts'
import type { PlannedChange } from '../model/plan.ts'
import { bound } from '../model/purpose.ts'

/** Identities worked on at once in one account; the provider's own lane limits the calls. */
const IDENTITIES_AT_ONCE = 8
/** Over all accounts: an organisation may have hundreds of them. */
const IN_ALL = 64

/** Runs a task when there is room for it among all that is under way. */
export type Limit = <Result>(task: () => Promise<Result>) => Promise<Result>

/** Work of one account that has to be over before the next segment begins. */
export type Segment<Item> =
  /** Groups side by side, each in its own order. */
  | { kind: 'groups'; groups: Item[][] }
  /** Items that are carried out as one. */
  | { kind: 'wave'; items: Item[] }

/** The work on each group and each wave of a lane. */
export interface Work<Item> {
  group(group: Item[]): Promise<void>
  /** Calls of a wave that need not be made in one turn go through the limit. */
  wave(items: Item[], limit: Limit): Promise<void>
}

/** A principal and its credentials are one group: what is done to one must not race what is done to the other. */
export function groupOf(change: PlannedChange): string {
  return change.identity.owner ?? change.identity.id
}

/** Returns the name of an identity's lane: its account. */
export function laneOf({ identity }: { identity: { cloud: string; account: string } }): string {
  return `${identity.cloud}:${identity.account}`
}

/** The place of a verb in the order in which one identity is cut. */
export function rankOf({ verb }: PlannedChange): number {
  return VERBS.indexOf(verb)
}

/** Changes by group; in each, by the order of the verbs, credentials and principal together. */
export function inGroups<Item>(
  items: Iterable<Item>,
  plannedOf: (item: Item) => PlannedChange,
  direction: 'contain' | 'restore',
): Item[][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const name = groupOf(plannedOf(item))
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  for (const group of groups.values()) {
    group.sort((a, b) => rankOf(plannedOf(a)) - rankOf(plannedOf(b)))
    if (direction === 'restore') group.reverse()
  }
  return [...groups.values()]
}

/**
 * Runs lanes side by side, the segments of each one after the other. The first error stops what has not begun and is
 * thrown once everything in hand has ended; so a task records its own faults and throws only what must stop the run.
 */
export async function runLanes<Item>(
  lanes: Iterable<readonly Segment<Item>[]>,
  work: Work<Item>,
): Promise<void> {
  const all = new PQueue({ concurrency: IN_ALL })
  const limit: Limit = async task => await all.add(bound(task))
  let stop: { error: unknown } | undefined
  const guarded = async (task: () => Promise<void>) => {
    if (stop) return
    try {
      await task()
    } catch (error) {
      stop ??= { error }
    }
  }
  await Promise.all(
    [...lanes].map(async segments => {
      const lane = new PQueue({ concurrency: IDENTITIES_AT_ONCE })
      for (const segment of segments) {
        if (segment.kind === 'wave') await guarded(() => work.wave(segment.items, limit))
        else {
          await Promise.all(
            segment.groups.map(group => lane.add(bound(() => limit(() => guarded(() => work.group(group)))))),
          )
        }
      }
    }),
  )
  if (stop) throw stop.error
}

/** Runs groups of which none waits for another: one lane an account. */
export async function inLanes<Item>(
  groups: readonly Item[][],
  laneOf: (item: Item) => string,
  work: (group: Item[]) => Promise<void>,
): Promise<void> {
  const lanes = new Map<string, Item[][]>()
  for (const group of groups) {
    const [first] = group
    if (first === undefined) continue
    const name = laneOf(first)
    const lane = lanes.get(name)
    if (lane) lane.push(group)
    else lanes.set(name, [group])
  }
  await runLanes(
    [...lanes.values()].map(each => [{ kind: 'groups', groups: each }]),
    { group: work, wave: async () => undefined },
  )
}
