import type { ChangeState } from '../model/run/state.ts'
import { inGroups, laneOf, rankOf, runLanes, type Segment } from './lanes.ts'
import type { World } from './world.ts'

/**
 * Returns the work of each account in its order. Changes whose interruption is `together` become waves, each after
 * everything of a lower verb and before everything of a higher one; a restore runs the other way. Without such changes an
 * account is one segment, in which identities do not wait for each other.
 */
export function segments(
  world: World,
  changes: readonly ChangeState[],
  direction: 'contain' | 'restore',
): Segment<ChangeState>[][] {
  return [...byLane(changes).values()].map(lane => {
    const alone = lane.filter(change => !isTogether(world, change))
    const waves = wavesOf(lane.filter(change => isTogether(world, change)))
    const ordered: Segment<ChangeState>[] = []
    const groups = (from: number, to: number) => {
      const within = alone.filter(({ planned }) => rankOf(planned) > from && rankOf(planned) <= to)
      if (within.length === 0) return
      ordered.push({ kind: 'groups', groups: inGroups(within, ({ planned }) => planned, direction) })
    }
    let done = -1
    for (const { rank, items } of waves) {
      groups(done, rank)
      ordered.push({ kind: 'wave', items })
      done = Math.max(done, rank)
    }
    groups(done, Number.POSITIVE_INFINITY)
    return direction === 'contain' ? ordered : ordered.reverse()
  })
}

/** Each change once, in no order: what is `together` in one go, so that the provider can merge the calls. */
export async function forEachChange(
  world: World,
  changes: readonly ChangeState[],
  task: (change: ChangeState) => Promise<void>,
): Promise<void> {
  const lanes = [...byLane(changes).values()].flatMap((lane): Segment<ChangeState>[][] => {
    const alone = lane.filter(change => !isTogether(world, change))
    const together = lane.filter(change => isTogether(world, change))
    return [[{ kind: 'groups', groups: alone.map(change => [change]) }], [{ kind: 'wave', items: together }]]
  })
  await runLanes(lanes, {
    group: async group => {
      for (const change of group) await task(change)
    },
    wave: async (items, limit) => {
      await allOf(items.map(change => limit(() => task(change))))
    },
  })
}

/** Waits for all of them, and then throws the first error: what is in hand is never left behind. */
export async function allOf<Result>(tasks: readonly Promise<Result>[]): Promise<Result[]> {
  const settled = await Promise.allSettled(tasks)
  return settled.map(each => {
    if (each.status === 'rejected') throw each.reason
    return each.value
  })
}

function isTogether(world: World, { planned: { interruption } }: ChangeState): boolean {
  const cloud = interruption.slice(0, interruption.indexOf('.'))
  return world.providers.get(cloud)?.interruptions.find(({ id }) => id === interruption)?.together === true
}

/** By verb, then by interruption; one identity comes once in a wave, since its second change builds on its first. */
function wavesOf(changes: readonly ChangeState[]): { rank: number; items: ChangeState[] }[] {
  const waves = new Map<string, { rank: number; items: ChangeState[] }>()
  const times = new Map<string, number>()
  for (const change of changes) {
    const { interruption } = change.planned
    const name = `${interruption} ${change.identity.id}`
    const time = times.get(name) ?? 0
    times.set(name, time + 1)
    const wave = waves.get(`${interruption} ${time}`)
    if (wave) wave.items.push(change)
    else waves.set(`${interruption} ${time}`, { rank: rankOf(change.planned), items: [change] })
  }
  return [...waves.values()].sort((a, b) => a.rank - b.rank)
}

function byLane(changes: readonly ChangeState[]): Map<string, ChangeState[]> {
  const lanes = new Map<string, ChangeState[]>()
  for (const change of changes) {
    const lane = lanes.get(laneOf(change))
    if (lane) lane.push(change)
    else lanes.set(laneOf(change), [change])
  }
  return lanes
}
