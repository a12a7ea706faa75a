import { type Entry, isOpen, isOwed, type RunState } from './today.ts'

/** A run in numbers and words that outlive the form of its entries. */
export function factsOf(state: RunState): object {
  const { actor, reason, ticket, startedAt, due, cause, plan, unreached, head } = state
  return {
    ...outcomeOf(state),
    by: `${actor.user}@${actor.host}`,
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    ...(cause === undefined ? {} : { trigger: cause.trigger, events: cause.events.length }),
    startedAt,
    due,
    head: head.seq,
    planned: plan.changes.length,
    refused: plan.refused.length,
    spared: plan.spared.length,
    unreached: unreached.length,
    written: Object.fromEntries(
      [...state.changes.values()].flatMap(({ key, writtenAt }) =>
        writtenAt === undefined ? [] : [[key, writtenAt]],
      ),
    ),
  }
}

/** The end of a run, without times: the same each time that the same is done. */
export function outcomeOf(state: RunState): object {
  const { finished, restore, rotation, swept, newcomers, found } = state
  const changes = [...state.changes.values()]
  return {
    ...(finished === undefined ? {} : { finished }),
    ...(restore === undefined ? {} : { restore: restore.finished ?? 'unfinished' }),
    ...(rotation === undefined ? {} : { rotation: rotation.finished ?? 'unfinished' }),
    open: isOpen(state),
    swept,
    newcomers: newcomers.size,
    credentials: found.length,
    changes: Object.fromEntries(
      changes.map(each => [
        each.key,
        {
          phase: each.phase,
          held: each.held.length,
          owed: each.held.filter(isOwed).length,
          set: each.set,
          denied: each.denied,
          ...(each.countered === undefined ? {} : { countered: each.countered.count }),
          ...(each.contested === undefined ? {} : { contested: true }),
          ...(each.rotation?.done === undefined ? {} : { rotated: true }),
          ...(each.restored.length === 0
            ? {}
            : { decisions: counted(each.restored.map(({ decision }) => decision)) }),
        },
      ]),
    ),
  }
}

/** Ids of credentials that a run holds and that a restore leaves off unless they are named. */
export function keptOff(state: RunState): string[] {
  const kept = [...state.changes.values()].filter(
    ({ planned, held }) => planned.after === 'keep-off' && held.length > 0,
  )
  return [...new Set(kept.map(({ identity }) => identity.id))]
}

/** Whether a run, its restore and its rotation ended other than by an interruption. */
export function isFinished({ finished, restore, rotation }: RunState): boolean {
  const unfinished = [restore, rotation].some(each => each !== undefined && each.finished === undefined)
  return finished !== undefined && finished !== 'interrupted' && !unfinished
}

/** Every type of entry that a journal may have. The compiler refuses a list that lacks one or has another. */
const TYPES: { readonly [Type in Entry['type']]: true } = {
  'run.started': true,
  'lease.taken': true,
  'run.reached': true,
  'clock.accepted': true,
  'holds.unknown': true,
  'approval.used': true,
  'run.extended': true,
  'approval.bypassed': true,
  'change.added': true,
  'change.intended': true,
  'change.written': true,
  'change.countered': true,
  'change.contested': true,
  'change.already': true,
  'change.gone': true,
  'change.refused': true,
  'change.failed': true,
  'change.postponed': true,
  'change.reduced': true,
  'change.verified': true,
  'sweep.found': true,
  'sweep.failed': true,
  'sweep.done': true,
  'newcomers.known': true,
  'newcomers.found': true,
  'run.finished': true,
  'restore.started': true,
  'restore.intended': true,
  'restore.written': true,
  'restore.verified': true,
  'restore.failed': true,
  'restore.finished': true,
  'rotation.started': true,
  'rotation.intended': true,
  'rotation.created': true,
  'rotation.orphaned': true,
  'rotation.stored': true,
  'rotation.tried': true,
  'credential.rotated': true,
  'rotation.deleted': true,
  'rotation.failed': true,
  'rotation.finished': true,
}

export const entryTypes: readonly string[] = Object.keys(TYPES)

function counted(words: readonly string[]): { [word: string]: number } {
  const counts: { [word: string]: number } = {}
  for (const word of words.toSorted()) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
