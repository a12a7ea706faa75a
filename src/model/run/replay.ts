import type { Entry, EntryOf } from '../entry.ts'
import type { Note } from '../note.ts'
import type { Plan, PlannedChange } from '../plan.ts'
import { stepChange } from './contain-fold.ts'
import { isOwed } from './held-settings.ts'
import { noNewcomers, stepNewcomers } from './newcomer-fold.ts'
import { isRestoreEntry, stepRestore } from './restore-fold.ts'
import { deletedBy, isRotationEntry, rotationNotes, stepRotation, stepRunRotation } from './rotation-fold.ts'
import type { RunState } from './state.ts'

/**
 * State is a fold over the journal: every prefix is a valid state. The first entry is always `run.started`.
 *
 * @param from the state of the entries before these, which is carried forward in place
 */
export function replay(entries: Iterable<Entry>, from?: RunState): RunState | undefined {
  let state = from
  for (const entry of entries) {
    if (entry.type === 'run.started') state = start(entry)
    if (!state) return undefined
    step(state, entry)
    state.head = { seq: entry.seq, hash: entry.hash }
  }
  return state
}

/** Carries a state forward by one entry, in place. */
export function step(state: RunState, entry: Entry): void {
  switch (entry.type) {
    case 'run.started':
    case 'lease.taken':
    case 'holds.unknown':
    case 'clock.accepted':
      return
    case 'run.extended':
      state.due = entry.due
      return
    case 'approval.used': {
      const by = entry.approvals.map(({ approver, fingerprint, nonce }) => ({ approver, fingerprint, nonce }))
      state.approvals = [...(state.approvals ?? []), { act: entry.act, at: entry.at, by }]
      return
    }
    case 'approval.bypassed':
      state.approvals = [
        ...(state.approvals ?? []),
        { act: entry.act, at: entry.at, by: [], bypassed: entry.reason },
      ]
      return
    case 'run.reached':
      state.unreached = state.unreached.filter(
        each => each.cloud !== entry.cloud || each.account !== entry.account,
      )
      state.unreached.push(...entry.plan.unreached)
      state.plan.callers.push(...entry.plan.callers)
      for (const change of entry.plan.changes) add(state, change)
      state.plan.counts = together(state.plan.counts, entry.plan.counts)
      state.plan.refused.push(...entry.plan.refused)
      state.plan.spared.push(...entry.plan.spared)
      state.plan.overruled = [...(state.plan.overruled ?? []), ...(entry.plan.overruled ?? [])]
      Object.assign(state.plan.known, entry.plan.known)
      if (entry.plan.reachable) {
        state.plan.reachable = [...(state.plan.reachable ?? []), ...entry.plan.reachable]
      }
      listAgain(state, entry)
      if (entry.plan.unknown) state.plan.unknown = { ...state.plan.unknown, ...entry.plan.unknown }
      state.plan.manual = [...(state.plan.manual ?? []), ...(entry.plan.manual ?? [])]
      state.plan.advice = [...(state.plan.advice ?? []), ...(entry.plan.advice ?? [])]
      return
    case 'change.added':
      add(state, entry.change)
      return
    case 'sweep.found':
      state.found.push({ owner: entry.owner, identity: entry.identity, contained: entry.contained })
      return
    case 'sweep.failed':
      state.swept = false
      state.unswept = state.unswept.filter(({ owner }) => owner !== entry.owner)
      state.unswept.push({ owner: entry.owner, fault: entry.fault })
      return
    case 'sweep.done':
      state.swept = true
      state.unswept = []
      return
    case 'newcomers.known':
    case 'newcomers.found':
      stepNewcomers(state, entry)
      return
    case 'run.finished':
      state.finished = entry.status
      return
    case 'restore.started':
      for (const change of state.changes.values()) change.restored = []
      state.restore = {
        at: entry.at,
        actor: entry.actor,
        reason: entry.reason,
        only: entry.only,
        options: entry.options,
      }
      return
    case 'restore.finished':
      if (state.restore) state.restore.finished = entry.status
      return
    case 'rotation.started':
    case 'rotation.finished':
      stepRunRotation(state, entry)
      return
    default: {
      const change = state.changes.get(entry.key)
      if (!change) return
      if (isRotationEntry(entry)) stepRotation(change, entry)
      else if (isRestoreEntry(entry)) stepRestore(change, entry)
      else stepChange(change, entry)
    }
  }
}

/**
 * Returns a plan to which later entries may add. The entry is evidence, so it has its own lists; their items, of which a plan may
 * have thousands, are the same: nothing changes them.
 */
function growing(plan: Plan): Plan {
  const { callers, refused, spared, known } = plan
  return {
    ...plan,
    callers: [...callers],
    refused: [...refused],
    spared: [...spared],
    known: { ...known },
  }
}

function start(entry: Extract<Entry, { type: 'run.started' }>): RunState {
  const state: RunState = {
    run: entry.run,
    startedAt: entry.at,
    actor: entry.actor,
    reason: entry.reason,
    ...(entry.ticket === undefined ? {} : { ticket: entry.ticket }),
    due: entry.due,
    ...(entry.cause === undefined ? {} : { cause: entry.cause }),
    plan: growing(entry.plan),
    unreached: entry.plan.unreached,
    changes: new Map(),
    found: [],
    swept: false,
    unswept: [],
    ...noNewcomers(),
    head: { seq: entry.seq, hash: entry.hash },
  }
  for (const change of entry.plan.changes) add(state, change)
  return state
}

/** The limit is that of the run; what was counted is of both plans. */
function together(all: Plan['counts'], part: Plan['counts']): Plan['counts'] {
  return {
    ...all,
    listed: all.listed + part.listed,
    principals: (all.principals ?? 0) + (part.principals ?? 0),
    touched: all.touched + part.touched,
  }
}

function add(state: RunState, planned: PlannedChange): void {
  if (state.changes.has(planned.key)) return
  state.swept = false
  state.changes.set(planned.key, {
    key: planned.key,
    planned,
    identity: planned.identity,
    phase: 'planned',
    held: [],
    set: false,
    denied: null,
    drift: [],
    undone: [],
    left: [],
    restored: [],
  })
}

/** A run that still owes something back; what a restore left off on purpose is held, and not owed. */
export function isOpen(state: RunState): boolean {
  return [...state.changes.values()].some(({ held }) => held.some(isOwed))
}

/** Returns what a person has to do by hand, for identities that the run still holds. */
export function openManual(state: RunState): Note[] {
  const { changes } = state
  const rotated = rotationNotes({ changes })
  const held = new Set(
    [...changes.values()].filter(({ held }) => held.length > 0).map(({ identity }) => identity.id),
  )
  return [...manualSteps(state).filter(({ identity }) => held.has(identity)), ...rotated]
}

/** Returns what the plan left to a person, without what a rotation has done since. */
export function manualSteps({ plan, changes }: Pick<RunState, 'plan' | 'changes'>): Note[] {
  const gone = deletedBy({ changes })
  return (plan.manual ?? []).filter(({ replaced }) => !replaced?.every(name => gone.has(name)))
}

/** An account was listed again: what could not be listed of it is what could not be listed now. */
function listAgain(state: RunState, { cloud, account, plan }: EntryOf<'run.reached'>): void {
  const others = (state.plan.unlisted ?? []).filter(each => each.cloud !== cloud || each.account !== account)
  const unlisted = [...others, ...(plan.unlisted ?? [])]
  if (unlisted.length > 0) state.plan.unlisted = unlisted
  else delete state.plan.unlisted
}
