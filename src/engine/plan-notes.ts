import type { Identity } from '../model/identity.ts'
import type { Note } from '../model/note.ts'
import type { Plan, PlannedChange } from '../model/plan.ts'
import { interruptionOf, sessionOf, type World } from './world.ts'

/** Seconds are an estimate: about five writes a second and account, each looked at again; or what a quota makes of it. */
export function callsOf(world: World, changes: readonly PlannedChange[]): Plan['calls'] {
  const made = world.sessions.flatMap(session => Object.values(session.calls()))
  const writes = changes.reduce((sum, change) => sum + toWrite(change), 0)
  const calls: Plan['calls'] = {
    reads: made.reduce((sum, each) => sum + each, 0),
    writes,
    seconds: Math.ceil(writes / 5) + 1,
  }
  const cut = new Map<string, Identity[]>()
  for (const change of changes) {
    const { interruption, identity } = change
    if (toWrite(change) > 0) cut.set(interruption, [...(cut.get(interruption) ?? []), identity])
  }
  for (const [id, identities] of cut) {
    const seconds = Math.ceil(interruptionOf(world, id).seconds?.(identities) ?? 0)
    if (seconds <= calls.seconds) continue
    calls.seconds = seconds
    calls.slowest = id
  }
  return calls
}

/** Settings that are not as wanted yet. */
function toWrite({ differences, heldBy = [] }: PlannedChange): number {
  return differences.length - heldBy.length
}

/** Returns the steps that a person has to do for the identities of a plan. */
export function manualOf(world: World, changes: readonly PlannedChange[]): Note[] {
  return identitiesOf(changes).flatMap(identity =>
    (sessionOf(world, identity).manual?.(identity) ?? []).map(step => ({
      identity: identity.id,
      ...(typeof step === 'string' ? { text: step } : step),
    })),
  )
}

/** Returns what the changes leave alive. A provider gets all changes of an identity, its owner and its credentials. */
export function adviceOf(world: World, changes: readonly PlannedChange[]): Note[] {
  const done = new Map<string, Set<string>>()
  const add = (identity: string, interruption: string) =>
    done.set(identity, (done.get(identity) ?? new Set()).add(interruption))
  for (const { identity, interruption } of changes) {
    add(identity.id, interruption)
    if (identity.owner !== undefined) add(identity.owner, interruption)
  }
  return identitiesOf(changes).flatMap(identity => {
    const own = changes.filter(each => each.identity.id === identity.owner)
    const ids = new Set([...(done.get(identity.id) ?? []), ...own.map(each => each.interruption)])
    const texts = [
      ...changes.flatMap(each => (each.identity.id === identity.id ? leftIn(each) : [])),
      ...(world.providers.get(identity.cloud)?.advise?.(identity, [...ids].sort()) ?? []),
    ]
    return [...new Set(texts)].map(text => ({ identity: identity.id, text }))
  })
}

/** Who still reaches the identity after the cut, as its reading says: `Reading.seen.left`. */
function leftIn({ seen }: PlannedChange): string[] {
  if (typeof seen !== 'object' || seen === null || Array.isArray(seen) || !Array.isArray(seen['left']))
    return []
  return seen['left'].filter(each => typeof each === 'string')
}

function identitiesOf(changes: readonly PlannedChange[]): Identity[] {
  return [...new Map(changes.map(({ identity }) => [identity.id, identity])).values()]
}
