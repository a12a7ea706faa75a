import { Recorder, type RestorePreview, restore } from '../engine/index.ts'
import { Fault, type FaultRecord } from '../model/fault.ts'
import type { Journal } from '../model/journal.ts'
import type { PlannedRotation } from '../model/rotation.ts'
import { isRotating, refuseRotating } from '../model/run/rotation-fold.ts'
import type { RunState } from '../model/run/state.ts'
import { prepareRotations, type Removal, selectRotations } from '../rotate/prepare.ts'
import { carryOnRotation, rotate } from '../rotate/rotate.ts'
import type { Bench } from '../rotate/rotation-context.ts'
import { agree } from './answers.ts'
import { rotateAct } from './approval-acts.ts'
import { approvedBy } from './approvals.ts'
import { failedTrial } from './failed-trial.ts'
import { previewPastHorizon } from './horizon-preview.ts'
import { refuseHorizonAfterRotation } from './horizon-refusal.ts'
import type { Host } from './host.ts'
import { type OpenRun, withRun } from './open-run.ts'
import type { PreviewedRotation } from './preview.ts'
import { restOf } from './rest-of-rotation.ts'
import { optionsOf, type RestoreChoices } from './restore-options.ts'
import { benchOf } from './rotation-bench.ts'
import { refuseSpared, sparedFrom } from './rotation-protections.ts'
import type { RunRequest } from './run-request.ts'

/** The credentials to rotate, and the destination of the new secrets. */
export interface RotationRequest extends RunRequest {
  /** Names of credentials or of what is restored with them; empty: everything that the run holds. */
  only: string[]
  /** Destination of the new secrets, e.g. `file:/run/secrets/key`. */
  into: string
  /** When the old credential is deleted. */
  removal: Removal
  /** Look only, and change nothing. */
  dryRun: boolean
  /** Ids or names of protected identities that are rotated all the same, or `all`. */
  includeProtected?: readonly string[] | undefined
  /** Restore the owners afterwards. */
  restore?: RestoreChoices & { keepClock: boolean }
}

/** The end of a rotation. */
export type Rotated =
  /** Of a dry run. */
  | ({ outcome: 'rotation-planned' } & PreviewedRotation)
  /** `restored`: something was restored after it. */
  | { outcome: 'rotated'; state: RunState; restored: boolean; now: string }

type Finished = Extract<Rotated, { outcome: 'rotated' }>

/**
 * Makes new credentials for those that a run holds; with `restore`, then restores the rest. Asks `rotate`. Faults: those of
 * opening a run, `usage` for an unknown destination, `refused`, `horizon`, `declined`.
 */
export async function rotateRun(host: Host, run: string, request: RotationRequest): Promise<Rotated> {
  return await withRun(host, 'rotate', run, request, { write: !request.dryRun, strict: true }, async open => {
    refuseRotating(open.state)
    const { bench, close } = await benchOf(host, open, request.into)
    try {
      return await act(host, open, bench, request)
    } finally {
      await close()
    }
  })
}

async function act(host: Host, open: OpenRun, bench: Bench, request: RotationRequest): Promise<Rotated> {
  const { state, world } = open
  const { removal, dryRun } = request
  const credentials = selectRotations(bench, state, request.only)
  const spared = await sparedFrom(open, credentials, request.includeProtected ?? [])
  const planned = refuseSpared(await prepareRotations(bench, state, credentials, removal), spared)
  const isBlocked = planned.some(({ blocked }) => blocked)
  const shown = (restored: RestorePreview['changes']) => ({
    state,
    planned,
    removal,
    restored,
    now: world.clock(),
  })
  if (!dryRun && isBlocked) {
    await host.notice({ type: 'rotation-planned', blocked: true, ...shown([]) })
    refuseBlocked(planned)
  }
  const rest = request.restore ? restOf(bench, state, request.only, credentials) : []
  const options = await optionsOf(host, state, request.restore ?? { stepDown: true, acceptLiveTokens: false })
  const question = { state, holds: open.holds, only: rest.map(({ key }) => key), options }
  const preview: RestorePreview =
    request.restore && rest.length > 0
      ? await previewPastHorizon(host, open, question, { ...request.restore, dryRun })
      : { changes: [] }
  if (dryRun) return { outcome: 'rotation-planned', ...shown(preview.changes) }
  await host.notice({ type: 'rotation-planned', blocked: false, ...shown(preview.changes) })
  if (rest.some(({ planned }) => planned.horizon > 0) && !options.acceptLiveTokens)
    open.checkClock('when old sessions end')
  refuseHorizonAfterRotation(preview, options, open)
  const act = rotateAct(host, open, planned, {
    ...{ into: request.into, removal, restored: preview.changes, only: request.only, options },
    choices: request.restore,
  })
  if (act.needed > 0 && options.drift !== 'skip') {
    throw new Fault('usage', 'what drifted cannot be decided beforehand in a rotation that others approve', {
      where: '--drift',
      next: 'leave it out, and restore the drifted settings afterwards; nothing was changed',
    })
  }
  const approvals = await approvedBy(host, act, request)
  await agree(host, {
    type: 'rotate',
    state,
    credentials: planned.length,
    changes: rest.length,
    safe: false,
  })
  const journal = await open.journal()
  const recorder = new Recorder(journal, world.listen, state)
  for (const each of approvals) await recorder.record(each)
  await rotate(bench, recorder, {
    keys: planned.map(({ key }) => key),
    into: request.into,
    removal,
    reason: request.reason ?? '',
    actor: host.actor,
    ...(request.includeProtected?.length ? { includeProtected: [...request.includeProtected] } : {}),
    ...(request.restore ? { restore: { only: question.only, options } } : {}),
  })
  return await finish(host, open, bench, journal)
}

