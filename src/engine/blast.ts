import type { Blast, PlannedChange } from '../model/plan.ts'
import { sessionOf, type World } from './world.ts'

const HOUR_MS = 3_600_000

/** Who would notice: what uses the identities, and which of them were at work in the last hour. */
export async function blastOf(world: World, changes: readonly PlannedChange[], at: string): Promise<Blast> {
  const touched = new Map(changes.map(({ identity }) => [identity.id, identity]))
  const dependents: Blast['dependents'] = []
  const active: string[] = []
  for (const identity of touched.values()) {
    const { lastUsed } = identity.facts
    if (typeof lastUsed === 'string' && Date.parse(at) - Date.parse(lastUsed) < HOUR_MS) {
      active.push(identity.id)
    }
    const session = sessionOf(world, identity)
    // What cannot be asked for must not stop a containment: the list is a courtesy.
    const texts = await session.dependents?.(identity).catch(() => [])
    for (const text of texts ?? []) dependents.push({ identity: identity.id, text })
  }
  return { dependents, active }
}
