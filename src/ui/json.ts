import type { PreviewedChange, RestoredEntry } from '../model/entry.ts'
import type { FaultRecord } from '../model/fault.ts'
import { approvalDigest, type Overruled, type Plan, type Spared } from '../model/plan.ts'
import type { PlannedRotation } from '../model/rotation.ts'
import { settledAt } from '../model/run/enforcement.ts'
import { numbersOf } from '../model/run/numbers.ts'
import { isUnprovable, wordAt } from '../model/run/progress.ts'
import { isOpen, manualSteps, openManual } from '../model/run/replay.ts'
import { restoreCounts } from '../model/run/restore-fold.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import type { ChangeResult, RotatedCredential } from '../toolkit/results/change.ts'
import type { PlanResult } from '../toolkit/results/plan.ts'
import type { RestorePreviewResult, RestoreResult } from '../toolkit/results/restore.ts'
import type { RotationPlanResult, RotationResult } from '../toolkit/results/rotation.ts'
import type { ContainResult, FaultyRun, RunResult, RunSummary } from '../toolkit/results/run.ts'
import { takenJson } from './fallback.ts'
import { secondRestore } from './second-restore.ts'

export { jsonText } from '../model/json-text.ts'

/** The plan and its digest. */
export function planJson(plan: Plan): PlanResult {
  return { ...plan, digest: approvalDigest(plan) }
}

/** How a containment ended. @param path of the journal */
export function containJson({ state, path: journal, calls = {} }: EndedRun): ContainResult {
  return {
    run: state.run,
    journal,
    status: state.finished ?? 'interrupted',
    changes: [...state.changes.values()].map(changeJson),
    ...(state.plan.warnings.length > 0 ? { warnings: state.plan.warnings } : {}),
    spared: state.plan.spared.map(sparedJson),
    ...(state.plan.overruled?.length ? { overruled: state.plan.overruled.map(sparedJson) } : {}),
    refused: state.plan.refused.map(({ identity, interruption, because }) => ({
      identity: identity.id,
      interruption,
      because,
    })),
    unreached: state.unreached,
    ...(state.plan.unlisted?.length ? { unlisted: state.plan.unlisted } : {}),
    manual: openManual(state),
    sweep: state.found.map(({ owner, identity, contained }) => ({ owner, identity: identity.id, contained })),
    ...unsweptJson(state),
    ...newcomersJson(state),
    ...(Object.keys(calls).length > 0 ? { calls } : {}),
  }
}

/** A containment that has ended. */
interface EndedRun {
  state: RunState
  path: string
  calls?: ContainResult['calls']
}

function unsweptJson({ unswept }: RunState): Pick<ContainResult, 'unswept'> {
  return unswept.length === 0 ? {} : { unswept }
}

/** With the class, the doubt and whether it was meant by name, as far as the journal has them. */
function sparedJson<Of extends Spared | Overruled>({ identity, ...about }: Of) {
  return { identity: identity.id, ...about }
}

/** Identities that were created since the run began, and where nobody could look for them; absent without any. */
function newcomersJson({ newcomers, unlooked }: RunState): Pick<ContainResult, 'newcomers' | 'unlooked'> {
  const found = [...newcomers.values()].map(({ identity: { id, kind, name }, ...rest }) => ({
    identity: id,
    kind,
    name,
    ...rest,
  }))
  const problems = [...unlooked].flatMap(([account, texts]) => texts.map(because => ({ account, because })))
  return {
    ...(found.length > 0 ? { newcomers: found } : {}),
    ...(problems.length > 0 ? { unlooked: problems } : {}),
  }
}

function changeJson(change: ChangeState): ChangeResult {
  const { key, identity, planned, phase, set, denied, drift, undone, countered, contested, fault, because } =
    change
  const settled = settledAt(change)
  return {
    key,
    identity: identity.id,
    interruption: planned.interruption,
    phase,
    set,
    denied,
    ...(isUnprovable(change) ? { unprovable: true } : {}),
    ...(settled === undefined ? {} : { settledAt: settled }),
    ...(change.rotation?.done ? { rotated: rotatedJson(change) } : {}),
    ...(planned.oneWay === undefined ? {} : { oneWay: planned.oneWay }),
    ...(drift.length > 0 ? { drift } : {}),
    ...(undone.length > 0 ? { undone } : {}),
    ...(countered === undefined ? {} : { countered }),
    ...(contested === undefined ? {} : { contestedSince: contested }),
    ...(change.verifiedAt === undefined ? {} : { verifiedAt: change.verifiedAt }),
    ...(planned.mayUndo === undefined ? {} : { mayUndo: planned.mayUndo }),
    ...(fault ? { fault } : {}),
    ...(because === undefined ? {} : { because }),
    ...(change.postponed ? { postponed: change.postponed } : {}),
    ...(change.without ? { without: change.without } : {}),
    ...(change.reduced === undefined ? {} : { reduced: change.reduced }),
    ...(change.without && takenJson(change).length > 0 ? { instead: takenJson(change) } : {}),
    ...(planned.cautions ? { cautions: planned.cautions } : {}),
  }
}

