import { type Exit, Fault, type FaultRecord } from '../model/fault.ts'
import type { Plan } from '../model/plan.ts'
import { isAccounted } from '../model/run/progress.ts'
import type { RunState } from '../model/run/state.ts'
import { isLacking } from '../toolkit/capabilities.ts'
import type { Contained } from '../toolkit/contain.ts'
import type { Diagnosed } from '../toolkit/diagnosis.ts'
import { failedTrial } from '../toolkit/failed-trial.ts'
import type { Guarded } from '../toolkit/guard-run.ts'
import type { Listing } from '../toolkit/inventory.ts'
import type { Restored } from '../toolkit/restore.ts'
import type { Resumed } from '../toolkit/resume.ts'
import type { Rotated } from '../toolkit/rotate.ts'
import type { Verified } from '../toolkit/verify.ts'

/** The exit code of a plan that is shown: as a containment of it would end that found nothing to do. */
export function exitOfPlan({ unreached, unlisted, missing }: Plan): Exit {
  if (unreached.length > 0 || unlisted !== undefined) return 'incomplete'
  return missing === undefined ? 'done' : 'refused'
}

/** The exit code of a containment, a resumed run or a guard: no false success. */
export function exitOf(result: Contained | Restored | Rotated | Resumed | Guarded | Verified): Exit {
  switch (result.outcome) {
    case 'run':
      return exitOfRun(result.state)
    case 'held':
      return result.plan.refused.length > 0 || result.unproven.length > 0 ? 'incomplete' : 'done'
    case 'ended':
    case 'idle':
      return 'done'
    case 'restored':
      return result.tried ? exitOfRestore(result.state) : 'incomplete'
    case 'rotated':
      return exitOfRotation(result)
    case 'verified':
      return exitOfVerify(result.state)
    case 'restore-planned':
      return hasDrift(result) ? 'drift' : 'done'
    case 'rotation-planned':
      return result.planned.some(({ blocked }) => blocked) ? 'refused' : 'done'
  }
}

/** The exit code of a containment by its journal. */
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

/** The exit code of a restore by its journal. A drift that was left alone differs from a failure. */
function exitOfRestore(state: RunState): Exit {
  const { restore } = state
  if (restore?.finished === 'complete') return 'done'
  if (restore?.finished !== 'incomplete') return 'interrupted'
  const changes = [...state.changes.values()]
  if (changes.some(({ fault }) => fault !== undefined)) return 'incomplete'
  const drifted = changes.some(({ restored }) => restored.some(({ decision }) => decision === 'drift'))
  return drifted ? 'drift' : 'incomplete'
}

function exitOfRotation({ state, restored }: Extract<Rotated, { outcome: 'rotated' }>): Exit {
  const { rotation } = state
  // A secret that could not be accounted for is a failure, and no Ctrl-C.
  if (rotation?.finished === 'interrupted') return rotation.fault ? 'incomplete' : 'interrupted'
  if (rotation?.finished !== 'complete' || failedTrial(state)) return 'incomplete'
  return restored ? exitOfRestore(state) : 'done'
}

function hasDrift({ changes }: Extract<Restored, { outcome: 'restore-planned' }>): boolean {
  return changes.some(({ entries }) => entries.some(({ decision }) => decision === 'drift'))
}

/** The exit code of a second look. */
function exitOfVerify(state: RunState): Exit {
  const vouched = [...state.changes.values()].filter(
    ({ held, phase }) => held.length > 0 || phase === 'already',
  )
  if (vouched.some(({ drift, undone }) => drift.length > 0 || undone.length > 0)) return 'drift'
  const open = vouched.some(change => !isAccounted(change)) || state.found.some(({ contained }) => !contained)
  return open ? 'incomplete' : 'done'
}

/** The exit code of a list of runs: that of the first which cannot be believed. */
export function exitOfListed(listed: readonly ({ fault: FaultRecord } | object)[]): Exit {
  const damaged = listed.find((each): each is { fault: FaultRecord } => 'fault' in each)
  return damaged ? new Fault(damaged.fault.code, damaged.fault.message).exit : 'done'
}

/** The exit code of `due`: that of a run which cannot be believed, else whether something is due. */
export function exitOfDue(
  listed: readonly ({ fault: FaultRecord } | object)[],
  due: readonly unknown[],
): Exit {
  const exit = exitOfListed(listed)
  return exit === 'done' && due.length > 0 ? 'due' : exit
}

/** The exit code of a listing. The answer of one account decides only where it is the only one. */
export function exitOfListing({ fault, broken, complete, accounts }: Listing): Exit {
  if (fault) return fault.exit
  const [first] = broken
  if (first && accounts <= 1) return first.fault.exit
  return complete ? 'done' : 'incomplete'
}

/** The exit code of tests: of playbooks, of cases, of rehearsals. */
export function exitOfTests(passed: readonly boolean[]): Exit {
  return passed.every(each => each) ? 'done' : 'incomplete'
}

/** The exit code of `doctor`. @param ofPlaybook asked about what a playbook uses */
export function exitOfDiagnosis({ diagnosis, prepared }: Diagnosed, ofPlaybook: boolean): Exit {
  const { accounts, state } = diagnosis
  if (accounts.some(({ fault }) => fault !== undefined)) return 'usage'
  if (state.damaged.length > 0 || state.loose.length > 0 || state.strange !== undefined) return 'state'
  const isBlind = accounts.some(({ kinds }) => kinds.some(({ fault }) => fault))
  const lacks = accounts.some(({ capabilities = [] }) => isLacking(capabilities, ofPlaybook))
  return !prepared || !state.writable || isBlind || lacks ? 'incomplete' : 'done'
}
