import { toFault, unlessBug } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Verb } from '../model/interruption.ts'
import type { Note } from '../model/note.ts'
import type { PlannedChange } from '../model/plan.ts'
import type { Step } from '../model/playbook/playbook.ts'
import type { Reachable } from '../model/provider.ts'
import { inLanes, laneOf } from './lanes.ts'
import { sessionOf, type World } from './world.ts'

/** Verbs that stop a principal, after which the sessions of what it has become go on. */
const STOPS: readonly Verb[] = ['guard', 'quarantine', 'disable', 'revoke-sessions', 'detach']

/** Lists once what each principal may become, however often it is asked for within one plan. */
export type ReachList = (identity: Identity) => Promise<Reachable[]>

/** Returns an empty list of what contained identities reach. */
export function reachList(world: World): ReachList {
  const lists = new Map<string, Promise<Reachable[]>>()
  return identity => {
    const list =
      lists.get(identity.id) ?? sessionOf(world, identity).assumable?.(identity) ?? Promise.resolve([])
    lists.set(identity.id, list)
    return list
  }
}

/** A listing that was refused leaves the run incomplete, and is named. */
async function reached(world: World, listed: ReachList, identity: Identity): Promise<Reachable[]> {
  try {
    return await listed(identity)
  } catch (error) {
    const { code, message } = toFault(error)
    if (code !== 'denied' && code !== 'unsupported') throw error
    const { kind, name } = identity
    sessionOf(world, identity).warnings.push({
      message: `the roles that ${kind} ${name} may assume are not included: ${message}`,
      refuse: false,
      missing: [kind],
    })
    return []
  }
}

/** Roles that a selected principal may assume, where a step includes them. */
export async function included(
  world: World,
  listed: ReachList,
  selected: readonly { identity: Identity; steps: Step[] }[],
): Promise<{ identity: Identity; steps: Step[] }[]> {
  const found = new Map<string, { identity: Identity; steps: Step[] }>()
  for (const { identity, steps } of selected) {
    const including = steps.filter(({ include }) => include?.includes('assumable-roles'))
    if (including.length === 0) continue
    for (const each of await reached(world, listed, identity)) {
      const known = found.get(each.identity.id)?.steps ?? []
      found.set(each.identity.id, { identity: each.identity, steps: [...new Set([...known, ...including])] })
    }
  }
  return [...found.values()]
}

/**
 * Names what each stopped principal may become and the plan does not stop: sessions that it has of it go on. Where that could
 * not be listed, the note says so.
 */
export async function reachNotes(
  world: World,
  listed: ReachList,
  changes: readonly PlannedChange[],
): Promise<Note[]> {
  const stopped = new Map<string, Identity>()
  for (const { identity, verb } of changes) {
    if (identity.owner === undefined && STOPS.includes(verb)) stopped.set(identity.id, identity)
  }
  const notes = new Map<string, Note[]>()
  await inLanes(
    [...stopped.values()].map(identity => [identity]),
    identity => laneOf({ identity }),
    async group => {
      for (const identity of group) notes.set(identity.id, await notesOf(world, listed, identity, stopped))
    },
  )
  return [...stopped.keys()].flatMap(id => notes.get(id) ?? [])
}

async function notesOf(
  world: World,
  listed: ReachList,
  identity: Identity,
  stopped: ReadonlyMap<string, Identity>,
): Promise<Note[]> {
  const note = (text: string): Note => ({ identity: identity.id, text })
  if (!sessionOf(world, identity).assumable) return []
  try {
    const found = await listed(identity)
    return found
      .filter(each => !stopped.has(each.identity.id))
      .map(({ identity: { kind, name }, because, revoke }) =>
        note(
          `may have sessions of ${kind} ${name} (${because}), which go on; a step with include: [assumable-roles] stops them, or: ${revoke}`,
        ),
      )
  } catch (error) {
    const fault = unlessBug(error)
    return [note(`which roles it may assume is not known: ${fault.message}`)]
  }
}
