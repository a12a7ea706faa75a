import type { Json } from '../model/json.ts'
import type { Blast, Note, PlannedChange } from '../model/plan.ts'
import { inLanes, laneOf } from './lanes.ts'
import { sessionOf, type World } from './world.ts'

const HOUR_MS = 3_600_000

/** Who would notice: what uses the identities, and which of them were at work in the last hour. */
export async function blastOf(world: World, changes: readonly PlannedChange[], at: string): Promise<Blast> {
  const touched = [...new Map(changes.map(({ identity }) => [identity.id, identity])).values()]
  const found = new Map<string, Note[]>()
  await inLanes(
    touched.map(identity => [identity]),
    identity => laneOf({ identity }),
    async group => {
      for (const identity of group) {
        // What cannot be asked for must not stop a containment: the list is a courtesy.
        const texts = await sessionOf(world, identity)
          .dependents?.(identity)
          .catch(() => [])
        found.set(
          identity.id,
          (texts ?? []).map(text => ({ identity: identity.id, text })),
        )
      }
    },
  )
  return {
    dependents: touched.flatMap(({ id }) => found.get(id) ?? []),
    active: touched.filter(({ facts }) => isActive(facts['lastUsed'], at)).map(({ id }) => id),
  }
}

function isActive(lastUsed: Json | undefined, at: string): boolean {
  return typeof lastUsed === 'string' && Date.parse(at) - Date.parse(lastUsed) < HOUR_MS
}
