import {
  type Choice,
  choiceKey,
  Recorder,
  type RestorePreview,
  restore,
  selectChanges,
} from '../engine/index.ts'
import { placeOfRun, runCommand } from '../model/command-text.ts'
import { Fault } from '../model/fault.ts'
import { spentAt, spentChanges } from '../model/run/lapse.ts'
import { refuseRotating } from '../model/run/rotation-fold.ts'
import type { RunState } from '../model/run/state.ts'
import { agree, chosen } from './answers.ts'
import { restoreAct } from './approval-acts.ts'
import { approvedBy } from './approvals.ts'
import { isIdle, previewPastHorizon } from './horizon-preview.ts'
import { refuseHorizon } from './horizon-refusal.ts'
import type { Host } from './host.ts'
import { type OpenRun, withRun } from './open-run.ts'
import type { PreviewedRestore } from './preview.ts'
import { askToGiveBack, optionsOf, type RestoreChoices } from './restore-options.ts'
import type { RunRequest } from './run-request.ts'

/** The run to restore, and how. */
export interface RestoreRequest extends RunRequest, RestoreChoices {
  /** Names of changes, identities or settings; empty: everything that the run holds. */
  only: string[]
  /** In the lab: do not move the clock ahead past the time at which old sessions expire. */
  keepClock: boolean
  /** Look only, and change nothing. */
  dryRun: boolean
  /** Remove only what is left of stops that have ended by themselves, and that denies nothing any more: nobody has to approve that. */
  spent?: true
}

/** The end of a restore. */
export type Restored =
  /** Of a dry run. */
  | ({ outcome: 'restore-planned' } & PreviewedRestore)
  /** There is nothing to write and no hold to end: it was restored before. */
  | { outcome: 'idle'; state: RunState; now: string }
  /** `tried`: no new credential of an earlier rotation was refused. */
  | { outcome: 'restored'; state: RunState; tried: boolean; now: string }

/**
 * Restores what a run holds, or shows what that would do. Asks `give-back`, `drift` and `restore`. Faults: those of opening a
 * run, `horizon` where old sessions would work again, `refused`, `declined`.
 */
export async function restoreRun(host: Host, run: string, request: RestoreRequest): Promise<Restored> {
  const { dryRun } = request
  return await withRun(host, 'restore', run, request, { write: !dryRun, strict: true }, async open => {
    refuseRotating(open.state)
    const { world, state, holds } = open
    const only = request.spent ? spentKeys(open) : request.only
    const options = await optionsOf(host, state, request)
    const question = { state, holds, only, options }
    const held = selectChanges(question)
    const reason = dryRun ? request.reason : await askToGiveBack(host, held, { ...request, only }, options)
    const preview = await previewPastHorizon(host, open, question, request)
    const dated = held.some(({ planned }) => planned.horizon > 0)
    if (dated && !dryRun && !request.acceptLiveTokens) open.checkClock('when old sessions end')
    const shown = { state, changes: preview.changes, now: world.clock() }
    if (dryRun) return { outcome: 'restore-planned', ...shown }
    // Asked twice, done once: a script may repeat itself.
    if (isIdle(preview)) return { outcome: 'idle', state, now: world.clock() }
    refuseHorizon(preview, options, open)
    await host.notice({ type: 'restore-planned', ...shown })
    const act = restoreAct(host, open, preview.changes, { options, only, choices: request })
    const approvals = request.spent ? [] : await approvedBy(host, act, request)
    const { choices, ...rest } = await decidedBy(host, open, preview, { request, approved: act.needed > 0 })
    await agree(host, { type: 'restore', state, changes: preview.changes.length, safe: false })
    const journal = await open.journal()
    const recorder = new Recorder(journal, world.listen, state)
    for (const each of approvals) await recorder.record(each)
    const restored = await restore(world, {
      ...{ ...question, options: { ...options, ...rest } },
      journal,
      choices,
      reason: reason ?? '',
      actor: host.actor,
    })
    const tried = restored.rotation
      ? await (await import('./rotate.ts')).tryRotated(host, { ...open, state: restored }, journal)
      : true
    return { outcome: 'restored', state: restored, tried, now: world.clock() }
  })
}

/** Fault `refused` where nothing is spent yet. */
function spentKeys({ state, world }: OpenRun): string[] {
  const keys = spentChanges(state, world.clock()).map(({ key }) => key)
  if (keys.length > 0) return keys
  const at = [...state.changes.values()].flatMap(each => (each.held.length > 0 ? (spentAt(each) ?? []) : []))
  throw new Fault(
    'refused',
    at.length === 0
      ? `run ${state.run} holds nothing that ends by itself`
      : `the policies of run ${state.run} still deny sessions, until ${at.sort().at(0)}`,
    { where: `run ${state.run}`, next: `${runCommand('status', placeOfRun(state))} says what it holds` },
  )
}

/**
 * The choices about what drifted. Of an approved restore they are those of the preview, setting by setting: what drifts after it was
 * approved is left alone.
 */
async function decidedBy(
  host: Host,
  open: OpenRun,
  preview: RestorePreview,
  { request, approved }: { request: RestoreRequest; approved: boolean },
): Promise<{ choices: Map<string, Choice>; drift?: 'skip' }> {
  if (!approved) return { choices: await choicesOf(host, open, preview, request) }
  const chosen = preview.changes.flatMap(({ key, entries }) =>
    entries.flatMap(({ entry, decision }): [string, Choice][] =>
      decision === 'force' || decision === 'use-live' ? [[choiceKey(key, entry), decision]] : [],
    ),
  )
  return { choices: new Map(chosen), drift: 'skip' }
}

/** By `choiceKey`; without a choice the options' own holds. */
async function choicesOf(
  host: Host,
  { state }: OpenRun,
  { changes }: RestorePreview,
  { drift }: RestoreRequest,
): Promise<Map<string, Choice>> {
  const choices = new Map<string, Choice>()
  if (drift !== undefined) return choices
  for (const { key, identity, entries } of changes) {
    const seen = state.changes.get(key)?.planned.seen
    for (const { entry, decision } of entries) {
      if (decision !== 'drift') continue
      const choice = await chosen(host, { type: 'drift', identity, entry, seen, safe: 'skip' })
      if (choice !== undefined) choices.set(choiceKey(key, entry), choice)
    }
  }
  return choices
}
