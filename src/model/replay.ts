import type { Actor, Entry, RestoredEntry, RestoreOptions, RunStatus } from './entry.ts'
import type { FaultRecord } from './fault.ts'
import { ends, type Held, hold, stepDown } from './held.ts'
import type { Identity } from './identity.ts'
import type { Probe } from './interruption.ts'
import type { Note, Plan, PlannedChange } from './plan.ts'
import {
  type ChangeRotation,
  deletedBy,
  isRotationEntry,
  type RotationEntry,
  type RunRotation,
  rotationNotes,
  stepRotation,
  stepRunRotation,
} from './rotated.ts'
import type { Cause } from './signal.ts'

/**
 * - `planned`: nothing was tried
 * - `intended`: recorded, and perhaps written: a crash cannot tell
 * - `written`: the cloud took it · `failed` · `refused` · `already` · `gone`
 * - `restoring`: a restore is recorded, and perhaps written · `restored`: no entry is held any more
 * - `rotated`: a new credential took its place, and it stays off for good
 */
export type Phase =
  | 'planned'
  | 'intended'
  | 'written'
  | 'failed'
  | 'refused'
  | 'already'
  | 'gone'
  | 'restoring'
  | 'restored'
  | 'rotated'

export interface ChangeState {
  key: string
  planned: PlannedChange
  identity: Identity
  phase: Phase
  held: Held[]
  /** When the cloud took it: the horizon counts from here. */
  writtenAt?: string
  set: boolean
  denied: Probe | null
  drift: string[]
  fault?: FaultRecord
  because?: string
  /** A quota of the cloud holds it up. */
  postponed?: { because: string; since: string; until: string }
  /** What the cloud did not take of it. */
  without?: string[]
  /** The last restore's decisions. */
  restored: RestoredEntry[]
  /** A new credential in place of this one, or an attempt at it. */
  rotation?: ChangeRotation
  /** What a rotation made permanent: nobody is owed it, and nobody's restore undoes it. */
  kept?: Held[]
}

export interface RunState {
  run: string
  startedAt: string
  actor: Actor
  reason: string
  ticket?: string
  due: string
  /** The events that began it, where no person did. */
  cause?: Cause
  plan: Plan
  /** Accounts that a resume reached later are no longer listed. */
  unreached: Plan['unreached']
  changes: Map<string, ChangeState>
  found: { owner: string; identity: Identity; contained: boolean }[]
  /** The sweep ran to its end after the last change. */
  swept: boolean
  finished?: RunStatus
  restore?: {
    at: string
    actor: Actor
    reason: string
    only: string[]
    options: RestoreOptions
    finished?: RunStatus
  }
  rotation?: RunRotation
  /** `seq` and hash of the last entry. */
  head: { seq: number; hash: string }
}

/** State is a fold over the journal: every prefix is a valid state. The first entry is always `run.started`. */
export function replay(entries: Iterable<Entry>): RunState | undefined {
  let state: RunState | undefined
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
      state.plan.manual = [...(state.plan.manual ?? []), ...(entry.plan.manual ?? [])]
      state.plan.advice = [...(state.plan.advice ?? []), ...(entry.plan.advice ?? [])]
      return
    case 'change.added':
      add(state, entry.change)
      return
    case 'sweep.found':
      state.found.push({ owner: entry.owner, identity: entry.identity, contained: entry.contained })
      return
    case 'sweep.done':
      state.swept = true
      return
    case 'run.finished':
      state.finished = entry.status
      return
    case 'restore.started':
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
      else stepChange(change, entry)
    }
  }
}

type ChangeEntry = Exclude<Extract<Entry, { key: string }>, RotationEntry>

/** What leaves a change waiting that waits. */
const WAITING = new Set<Entry['type']>(['change.intended', 'change.postponed', 'change.reduced'])

function stepChange(change: ChangeState, entry: ChangeEntry): void {
  if (!WAITING.has(entry.type)) delete change.postponed
  switch (entry.type) {
    case 'change.intended':
      change.phase = 'intended'
      change.held = hold(change.held, entry)
      delete change.fault
      return
    case 'change.written':
      change.phase = 'written'
      change.writtenAt = entry.at
      return
    case 'change.postponed':
      change.postponed = {
        because: entry.because,
        until: entry.until,
        since: change.postponed?.since ?? entry.at,
      }
      return
    case 'change.reduced':
      change.without = [...(change.without ?? []), ...entry.without]
      return
    case 'change.already':
    case 'change.gone':
      change.phase = entry.type === 'change.gone' ? 'gone' : 'already'
      return
    case 'change.refused':
      change.phase = 'refused'
      change.because = entry.because
      return
    case 'change.failed':
      change.phase = 'failed'
      change.fault = entry.fault
      return
    case 'change.verified':
      change.set = entry.set
      change.denied = entry.denied
      change.drift = entry.drift
      return
    case 'restore.intended':
      change.phase = 'restoring'
      change.restored = entry.entries
      change.held = stepDown(change.held, entry)
      delete change.fault
      return
    case 'restore.written':
      change.held = change.held.filter(held => !ends(held, change.restored))
      change.drift = change.restored.filter(({ decision }) => decision === 'drift').map(({ entry }) => entry)
      change.phase = change.held.length === 0 ? 'restored' : 'written'
      return
    case 'restore.verified':
      return
    case 'restore.failed':
      change.fault = entry.fault
      return
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
    // A copy: a later entry may add to it, and the entry is evidence.
    plan: structuredClone(entry.plan),
    unreached: entry.plan.unreached,
    changes: new Map(),
    found: [],
    swept: false,
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
    restored: [],
  })
}

/** A run that still owes something back. */
export function isOpen(state: RunState): boolean {
  return [...state.changes.values()].some(({ held }) => held.length > 0)
}

/** What a person has to do by hand, for identities that the run still holds. */
export function openManual(state: RunState): Note[] {
  const { changes } = state
  const rotated = rotationNotes({ changes })
  const held = new Set(
    [...changes.values()].filter(({ held }) => held.length > 0).map(({ identity }) => identity.id),
  )
  return [...manualSteps(state).filter(({ identity }) => held.has(identity)), ...rotated]
}

/** What the plan left to a person, without what a rotation has done since. */
export function manualSteps({ plan, changes }: Pick<RunState, 'plan' | 'changes'>): Note[] {
  const gone = deletedBy({ changes })
  return (plan.manual ?? []).filter(({ replaced }) => !replaced?.every(name => gone.has(name)))
}
