import type { Exit } from '../model/fault.ts'
import type { RunState } from '../model/replay.ts'
import { isProven } from '../ui/numbers.ts'

/** How a containment ended, as an exit code: no false success. */
export function exitOfRun(state: RunState): Exit {
  if (state.finished === 'complete') return 'done'
  return state.finished === 'incomplete' ? 'incomplete' : 'interrupted'
}

/** Drift that was left alone is told apart from what failed. */
export function exitOfRestore(state: RunState): Exit {
  const { restore } = state
  if (restore?.finished === 'complete') return 'done'
  if (restore?.finished !== 'incomplete') return 'interrupted'
  const changes = [...state.changes.values()]
  if (changes.some(({ fault }) => fault !== undefined)) return 'incomplete'
  const drifted = changes.some(({ restored }) => restored.some(({ decision }) => decision === 'drift'))
  return drifted ? 'drift' : 'incomplete'
}

/** What a second look found. */
export function exitOfVerify(state: RunState): Exit {
  const held = [...state.changes.values()].filter(change => change.held.length > 0)
  if (held.some(({ drift }) => drift.length > 0)) return 'drift'
  const open = held.some(change => !isProven(change)) || state.found.some(({ contained }) => !contained)
  return open ? 'incomplete' : 'done'
}
