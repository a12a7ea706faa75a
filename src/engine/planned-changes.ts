import type { PlannedChange, RefusedChange } from '../model/plan.ts'
import type { Holds } from '../model/run/holds.ts'
import { planChange, type Wanted } from './expand.ts'
import { inLanes, laneOf } from './lanes.ts'
import { checkOneWay } from './one-way.ts'
import { isQuarantined } from './planned-verbs.ts'
import type { World } from './world.ts'

/** A refusal of something that was not asked for refuses nothing else. */
function notAdded({ identity, interruption, because }: RefusedChange): string {
  return `${interruption} is not added to ${identity.kind} ${identity.name}, which may undo what is planned: ${because}`
}

/** Reads each and says what would change. @param options `at` is the time that the plan is made for, `ends` when it ends by itself; the rest as in `PlanRequest` */
export async function planChanges(
  world: World,
  {
    run,
    at,
    holds,
    acceptOneWay = false,
    ends,
  }: { run: string; at: string; holds: Holds; acceptOneWay?: boolean; ends?: string | undefined },
  wanted: readonly Wanted[],
): Promise<{ changes: PlannedChange[]; refused: RefusedChange[]; warnings: string[] }> {
  const changes: PlannedChange[] = []
  const refused: RefusedChange[] = []
  const warnings: string[] = []
  const planOne = async (each: Wanted, alone = false) => {
    const planned = await planChange(world, {
      ...{ ...each, run, at, holds, alone },
      ...(ends === undefined ? {} : { ends }),
    })
    if ('because' in planned) return planned
    return await checkOneWay(world, { run, change: planned, accept: acceptOneWay, warnings })
  }
  await inLanes(
    wanted.map(each => [each]),
    laneOf,
    async group => {
      for (const each of group) {
        const outcome = await planOne(each)
        if (!('because' in outcome)) changes.push(outcome)
        else if (each.companion) warnings.push(notAdded(outcome))
        else refused.push(outcome)
      }
    },
  )
  const byKey = new Map(wanted.map(each => [each.key, each]))
  for (const [index, change] of changes.entries()) {
    const own = byKey.get(change.key)
    if (!own?.interruption.dated || !change.joins || isQuarantined(change, changes)) continue
    const outcome = await planOne(own, true)
    // A refusal for lack of room leaves what the other run denies, which is joined.
    if (!('because' in outcome)) changes[index] = outcome
  }
  changes.sort((a, b) => (a.key < b.key ? -1 : 1))
  return { changes, refused, warnings }
}
