import { toFault } from '../../model/fault.ts'
import { moment } from '../../model/purpose.ts'
import type { Holds } from '../../model/run/holds.ts'
import type { ChangeState } from '../../model/run/state.ts'
import { type Recorder, stopsTheRun } from '../recorder.ts'
import { owners, sweep } from '../sweep.ts'
import type { World } from '../world.ts'

/**
 * Milliseconds between two sweeps: while somebody fights, and at first; later less and less often. Where nobody fights, a crowd of
 * owners is listed as seldom as the guard looks at a crowd of changes: the sweep after the last cut is in force finds what these
 * would find, and they cost some calls for each owner.
 */
const FOUGHT_MS = 400
const FIRST_MS = 1_000
const SLOWEST_MS = 10_000
const GROWTH = 1.5
/** So many owners are listed at full speed. */
const CROWD = 6

interface Sweeping {
  recorder: Recorder
  holds: Holds
  isFought: () => boolean
  /** Contains what appeared. */
  add: (added: ChangeState[]) => Promise<void>
}

/** Looks for new credentials of contained principals again and again, and has them contained, until it is ended. */
export function keepSweeping(world: World, request: Sweeping): { end(): Promise<void> } {
  const timing = world.timing
  const stop = new AbortController()
  const { signal } = stop
  const isOver = () => signal.aborted || world.signal?.aborted === true
  const work = async () => {
    for (let next = FIRST_MS; ; next = Math.min(SLOWEST_MS, next * GROWTH)) {
      const calm = () => next * Math.max(1, owners(request.recorder.state).length / CROWD)
      // A fight may begin while we wait.
      for (
        let waited = 0;
        waited < (request.isFought() ? FOUGHT_MS : calm()) && !isOver();
        waited += FOUGHT_MS
      ) {
        await timing.sleep(FOUGHT_MS, signal)
      }
      if (isOver()) return
      try {
        const { added } = await sweep(world, request.recorder, request.holds, moment())
        if (added.length > 0) await request.add(added)
      } catch (error) {
        const fault = toFault(error)
        if (fault.code === 'interrupted') return
        if (stopsTheRun(fault)) throw error
      }
    }
  }
  const working = work()
  // It is thrown when the sweeping is ended.
  working.catch(() => undefined)
  return {
    async end() {
      stop.abort()
      await working
    },
  }
}
