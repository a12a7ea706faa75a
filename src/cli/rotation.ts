import {
  horizonWayOut,
  type previewRestore,
  Recorder,
  type RestorePreview,
  restore,
  restoreCommand,
} from '../engine/index.ts'
import type { RestoreOptions } from '../model/entry.ts'
import { Fault, type FaultRecord } from '../model/fault.ts'
import type { Journal } from '../model/journal.ts'
import type { ChangeState, RunState } from '../model/run/replay.ts'
import { isRotating, refuseRotating } from '../model/run/rotation-fold.ts'
import { type PlannedRotation, prepareRotations, type Removal, selectRotations } from '../rotate/prepare.ts'
import { carryOnRotation, rotate } from '../rotate/rotate.ts'
import type { Bench } from '../rotate/rotation-context.ts'
import { actorOf, type OpenRun, type RunFlags, withRun } from '../toolkit/open-run.ts'
import { optionsOf, type RestoreChoices } from '../toolkit/restore-options.ts'
import { benchOf } from '../toolkit/rotation-bench.ts'
import { jsonText, previewJson, rotationJson, rotationPlanJson } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { previewText } from '../ui/restore.ts'
import { restoredText } from '../ui/restored.ts'
import { rotatedText, rotationPlanText } from '../ui/rotation.ts'
import { confirm } from './ask.ts'
import { exitOfRestore } from './exit-code.ts'
import { canAsk, exitWith, print, tell } from './terminal.ts'

export interface RotationRequest extends RunFlags {
  only: string[]
  into: string
  removal: Removal
  dryRun: boolean
  reason?: string | undefined
  yes?: boolean
  all?: boolean
  /** Put the owners back afterwards. */
  restore?: RestoreChoices & {
    keepClock: boolean
    preview(
      open: OpenRun,
      question: Parameters<typeof previewRestore>[1],
      request: { dryRun: boolean; keepClock: boolean; acceptLiveTokens: boolean },
    ): Promise<RestorePreview>
  }
}

/** Makes new credentials for those that a run holds; with `restore`, then puts the rest back. */
export async function rotateRun(run: string, request: RotationRequest): Promise<void> {
  if (!request.dryRun && !request.yes && !canAsk()) {
    throw new Fault('usage', 'a yes is needed, and there is no terminal to ask on', {
      where: '--yes',
      next: 'look at it with --dry-run, then give --yes; nothing was changed',
    })
  }
  await withRun('rotate', run, request, { write: !request.dryRun, strict: true }, async open => {
    refuseRotating(open.state)
    const { bench, close } = await benchOf(open, request.into)
    try {
      await act(open, bench, request)
    } finally {
      await close()
    }
  })
}

async function act(open: OpenRun, bench: Bench, request: RotationRequest): Promise<void> {
  const { state } = open
  const { removal } = request
  const credentials = selectRotations(bench, state, request.only)
  const planned = await prepareRotations(bench, state, credentials, removal)
  if (!request.dryRun && planned.some(({ blocked }) => blocked)) {
    await showRotation(open, planned, request)
    refuseBlocked(planned)
  }
  const rest = request.restore ? restOf(bench, state, request.only, credentials) : []
  const options = await optionsOf(state, request.restore ?? { stepDown: true, acceptLiveTokens: false })
  const question = { state, holds: open.holds, only: rest.map(({ key }) => key), options }
  const preview: RestorePreview =
    request.restore && rest.length > 0
      ? await request.restore.preview(open, question, { ...request.restore, dryRun: request.dryRun })
      : { changes: [] }
  const page = await pageOf(request.dryRun ? process.stdout : process.stderr, {
    now: open.world.clock(),
    all: request.all === true,
  })
  const shown = () =>
    rotationPlanText(state, planned, removal, page) +
    (rest.length > 0 ? previewText(state, preview.changes, page) : '')
  if (request.dryRun) {
    await print(request.json ? jsonText(rotationPlanJson(state, planned, preview.changes)) : shown())
    if (planned.some(({ blocked }) => blocked)) exitWith('refused')
    return
  }
  if (!request.json) tell(shown())
  if (rest.some(({ planned }) => planned.horizon > 0) && !options.acceptLiveTokens)
    open.checkClock('when old sessions end')
  refuseHorizon(preview, options, open)
  if (!request.yes) await confirm(questionOf(planned, rest))
  if (open.world.signal?.aborted) throw new Fault('interrupted', 'interrupted; nothing was changed')
  const journal = await open.journal()
  const only = question.only
  await rotate(bench, new Recorder(journal, open.world.listen, state), {
    keys: planned.map(({ key }) => key),
    into: request.into,
    removal,
    reason: request.reason ?? '',
    actor: actorOf(),
    ...(request.restore ? { restore: { only, options } } : {}),
  })
  await finish(open, bench, journal, request)
}

async function showRotation(open: OpenRun, planned: readonly PlannedRotation[], request: RotationRequest) {
  if (request.json) return
  const page = await pageOf(process.stderr, { now: open.world.clock(), all: request.all === true })
  tell(rotationPlanText(open.state, planned, request.removal, page))
}

