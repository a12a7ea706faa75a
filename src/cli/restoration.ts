import {
  type Choice,
  choiceKey,
  horizonWayOut,
  previewRestore,
  type RestorePreview,
  restore,
  restoreCommand,
  selectChanges,
} from '../engine/index.ts'
import { formatDuration } from '../model/duration.ts'
import type { RestoredEntry, RestoreOptions } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import { identityText } from '../model/identity-text.ts'
import { secondsToHorizon } from '../model/run/horizon.ts'
import type { RunState } from '../model/run/replay.ts'
import { refuseRotating } from '../model/run/rotation-fold.ts'
import type { OpenLab } from '../toolkit/lab.ts'
import { actorOf, type OpenRun, type RunFlags, withRun } from '../toolkit/open-run.ts'
import { askToGiveBack, optionsOf, type RestoreChoices } from '../toolkit/restore-options.ts'
import type { RestoreResult } from '../toolkit/results/restore.ts'
import { entryName } from '../ui/entry.ts'
import { jsonText, previewJson, restoreJson } from '../ui/json.ts'
import { clockTime, pageOf } from '../ui/page.ts'
import { listed, previewText } from '../ui/restore.ts'
import { idleText, restoredText } from '../ui/restored.ts'
import { chooseDrift, confirm } from './ask.ts'
import { exitOfRestore } from './exit-code.ts'
import { canAsk, exitWith, print, tell } from './terminal.ts'

export interface RestoreRequest extends RunFlags, RestoreChoices {
  only: string[]
  keepClock: boolean
  dryRun: boolean
  reason?: string | undefined
  yes?: boolean
  all?: boolean
}

export async function restoreRun(run: string, request: RestoreRequest): Promise<void> {
  if (!request.dryRun && !request.yes && !canAsk()) {
    throw new Fault('usage', 'a yes is needed, and there is no terminal to ask on', {
      where: '--yes',
      next: 'look at it with --dry-run, then give --yes; nothing was changed',
    })
  }
  await withRun('restore', run, request, { write: !request.dryRun, strict: true }, async open => {
    refuseRotating(open.state)
    const { only } = request
    const options = await optionsOf(open.state, request)
    const question = { state: open.state, holds: open.holds, only, options }
    const held = selectChanges(question)
    if (!request.dryRun && !request.yes) await askToGiveBack(held, request, options)
    const preview = await previewPastHorizon(open, question, request)
    const dated = held.some(({ planned }) => planned.horizon > 0)
    if (dated && !request.dryRun && !request.acceptLiveTokens) open.checkClock('when old sessions end')
    if (request.dryRun) return await show(open.state, preview, request, open.world.clock())
    // Asked twice, done once: a script may repeat itself.
    if (isIdle(preview)) return await showIdle(open, request)
    refuseBlocked(preview, options, open)
    const choices = await ask(open, preview, request)
    const journal = await open.journal()
    const state = await restore(open.world, {
      ...question,
      journal,
      choices,
      reason: request.reason ?? '',
      actor: actorOf(),
    })
    const tried = state.rotation ? await (await import('./rotation.ts')).tryRotated(open, journal) : true
    await open.watch.end()
    const page = await pageOf(process.stdout, { now: open.world.clock(), all: request.all === true })
    await print(request.json ? jsonText(restoreJson(state)) : restoredText(state, page))
    exitWith(tried ? exitOfRestore(state) : 'incomplete')
  })
}

/** `restore --rotate`: new credentials first, and access only with them. */
export async function restoreWithNew(
  run: string,
  request: RestoreRequest & { into: string; removal: 'never' | 'after' | 'first' },
): Promise<void> {
  const { rotateRun } = await import('./rotation.ts')
  await rotateRun(run, { ...request, restore: { ...request, preview: previewPastHorizon } })
}

/**
 * What the restore would do. In a rehearsal nobody waits twelve hours for a token to expire: if the restore would be
 * refused until then, or has nothing to do before then, the lab's clock is moved to the day after first.
 */
