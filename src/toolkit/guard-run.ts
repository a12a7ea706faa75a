import { type GuardNews, type Opened, standGuard, type World } from '../engine/index.ts'
import type { Store } from '../journal/store.ts'
import type { Fault } from '../model/fault.ts'
import { isOpen } from '../model/run/replay.ts'
import type { RunState } from '../model/run/state.ts'
import { journalPath, storeOf } from './folders.ts'
import type { Host } from './host.ts'
import { lock, withRun } from './open-run.ts'
import type { RunRequest } from './run-request.ts'
import { holdsOf } from './target.ts'
import { unbelievedText } from './unbelieved-runs.ts'

/** How long to guard a run. */
export interface GuardLimits {
  /** Seconds; until the clouds enforce it when missing. */
  for?: number | undefined
  /** Counter-moves after which the guard gives up; `GUARD_LIMIT` when missing. */
  limit?: number | undefined
}

/** The run to guard, and the receiver of counter-moves. */
export interface GuardRequest extends RunRequest, GuardLimits {
  /** Called with the run before the guard begins; its result takes the news. */
  reporter?: (state: RunState) => (news: GuardNews) => void
}

/** The end of a guard. `ended`: the run is restored or being restored, and nothing is guarded any more. */
export type Guarded =
  | { outcome: 'run'; state: RunState /** The journal's file. */; path: string; now: string }
  | { outcome: 'ended'; state: RunState; path: string; now: string }

/** Counter-moves after which a guard gives up, unless the caller names another number. */
export const GUARD_LIMIT = 200
/** Seconds that another command may have the state folder before we look again. */
const PATIENCE = 1

/** Keeps what the run wrote. Takes the lock of the state folder only to write. Faults: those of opening a run. */
export async function guardRun(host: Host, run: string, request: GuardRequest): Promise<Guarded> {
  return await withRun(host, 'guard', run, request, { write: false, strict: true }, async open => {
    const store = await storeOf(host.folders, { follow: true })
    await open.begin()
    const report = request.reporter?.(open.state)
    const state = await guardIn(open.world, host, store, run, { ...request, ...(report ? { report } : {}) })
    const outcome = state.restore || !isOpen(state) ? 'ended' : 'run'
    return { outcome, state, path: journalPath(host.folders, run), now: open.world.clock() }
  })
}

/** Guards a run of a state folder in a world that is joined. */
export async function guardIn(
  world: World,
  host: Pick<Host, 'warn' | 'during'>,
  store: Store,
  run: string,
  request: GuardLimits & { report?: (news: GuardNews) => void },
): Promise<RunState> {
  // It is read again and again, and said once.
  const warned = new Set<string>()
  const unknown = (other: string, fault: Fault) => {
    if (warned.has(other)) return
    warned.add(other)
    host.warn(unbelievedText(other, fault, 'so what it holds is not known'))
  }
  const holds = (listed = store.list()) => holdsOf(store, world.target, unknown, listed)
  return await standGuard(world, {
    async read() {
      const listed = await store.list()
      const own = listed.find(each => each.run === run)
      // Where it is not believed, reading it says why.
      const { state } = own && 'state' in own ? own : await store.read(run)
      return { state, holds: await holds(Promise.resolve(listed)) }
    },
    async open(): Promise<Opened> {
      const { warn, during } = host
      const { timing } = world
      const waiting = { warn, during, timing, ...(world.signal ? { signal: world.signal } : {}) }
      const release = await lock(store, waiting, 'guard', { run, wait: PATIENCE })
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