/** After a rotation: what is to be put back, and the report. */
async function finish(
  open: OpenRun,
  bench: Bench,
  journal: Journal,
  { json, all }: { json?: boolean; all?: boolean },
): Promise<void> {
  const { state } = open
  const restored = await restoreAfter(open, journal)
  if (restored) await tryAfter(open, bench, journal)
  await open.watch.end()
  const page = await pageOf(process.stdout, { now: open.world.clock(), all: all === true })
  await print(
    json
      ? jsonText(rotationJson(state))
      : rotatedText(state, page) + (restored ? restoredText(state, page) : ''),
  )
  const { rotation } = state
  // What could not be accounted for is no Ctrl-C.
  if (rotation?.finished === 'interrupted') exitWith(rotation.fault ? 'incomplete' : 'interrupted')
  else if (rotation?.finished !== 'complete' || failedTrial(state)) exitWith('incomplete')
  else if (restored) exitWith(exitOfRestore(state))
}

/** `resume` of a run whose rotation was cut off, before it or after it. */
export async function resumeRotation(open: OpenRun, flags: { json?: boolean; all?: boolean }): Promise<void> {
  const { rotation } = open.state
  if (!rotation) throw new Fault('bug', 'there is no rotation to resume')
  const { bench, close } = await benchOf(open, rotation.into)
  try {
    const journal = await open.journal()
    if (isRotating(open.state)) {
      await carryOnRotation(bench, new Recorder(journal, open.world.listen, open.state))
    }
    await finish(open, bench, journal, flags)
  } finally {
    await close()
  }
}

/** The owners whose credential could not be replaced stay contained. */
async function restoreAfter(open: OpenRun, journal: Journal): Promise<boolean> {
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
  await restore(world, { state, holds, only, options, journal, reason, actor: actorOf() })
  return true
}

/** What could not be tried while its owner was off is tried now that it is on. */
async function tryAfter({ state, world, holds }: OpenRun, bench: Bench, journal: Journal): Promise<void> {
  const { tryAgain } = await import('../rotate/deferred-trial.ts')
  await tryAgain(
    bench,
    new Recorder(journal, world.listen, state),
    id => holds.entriesOf(id, '', '').length > 0,
  )
}

/** After a restore without a rotation: what an earlier one could not try. False when the cloud does not let it in. */
export async function tryRotated(open: OpenRun, journal: Journal): Promise<boolean> {
  const { rotation, changes } = open.state
  const waits = [...changes.values()].some(each => each.rotation?.done?.tried === 'owner-off')
  if (!rotation || !waits) return true
  const { bench, close } = await benchOf(open, rotation.into)
  try {
    await tryAfter(open, bench, journal)
  } finally {
    await close()
  }
  return !failedTrial(open.state)
}

function failedTrial({ changes }: RunState): boolean {
  return [...changes.values()].some(({ rotation }) => rotation?.done?.tried === 'refused')
}

/** What is put back once the new credentials work: their owners, and what else was asked for. */
function restOf(
  bench: Bench,
  state: RunState,
  only: readonly string[],
  credentials: readonly ChangeState[],
): ChangeState[] {
  const closed = credentials.filter(change => !bench.rotation(change)?.ofOwner)
  const rotated = new Set(closed.map(({ key }) => key))
  const owners = new Set(credentials.flatMap(({ identity }) => [identity.owner, identity.id]))
  return [...state.changes.values()].filter(({ key, held, identity, planned }) => {
    if (held.length === 0 || rotated.has(key)) return false
    if (only.length === 0 || owners.has(identity.id)) return true
    return [key, identity.id, identity.name, identity.owner, planned.interruption].some(
      name => name !== undefined && only.includes(name),
    )
  })
}

const BEFOREHAND = new Set<FaultRecord['code']>(['quota', 'denied', 'gone', 'rejected'])

function refuseBlocked(planned: readonly PlannedRotation[]): void {
  for (const { blocked } of planned) {
    if (!blocked) continue
    const { code, message, where, next } = blocked
    // Whatever the cloud calls it: we refuse before anything is created.
    throw new Fault(BEFOREHAND.has(code) ? 'refused' : code, message, {
      ...(where === undefined ? {} : { where }),
      next: next ?? 'nothing was changed',
    })
  }
}

function refuseHorizon(preview: RestorePreview, options: RestoreOptions, { state, world }: OpenRun): void {
  const first = preview.changes.find(({ blocked }) => blocked !== undefined)
  if (!first) return
  const command = restoreCommand({ run: state.run, world })
  throw new Fault('horizon', `refused: ${first.blocked}`, {
    next: `rotate now with ${command.replace('restore', 'rotate')} --into SINK, and restore later; or ${horizonWayOut(preview, command, options)}`,
  })
}

function questionOf(planned: readonly PlannedRotation[], rest: readonly ChangeState[]): string {
  const made = planned.length === 1 ? 'a new credential' : `${planned.length} new credentials`
  const back =
    rest.length === 0 ? '' : `, and put back ${rest.length === 1 ? '1 change' : `${rest.length} changes`}`
  return `Make ${made}${back}?`
}