/** Restores what is to be restored after a rotation. */
async function finish(host: Host, open: OpenRun, bench: Bench, journal: Journal): Promise<Finished> {
  const restored = await restoreAfter(host, open, journal)
  if (restored) await tryAfter(open, bench, journal)
  return { outcome: 'rotated', state: open.state, restored, now: open.world.clock() }
}

/** Resumes a run whose rotation was cut off, before it or after it. */
export async function resumeRotation(host: Host, open: OpenRun): Promise<Finished> {
  const { rotation } = open.state
  if (!rotation) throw new Fault('bug', 'there is no rotation to resume')
  const { bench, close } = await benchOf(host, open, rotation.into)
  try {
    const journal = await open.journal()
    if (isRotating(open.state)) {
      const left = rotation.keys.flatMap(key => open.state.changes.get(key) ?? [])
      const fresh = left.filter(change => !change.rotation?.attempt && !change.rotation?.done)
      const spared = await sparedFrom(open, fresh, rotation.includeProtected ?? [], { resumed: true })
      await carryOnRotation({ ...bench, spared }, new Recorder(journal, open.world.listen, open.state))
    }
    return await finish(host, open, bench, journal)
  } finally {
    await close()
  }
}

/** The owners whose credential could not be replaced stay contained. */
async function restoreAfter({ actor }: Host, open: OpenRun, journal: Journal): Promise<boolean> {
  const { state, holds, world } = open
  const { rotation } = state
  if (!rotation?.restore || rotation.finished === 'interrupted') return false
  const failed = new Set(
    rotation.keys.flatMap(key => {
      const change = state.changes.get(key)
      const { done, oldDeleted, orphans = [] } = change?.rotation ?? {}
      const strange = done?.ofOwner && orphans.some(({ outcome }) => outcome === 'kept')
      if (!change || (done && !strange && (oldDeleted || !done.ofOwner))) return []
      return [change.identity.owner, change.identity.id].filter(id => id !== undefined)
    }),
  )
  const only = rotation.restore.only.filter(key => {
    const change = state.changes.get(key)
    if (!change || change.held.length === 0) return false
    return !failed.has(change.identity.id) && !failed.has(change.identity.owner ?? '')
  })
  if (only.length === 0) return false
  const { options } = rotation.restore
  const { reason } = rotation
  await restore(world, { state, holds, only, options, journal, reason, actor })
  return true
}

/** Tries the new credentials that could not be tried while their owner was off. */
async function tryAfter({ state, world, holds }: OpenRun, bench: Bench, journal: Journal): Promise<void> {
  const { tryAgain } = await import('../rotate/deferred-trial.ts')
  await tryAgain(
    bench,
    new Recorder(journal, world.listen, state),
    id => holds.entriesOf(id, '', '').length > 0,
  )
}

/**
 * After a restore without a rotation: tries what an earlier rotation could not try. False when the cloud does not let a new
 * credential in.
 */
export async function tryRotated(host: Host, open: OpenRun, journal: Journal): Promise<boolean> {
  const { rotation, changes } = open.state
  const waits = [...changes.values()].some(each => each.rotation?.done?.tried === 'owner-off')
  if (!rotation || !waits) return true
  const { bench, close } = await benchOf(host, open, rotation.into)
  try {
    await tryAfter(open, bench, journal)
  } finally {
    await close()
  }
  return !failedTrial(open.state)
}

const BEFOREHAND = new Set<FaultRecord['code']>(['quota', 'denied', 'gone', 'rejected'])

function refuseBlocked(planned: readonly PlannedRotation[]): void {
  for (const { blocked } of planned) {
    if (!blocked) continue
    const { code, message, where, next } = blocked
    // The cloud has its own word for it; nothing is created yet, so it is a refusal.
    throw new Fault(BEFOREHAND.has(code) ? 'refused' : code, message, {
      ...(where === undefined ? {} : { where }),
      next: next ?? 'nothing was changed',
    })
  }
}