/** One entry of a restore; an absent value is left out, so that it differs from `null`. */
function restoredJson({
  entry,
  before,
  ours,
  live,
  decision,
  back,
  added,
  fault,
}: RestoredEntry): RestoreResult['changes'][number]['entries'][number] {
  return {
    entry,
    before: before,
    ours: ours,
    live: live,
    decision,
    ...(back === undefined ? {} : { back }),
    ...(added === undefined ? {} : { added }),
    ...(fault === undefined ? {} : { fault }),
  }
}

/** How the last restore of a run ended. */
export function restoreJson(state: RunState): RestoreResult {
  return {
    run: state.run,
    status: state.restore?.finished ?? 'interrupted',
    counts: restoreCounts(state),
    ...secondJson(state),
    changes: [...state.changes.values()]
      .filter(({ restored }) => restored.length > 0)
      .map(({ key, phase, restored, fault }) => ({
        key,
        phase,
        entries: restored.map(restoredJson),
        ...(fault ? { fault } : {}),
      })),
    manual: manualSteps(state),
  }
}

/** When the second restore after a step-down is due. */
function secondJson(state: RunState): { secondRestoreFrom?: string } {
  const second = secondRestore(state)
  return second === undefined ? {} : { secondRestoreFrom: second.from }
}

/** A rotation, and the restore that followed it. No secret is in a journal, so none is here. */
export function rotationJson(state: RunState): RotationResult {
  const { rotation } = state
  return {
    run: state.run,
    status: rotation?.finished ?? 'interrupted',
    into: rotation?.into ?? '',
    rotated: (rotation?.keys ?? []).flatMap(key => {
      const change = state.changes.get(key)
      return change ? [rotatedJson(change)] : []
    }),
    ...(rotation?.fault ? { fault: rotation.fault } : {}),
    ...(state.restore && rotation && state.restore.at >= rotation.at ? { restore: restoreJson(state) } : {}),
    manual: openManual(state),
  }
}

function rotatedJson({ key, identity, rotation }: ChangeState): RotatedCredential {
  const { done, fault, orphans = [], oldDeleted = false } = rotation ?? {}
  return {
    key,
    old: identity.id,
    oldDeleted,
    ...(done ? { new: done.id, place: done.place, tried: done.tried ?? null } : {}),
    ...(orphans.length > 0 ? { orphans } : {}),
    ...(fault ? { fault } : {}),
  }
}

/** Returns the plan of a rotation, and of the restore after it. */
export function rotationPlanJson(
  state: RunState,
  planned: readonly PlannedRotation[],
  restored: readonly Omit<PreviewedChange, 'identity' | 'interruption'>[],
): RotationPlanResult {
  return {
    run: state.run,
    status: 'dry-run',
    rotations: planned.map(({ identity, ...rest }) => ({ ...rest, identity: identity.id })),
    restore: previewJson(state.run, restored),
  }
}

/** Returns the plan of a restore, in the shape of `restoreJson`. */
export function previewJson(
  run: string,
  changes: readonly Omit<PreviewedChange, 'identity' | 'interruption'>[],
): RestorePreviewResult {
  return {
    run,
    status: 'dry-run',
    changes: changes.map(({ key, entries, horizonEnds, blocked, fault }) => ({
      key,
      phase: 'planned',
      entries: entries.map(restoredJson),
      ...(horizonEnds === undefined ? {} : { horizonEnds }),
      ...(blocked === undefined ? {} : { blocked }),
      ...(fault ? { fault } : {}),
    })),
  }
}

/** One run in numbers. @param now RFC 3339 */
export function runJson(state: RunState, now: string): RunSummary {
  const { run, plan, startedAt, due, reason, ticket, cause, actor, approvals } = state
  return {
    run,
    playbook: plan.playbook.name,
    target: plan.target,
    status: wordAt(state, now),
    open: isOpen(state),
    startedAt,
    due,
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    ...(approvals === undefined ? {} : { approvals }),
    ...(cause === undefined ? {} : { cause }),
    actor: actor.user,
    ...numbersOf(state, now),
    ...secondJson(state),
    ...(state.restore ? { restored: restoreCounts(state) } : {}),
  }
}

/** One run with every change: what `status RUN` and `verify RUN` print. */
export function runDetailJson(state: RunState, now: string): RunResult {
  return {
    ...runJson(state, now),
    changes: [...state.changes.values()].map(change => ({
      ...changeJson(change),
      held: change.held.map(({ entry, before, after, until, off }) => ({
        entry,
        before,
        ours: after,
        ...(until === undefined ? {} : { until }),
        ...(off === undefined ? {} : { off }),
      })),
    })),
    unreached: state.unreached,
    ...(state.plan.unlisted?.length ? { unlisted: state.plan.unlisted } : {}),
    manual: openManual(state),
    sweep: state.found.map(({ owner, identity, contained }) => ({ owner, identity: identity.id, contained })),
    ...unsweptJson(state),
    ...newcomersJson(state),
  }
}

/** A run whose journal cannot be read or believed. */
export function faultyRunJson(run: string, fault: FaultRecord): FaultyRun {
  return { run, error: fault }
}