async function previewPastHorizon(
  open: OpenRun,
  question: Parameters<typeof previewRestore>[1],
  { dryRun, keepClock, acceptLiveTokens }: Pick<RestoreRequest, 'dryRun' | 'keepClock' | 'acceptLiveTokens'>,
): Promise<RestorePreview> {
  const preview = await previewRestore(open.world, question)
  if (!open.lab || dryRun || keepClock || acceptLiveTokens) return preview
  const waits = preview.changes.filter(
    ({ blocked, entries }) =>
      blocked !== undefined || entries.some(({ decision }) => decision === 'stepped-down'),
  )
  if (waits.length === 0 || !(waits.some(({ blocked }) => blocked !== undefined) || isIdle(preview)))
    return preview
  if (!(await dayAfter(open.lab, secondsToHorizon(selectChanges(question), open.lab.now())))) return preview
  return await previewRestore(open.world, question)
}

const IDLE: ReadonlySet<RestoredEntry['decision']> = new Set(['stepped-down', 'kept-off', 'recent'])

/** Nothing would be written and no hold would end. */
function isIdle({ changes }: RestorePreview): boolean {
  return changes.every(
    ({ entries, fault, blocked }) =>
      fault === undefined && blocked === undefined && entries.every(({ decision }) => IDLE.has(decision)),
  )
}

async function showIdle({ state, world }: OpenRun, request: RestoreRequest): Promise<void> {
  if (request.json) {
    return await print(jsonText({ ...restoreJson(state), status: 'complete' } satisfies RestoreResult))
  }
  const page = await pageOf(process.stdout, { now: world.clock() })
  await print(idleText(state, page))
}

/** False where there is nothing to wait for. */
async function dayAfter(lab: OpenLab, toHorizon: number): Promise<boolean> {
  if (toHorizon === 0) return false
  const seconds = toHorizon + 60
  await lab.advance(seconds)
  tell(
    `lab: the clock was moved ${formatDuration(seconds)} ahead, past the time at which old sessions expire`,
  )
  return true
}

async function show(
  state: RunState,
  { changes }: RestorePreview,
  request: RestoreRequest,
  now: string,
): Promise<void> {
  const page = await pageOf(process.stdout, { now, all: request.all === true })
  await print(request.json ? jsonText(previewJson(state.run, changes)) : previewText(state, changes, page))
  const drifted = changes.some(({ entries }) => entries.some(({ decision }) => decision === 'drift'))
  if (drifted) exitWith('drift')
}

/** Nobody is asked anything for a restore that is going to be refused. */
function refuseBlocked(preview: RestorePreview, options: RestoreOptions, { world, state }: OpenRun): void {
  const blocked = preview.changes.filter(change => change.blocked !== undefined)
  const [first] = blocked
  if (!first) return
  const latest = blocked
    .map(({ horizonEnds }) => horizonEnds ?? '')
    .sort()
    .at(-1)
  const until = latest === undefined || latest === '' ? '' : ` until ${clockTime(latest, world.clock())}`
  const stuck = options.stepDown ? `, and it cannot step down${reasonOf(first.blocked)}` : ''
  const said = `refused: sessions and tokens issued before the containment would work again${until}${stuck}`
  throw new Fault('horizon', said, {
    where: listed(blocked.map(({ identity }) => identityText(identity))),
    next: horizonWayOut(preview, restoreCommand({ run: state.run, world }), options),
  })
}

/** The part in brackets of why a change cannot step down. */
function reasonOf(blocked: string | undefined): string {
  const reason = /^it cannot step down( \(.*?\));/s.exec(blocked ?? '')?.[1]
  return reason ?? ''
}

async function ask(
  open: OpenRun,
  { changes }: RestorePreview,
  request: RestoreRequest,
): Promise<Map<string, Choice>> {
  const choices = new Map<string, Choice>()
  if (!request.json) {
    const page = await pageOf(process.stderr, { now: open.world.clock(), all: request.all === true })
    tell(previewText(open.state, changes, page))
  }
  if (request.drift === undefined && !request.yes) {
    for (const { key, identity, entries } of changes) {
      for (const { entry, decision } of entries) {
        if (decision !== 'drift') continue
        choices.set(
          choiceKey(key, entry),
          await chooseDrift(
            `${identityText(identity)} ${entryName(entry, open.state.changes.get(key)?.planned.seen)}`,
          ),
        )
      }
    }
  }
  if (!request.yes)
    await confirm(`Put back ${changes.length} ${changes.length === 1 ? 'change' : 'changes'}?`)
  if (open.world.signal?.aborted) throw new Fault('interrupted', 'interrupted; nothing was changed')
  return choices
}
