import { toFault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { Note } from '../model/note.ts'
import type { Blast, PlannedChange } from '../model/plan.ts'
import { inLanes, laneOf } from './lanes.ts'
import { sessionOf, type World } from './world.ts'

const HOUR_MS = 3_600_000

/** Who would notice: what uses the identities, and which of them were at work in the last hour. */
export async function blastOf(world: World, changes: readonly PlannedChange[], at: string): Promise<Blast> {
  const touched = [...new Map(changes.map(({ identity }) => [identity.id, identity])).values()]
  const found = new Map<string, Note[]>()
  const failed = new Map<string, Note>()
  await inLanes(
    touched.map(identity => [identity]),
    identity => laneOf({ identity }),
    async group => {
      for (const identity of group) {
        const { id } = identity
        try {
          const texts = (await sessionOf(world, identity).dependents?.(identity)) ?? []
          found.set(
            id,
            texts.map(text => ({ identity: id, text })),
          )
        } catch (error) {
          // A list that cannot be made must not stop a containment; it must not read as "nothing uses it" either.
          failed.set(id, { identity: id, text: toFault(error).message })
        }
      }
    },
  )
  const unlisted = touched.flatMap(({ id }) => failed.get(id) ?? [])
  return {
    dependents: touched.flatMap(({ id }) => found.get(id) ?? []),
    ...(unlisted.length > 0 ? { unlisted } : {}),
    active: touched.filter(({ facts }) => isActive(facts['lastUsed'], at)).map(({ id }) => id),
  }
}

function isActive(lastUsed: Json | undefined, at: string): boolean {
  return typeof lastUsed === 'string' && Date.parse(at) - Date.parse(lastUsed) < HOUR_MS
}
