import { placeOfRun, runCommand } from '../command-text.ts'
import type { Entry } from '../entry.ts'
import { Fault } from '../fault.ts'
import type { Note } from '../note.ts'
import type { ChangeState, RunState } from './state.ts'

const TYPES = [
  'rotation.intended',
  'rotation.created',
  'rotation.orphaned',
  'rotation.stored',
  'rotation.tried',
  'credential.rotated',
  'rotation.deleted',
  'rotation.failed',
] as const

/** Entries about the rotation of one change. */
export type RotationEntry = Extract<Entry, { type: (typeof TYPES)[number] }>

const NAMES: ReadonlySet<string> = new Set(TYPES)

/** Whether an entry is about the rotation of one change. */
export function isRotationEntry(entry: Entry): entry is RotationEntry {
  return NAMES.has(entry.type)
}

/** Carries a run forward by an entry about its rotation, in place. */
export function stepRunRotation(
  state: RunState,
  entry: Extract<Entry, { type: 'rotation.started' | 'rotation.finished' }>,
): void {
  if (entry.type === 'rotation.finished') {
    if (!state.rotation) return
    state.rotation.finished = entry.status
    if (entry.fault) state.rotation.fault = entry.fault
    else delete state.rotation.fault
    return
  }
  const { at, actor, reason, keys, into, remove, includeProtected, restore } = entry
  state.rotation = {
    ...{ at, actor, reason, keys, into, remove },
    ...(includeProtected ? { includeProtected } : {}),
    ...(restore ? { restore } : {}),
  }
}

/** Carries a change forward by one entry of a rotation, in place. */
export function stepRotation(change: ChangeState, entry: RotationEntry): void {
  if (entry.type === 'rotation.intended') {
    const { rotation, place, before, at } = entry
    const orphans = change.rotation?.orphans ?? []
    change.rotation = { rotation, place, orphans, attempt: { since: at, before } }
    return
  }
  if (entry.type === 'rotation.failed') {
    const { attempt: _, orphans = [], place = '', rotation = '', ...rest } = change.rotation ?? {}
    change.rotation = { ...rest, rotation, place, orphans, fault: entry.fault }
    return
  }
  const { rotation } = change
  if (!rotation) return
  const { attempt } = rotation
  switch (entry.type) {
    case 'rotation.created':
      if (attempt) Object.assign(attempt, { name: entry.name, id: entry.id })
      return
    case 'rotation.orphaned': {
      const { name, outcome, because } = entry
      rotation.orphans.push({ name, outcome, ...(because === undefined ? {} : { because }) })
      return
    }
    case 'rotation.stored':
      if (attempt) attempt.stored = true
      return
    case 'rotation.tried':
      if (attempt) attempt.tried = entry.result
      if (rotation.done) rotation.done.tried = entry.result
      return
    case 'credential.rotated': {
      const { at, name, id, place } = entry
      rotation.done = {
        at,
        name,
        id,
        place,
        before: attempt?.before ?? [],
        ...(attempt?.tried ? { tried: attempt.tried } : {}),
        ...(entry.ofOwner ? { ofOwner: true } : {}),
      }
      delete rotation.attempt
      delete rotation.fault
      if (entry.ofOwner) return
      change.kept = change.held
      change.held = []
      change.phase = 'rotated'
      delete change.fault
      return
    }
    case 'rotation.deleted':
      rotation.oldDeleted = true
      return
  }
}

/** Returns what a person has to do about the credentials of a run that were replaced, or were left of an attempt. */
export function rotationNotes({ changes }: Pick<RunState, 'changes'>): Note[] {
  return [...changes.values()].flatMap(({ identity, rotation }) => {
    const old =
      rotation?.done && !rotation.oldDeleted
        ? [
            rotation.done.ofOwner
              ? `${rotation.done.name} is to replace ${rotation.done.before.join(', ')}: delete these before access returns`
              : `replaced by ${rotation.done.name}; stays off for good: delete it once nothing misses it`,
          ]
        : []
    const left = (rotation?.orphans ?? [])
      .filter(({ outcome }) => outcome !== 'deleted')
      .map(({ name, outcome, because }) =>
        outcome === 'disabled'
          ? `${name} appeared while it was being replaced, and was switched off: see whose it is, and delete it`
          : `${name} may have been left by an attempt to replace it (${because ?? 'it could not be removed'}): see whose it is`,
      )
    return [...old, ...left].map(text => ({ identity: identity.id, text }))
  })
}

/** Names of the old credentials that rotations of a run have deleted. */
export function deletedBy({ changes }: Pick<RunState, 'changes'>): Set<string> {
  const names = [...changes.values()].flatMap(({ identity, rotation }) => {
    if (!rotation?.oldDeleted) return []
    return rotation.done?.ofOwner ? rotation.done.before : [identity.name]
  })
  return new Set(names)
}

/** Ids of the credentials that rotations of a run put in place, or are about to. */
export function issuedBy(state: RunState): string[] {
  return [...state.changes.values()].flatMap(({ rotation }) =>
    [rotation?.attempt?.id, rotation?.done?.id].filter(id => id !== undefined),
  )
}

/** A restore that was to follow a rotation, and was not begun. */
export function owesRestore({ rotation, restore }: RunState): boolean {
  if (!rotation?.restore || isRotating({ rotation })) return false
  return rotation.finished !== undefined && (restore === undefined || restore.at < rotation.at)
}

/** A rotation that a crash or a Ctrl-C left: something may have been created that nobody has the secret of. */
export function isRotating({ rotation }: Pick<RunState, 'rotation'>): boolean {
  return rotation !== undefined && (rotation.finished === undefined || rotation.finished === 'interrupted')
}

/** Fault `refused` while a rotation is in hand: something may exist that nobody has the secret of. */
export function refuseRotating(state: RunState): void {
  if (!isRotating(state)) return
  throw new Fault('refused', `a rotation of run ${state.run} was not finished`, {
    where: state.run,
    next: `${runCommand('resume', placeOfRun(state))} accounts for what it created and goes on`,
  })
}
