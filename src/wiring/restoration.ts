import {
  type Choice,
  choiceKey,
  previewRestore,
  type RestorePreview,
  restore,
  selectChanges,
} from '../engine/index.ts'
import { formatDuration } from '../model/duration.ts'
import type { RestoreOptions } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import type { RunState } from '../model/replay.ts'
import { refuseRotating } from '../model/rotated.ts'
import { entryName } from '../ui/entry.ts'
import { identityText } from '../ui/identity.ts'
import { jsonText, previewJson, restoreJson } from '../ui/json.ts'
import { horizonEnd } from '../ui/numbers.ts'
import { clockTime, pageOf } from '../ui/page.ts'
import { listed, previewText, restoredText } from '../ui/restore.ts'
import { chooseDrift, confirm } from './ask.ts'
import type { OpenLab } from './lab.ts'
import { exitOfRestore } from './outcome.ts'
import { actorOf, type OpenRun, type RunFlags, withRun } from './run.ts'
import { canAsk, exitWith, print, tell } from './terminal.ts'

export interface RestoreRequest extends RunFlags {
  only: string[]
  drift?: Choice | undefined
  stepDown: boolean
  acceptLiveTokens: boolean
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
    const { only, stepDown, acceptLiveTokens } = request
    const options: RestoreOptions = { drift: request.drift ?? 'skip', stepDown, acceptLiveTokens }
    const question = { state: open.state, holds: open.holds, only, options }
    const held = selectChanges(question)
    if (open.lab && !request.dryRun && !request.keepClock && !stepDown && !acceptLiveTokens) {
      await dayAfter(open.lab, horizonEnd(held))
    }
    const preview = await previewRestore(open.world, question)
    const dated = held.some(({ planned }) => planned.horizon > 0)
    if (dated && !request.dryRun && !acceptLiveTokens) open.checkClock('when old sessions end')
    if (request.dryRun) return await show(open.state, preview, request, open.world.clock())
    // Asked twice, done once: a script may repeat itself.
    if (held.length === 0) {
      return await print(
        request.json
          ? jsonText({ ...restoreJson(open.state), status: 'complete' })
          : `run ${run} holds nothing any more\n`,
      )
    }
    refuseBlocked(preview, stepDown, open.world.clock())
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
  const { stepDown, acceptLiveTokens, keepClock, drift = 'skip' } = request
  await rotateRun(run, {
    ...request,
    restore: {
      drift,
      stepDown,
      acceptLiveTokens,
      async dayAfter({ lab }, changes) {
        if (lab && !keepClock && !stepDown && !acceptLiveTokens) await dayAfter(lab, horizonEnd(changes))
      },
    },
  })
}

/** In a rehearsal nobody waits twelve hours for a token to die: the lab's clock is moved to the day after. */
async function dayAfter(lab: OpenLab, horizon: string | undefined): Promise<void> {
  if (horizon === undefined || horizon <= lab.now()) return
  const seconds = Math.ceil((Date.parse(horizon) - Date.parse(lab.now())) / 1000) + 60
  await lab.advance(seconds)
  tell(`lab: the clock was moved ${formatDuration(seconds)} ahead, past the token horizon`)
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
function refuseBlocked({ changes }: RestorePreview, stepDown: boolean, now: string): void {
  const blocked = changes.filter(change => change.blocked !== undefined)
  const [first] = blocked
  if (!first) return
  const latest = blocked
    .map(({ horizonEnds }) => horizonEnds ?? '')
    .sort()
    .at(-1)
  const until = latest === undefined || latest === '' ? '' : ` until ${clockTime(latest, now)}`
  const stuck = stepDown ? ', also with --step-down' : ''
  throw new Fault('horizon', `refused: what was issued before the cut would work again${until}${stuck}`, {
    where: listed(blocked.map(({ identity }) => identityText(identity))),
    next: stepDown
      ? `wait until ${latest}, restore the others with --only, or --accept-live-tokens --reason …; nothing was changed`
      : `wait until ${latest}, or restore with --step-down (denies only what was issued before now), or with --accept-live-tokens --reason …; nothing was changed`,
  })
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
