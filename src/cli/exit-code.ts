import type { Exit } from '../model/fault.ts'
import { isProven } from '../model/run/progress.ts'
import type { RunState } from '../model/run/replay.ts'

/** How a containment ended, as an exit code: no false success. */
export function exitOfRun(state: RunState): Exit {
  switch (state.finished) {
    case 'complete':
      return 'done'
    case 'settling':
      return 'settling'
    case 'incomplete':
    case 'contested':
      return 'incomplete'
    default:
      return 'interrupted'
  }
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
  const vouched = [...state.changes.values()].filter(
    ({ held, phase }) => held.length > 0 || phase === 'already',
  )
  if (vouched.some(({ drift, undone }) => drift.length > 0 || undone.length > 0)) return 'drift'
  const open = vouched.some(change => !isProven(change)) || state.found.some(({ contained }) => !contained)
  return open ? 'incomplete' : 'done'
}
