import { quotedWord } from '../model/command-text.ts'
import type { Actor, RunStatus } from '../model/entry.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Journal } from '../model/journal.ts'
import { isLeft } from '../model/run/held-settings.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import { carryOut } from './carry-out.ts'
import { groupOf, type Limit, runLanes } from './lanes.ts'
import { previewRestore, type RestorePreview, type RestoreRequest, selectChanges } from './preview.ts'
import { Recorder } from './recorder.ts'
import { restoreCommand } from './restore-advice.ts'
import { segments } from './segments.ts'
import { type Ending, toBefore } from './to-before.ts'
import type { World } from './world.ts'

/**
 * Puts back what the run put there, and nothing else. Refused as a whole, before the first write, while the token
 * horizon of a change lasts and it cannot step down (Fault `horizon`). Each setting is restored on its own. If one of an
 * identity fails, the identity's other changes wait: staying contained is the safe side. A setting that no longer exists stops
 * nothing.
 */
export async function restore(
  world: World,
  request: RestoreRequest & { journal: Journal; reason: string; actor: Actor },
): Promise<RunState> {
  const preview = await previewRestore(world, request)
  const blocked = preview.changes.filter(change => change.blocked !== undefined)
  const [first] = blocked
  if (first) {
    throw new Fault('horizon', `refused: ${first.blocked}`, {
      where: blocked
        .map(({ identity }) => identity.id)
        .filter((id, at, all) => all.indexOf(id) === at)
        .join(', '),
      next: horizonWayOut(preview, restoreCommand({ run: request.state.run, world }), request.options),
    })
  }
  const recorder = new Recorder(request.journal, world.listen, request.state, request.holds)
  await recorder.record({
    type: 'restore.started',
    actor: request.actor,
    reason: request.reason,
    only: [...request.only],
    options: request.options,
  })
  return await carryOnRestore(world, recorder, request)
}

/** The rest of a restore that is recorded as started. */
export async function carryOnRestore(
  world: World,
  recorder: Recorder,
  request: RestoreRequest,
): Promise<RunState> {
  const changes = selectChanges(request)
  const progress = new Progress()
  const decider = toBefore(world, recorder, request, (change, ending) => progress.ended(change, ending))
  const putBack = async (some: readonly ChangeState[], limit: Limit) => {
    const due = some.filter(change => !progress.stopped(change))
    await carryOut(
      world,
      decider,
      due.map(change => ({ change })),
      limit,
    )
  }
  const inTurn = async (some: readonly ChangeState[]) => {
    for (const change of some) await putBack([change], task => task())
  }
  world.listen({ type: 'stage', stage: 'restore', at: 'begin' })
  try {
    await runLanes(segments(world, changes, 'restore'), {
      group: async group => {
        for (const change of group) await inTurn([change, ...progress.waiting(change)])
      },
      wave: async (wave, limit) => {
        const waiting = wave.map(change => progress.waiting(change))
        await putBack(wave, limit)
        for (const each of waiting) await inTurn(each)
      },
    })
  } catch (error) {
    if (toFault(error).code !== 'interrupted') throw error
    await recorder.record({ type: 'restore.finished', status: 'interrupted' })
    return recorder.state
  }
  world.listen({ type: 'stage', stage: 'restore', at: 'end' })
  const left = changes.some(({ held }) => held.some(isLeft))
  const missing = changes.some(({ restored }) => restored.some(({ decision }) => decision === 'missing'))
  const status: RunStatus = progress.failed || left || missing ? 'incomplete' : 'complete'
  await recorder.record({ type: 'restore.finished', status })
  return recorder.state
}

/** Identities that a command names one by one. */
const NAMED = 6

/** Ways out of a restore that is refused until a moment, as commands that work as they are. */
export function horizonWayOut(
  preview: Pick<RestorePreview, 'changes'>,
  command: string,
  { stepDown }: Pick<RestoreRequest['options'], 'stepDown'>,
): string {
  const blocked = preview.changes.filter(change => change.blocked !== undefined)
  const until = blocked
    .map(({ horizonEnds }) => horizonEnds ?? '')
    .sort()
    .at(-1)
  const stuck = new Set(blocked.map(({ identity }) => identity.id))
  const others = [...new Set(preview.changes.map(({ identity }) => identity.id))].filter(id => !stuck.has(id))
  const names = others.length > NAMED ? ['NAME'] : others.map(quotedWord)
  const sooner = [
    ...(stepDown ? [] : [`${command}, which denies only what was issued before now`]),
    ...(names.length === 0 ? [] : [`the others now: ${command} --only ${names.join(' --only ')}`]),
    `accept it: ${command} --accept-live-tokens --reason 'why it is accepted'`,
  ]
  return `wait until ${until}; or ${sooner.join('; or ')}; nothing was changed`
}

/**
 * One identity is restored up to the first change with a failure: staying contained is the safe side. A change that finds no
 * room may find it once a deny of ours is out of the way, so it waits for the next change instead.
 */
class Progress {
  readonly #stopped = new Set<string>()
  readonly #waiting = new Map<string, ChangeState>()

  get failed(): boolean {
    return this.#stopped.size > 0 || this.#waiting.size > 0
  }

  stopped({ planned }: ChangeState): boolean {
    return this.#stopped.has(groupOf(planned))
  }

  waiting({ planned }: ChangeState): ChangeState[] {
    return [...this.#waiting.values()].filter(each => groupOf(each.planned) === groupOf(planned))
  }

  ended(change: ChangeState, ending: Ending): void {
    if (ending === 'done' || ending === 'missing') this.#waiting.delete(change.key)
    else if (ending === 'no-room') this.#waiting.set(change.key, change)
    else this.#stopped.add(groupOf(change.planned))
  }
}
