import type { GuardNews, Opened } from '../engine/index.ts'
import { standGuard } from '../engine/index.ts'
import type { Store } from '../journal/store.ts'
import type { Fault } from '../model/fault.ts'
import { isOpen, type RunState } from '../model/run/replay.ts'
import { openNotifiers } from '../notify/index.ts'
import { lock, type RunFlags, withRun } from '../toolkit/open-run.ts'
import { holdsOf, type Joined } from '../toolkit/target.ts'
import { containJson, jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { summaryText } from '../ui/summary.ts'
import { exitOfRun } from './exit-code.ts'
import { foldersOf, storeOf } from './folders.ts'
import { guardNotifier } from './guard-notes.ts'
import { exitWith, print, tell } from './terminal.ts'

export interface GuardRequest extends RunFlags {
  /** Seconds. */
  for?: number | undefined
  limit?: number | undefined
  notify?: readonly string[] | undefined
  all?: boolean
}

/** Counter-moves after which a guard gives up, without a word from the caller. */
export const GUARD_LIMIT = 200
/** Seconds that another command may have the state folder before we look again. */
const PATIENCE = 1

/** `interdict guard RUN`: keeps what the run wrote. Takes the lock of the state folder only to write. */
export async function guardRun(run: string, request: GuardRequest): Promise<void> {
  const notifiers = openNotifiers(request.notify ?? [], process.env)
  await withRun('guard', run, request, { write: false, strict: true }, async open => {
    const store = await storeOf(foldersOf(request))
    open.begin()
    await open.watch.begin({ state: open.state, entries: [] })
    const notes = guardNotifier(notifiers, run, open.state)
    const state = await guarded(open.world, store, run, { ...request, report: notes.report })
    await open.watch.end()
    await notes.done()
    const page = await pageOf(process.stdout, { now: open.world.clock(), all: request.all === true })
    if (request.json) await print(jsonText(containJson(state, open.path)))
    else if (state.restore || !isOpen(state)) await print(endedText(state))
    else await print(summaryText(state, open.path, page))
    exitWith(state.restore || !isOpen(state) ? 'done' : exitOfRun(state))
  })
}

function endedText({ run }: RunState): string {
  return `run ${run} is restored or being restored: nothing is guarded any more\n`
}

/** Guards a run of a state folder in a world that is joined. */
export async function guarded(
  world: Joined['world'],
  store: Store,
  run: string,
  request: { for?: number | undefined; limit?: number | undefined; report?: (news: GuardNews) => void },
): Promise<RunState> {
  // It is read again and again, and said once.
  const told = new Set<string>()
  const unknown = (other: string, fault: Fault) => {
    if (told.has(other)) return
    told.add(other)
    tell(`interdict: run ${other} cannot be believed, so what it holds is not known: ${fault.message}`)
  }
  const holds = () => holdsOf(store, world.target, unknown)
  return await standGuard(world, {
    async read() {
      const { state } = await store.read(run)
      return { state, holds: await holds() }
    },
    async open(): Promise<Opened> {
      const { signal = new AbortController().signal } = world
      const release = await lock(store, 'guard', { run, signal, wait: PATIENCE })
      try {
        const { journal, state } = await store.append(run, world.clock)
        const close = async () => {
          try {
            await journal.close()
          } finally {
            await release()
          }
        }
        return { state, journal, holds: await holds(), close }
      } catch (error) {
        await release()
        throw error
      }
    },
    forMs: (request.for ?? 0) * 1000,
    limit: request.limit ?? GUARD_LIMIT,
    ...(request.report ? { report: request.report } : {}),
  })
}
