import { isSettling } from '../model/run/enforcement.ts'
import { isLeft, isOwed } from '../model/run/held-settings.ts'
import { isProven, isSet } from '../model/run/progress.ts'
import { type ChangeState, isOpen, type RunState } from '../model/run/replay.ts'
import { restoreCounts } from '../model/run/restore-fold.ts'
import { isRotating } from '../model/run/rotation-fold.ts'
import { settling } from './settling.ts'

/** What is counted about a run. Everything comes from its journal. */
export interface RunNumbers {
  /** Changes: asked for, in place, and proven. */
  changes: number
  set: number
  proven: number
  /** Set and read back, and not enforced yet by the cloud's documentation; not counted as proven. */
  settling: number
  /** Changes that still owe something back. */
  holds: number
  drift: number
  /** Changes that read as before us when they were last looked at: somebody put them back. */
  undone: number
  /** How often somebody undid a change while it was guarded. */
  countered: number
  failed: number
  unreached: number
  overdue: boolean
  /** RFC 3339; a restore before it is refused, or has nothing left to do. Absent when nothing stands in the way. */
  restoreFrom?: string
  /** RFC 3339; a restore before it leaves what was issued before the containment denied. Absent when there is none. */
  sessionsUntil?: string
}

export function numbersOf(state: RunState, now: string): RunNumbers {
  const changes = [...state.changes.values()]
  const restoreFrom = horizonEnd(changes.filter(change => !canStepDown(change)))
  const sessionsUntil = horizonEnd(changes.filter(canStepDown))
  return {
    changes: changes.length,
    set: changes.filter(isSet).length,
    proven: changes.filter(change => isProven(change) && !isSettling(change, now)).length,
    settling: settling(state, now).length,
    holds: changes.filter(({ held }) => held.length > 0).length,
    drift: changes.filter(({ drift }) => drift.length > 0).length,
    undone: changes.filter(({ undone }) => undone.length > 0).length,
    countered: changes.reduce((sum, { countered }) => sum + (countered?.count ?? 0), 0),
    failed: changes.filter(({ phase, fault }) => phase === 'failed' || fault !== undefined).length,
    unreached: state.unreached.length,
    overdue: isOpen(state) && state.due < now,
    ...(restoreFrom !== undefined && restoreFrom > now ? { restoreFrom } : {}),
    ...(sessionsUntil !== undefined && sessionsUntil > now ? { sessionsUntil } : {}),
  }
}

/** Access can be given back before the horizon: what was issued before stays denied. */
function canStepDown({ planned, held }: ChangeState): boolean {
  return planned.stepsDown === true && held.every(({ until }) => until === undefined)
}

/** When the last thing that was issued before the cut is dead, over everything still held. */
export function horizonEnd(changes: Iterable<ChangeState>): string | undefined {
  let latest: string | undefined
  for (const { held: all, writtenAt, planned } of changes) {
    const held = all.filter(isOwed)
    const [first] = held
    if (!first || planned.horizon === 0) continue
    const since = Date.parse(writtenAt ?? first.at)
    const stepped = held
      .map(({ until }) => until ?? '')
      .sort()
      .at(-1)
    const end = stepped || new Date(since + planned.horizon * 1000).toISOString()
    if (latest === undefined || end > latest) latest = end
  }
  return latest
}

/** One word for a whole run. */
export function wordOf(state: RunState): string {
  const { restore, finished } = state
  if (isRotating(state)) return 'rotating'
  if (restore) {
    if (restore.finished === undefined) return 'restoring'
    if (!isOpen(state)) return 'restored'
    const left = [...state.changes.values()].some(({ held }) => held.some(isLeft))
    if (!left) return 'stepped down'
    return hasComeBack(state) ? 'partly restored' : 'not restored'
  }
  if (finished === undefined) return 'unfinished'
  if (finished === 'complete' && !isOpen(state)) return 'nothing held'
  const undone = [...state.changes.values()].some(change => change.undone.length > 0)
  return undone && finished !== 'contested' ? 'undone' : finished
}

/** Whether the last restore ended a hold, or replaced it by a step-down. */
function hasComeBack(state: RunState): boolean {
  const { putBack, already, released, steppedDown, useLive, gone, replaced, missing } = restoreCounts(state)
  return putBack + already + released + steppedDown + useLive + gone + replaced + missing > 0
}

export interface Account {
  cloud: string
  account: string
  alias?: string
  changes: ChangeState[]
}

/** The changes of a run by account, in the order in which the accounts were signed in to. */
export function accountsOf(state: RunState): Account[] {
  const accounts = new Map<string, Account>()
  for (const { cloud, account, alias } of state.plan.callers) {
    accounts.set(`${cloud}:${account}`, {
      cloud,
      account,
      changes: [],
      ...(alias === undefined ? {} : { alias }),
    })
  }
  for (const change of state.changes.values()) {
    const { cloud, account } = change.identity
    const name = `${cloud}:${account}`
    const found = accounts.get(name) ?? { cloud, account, changes: [] }
    accounts.set(name, found)
    found.changes.push(change)
  }
  return [...accounts.values()]
}
