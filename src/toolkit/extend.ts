import { Fault } from '../model/fault.ts'
import { isOpen } from '../model/run/replay.ts'
import type { RunState } from '../model/run/state.ts'
import { storeOf } from './folders.ts'
import type { Host } from './host.ts'
import { lock } from './open-run.ts'
import type { RunRequest } from './run-request.ts'
import { trustState, unseenFault } from './state-trust.ts'

/** Longest time from now to a review, in seconds: as long as a playbook may ask for. */
const LONGEST = 90 * 24 * 60 * 60

/** How far the review of a run is put off. */
export interface ExtendRequest extends RunRequest {
  /** Seconds after the review date; after now, where that is over. */
  by: number
  reason: string
}

/**
 * Puts the review of an open run off, and records who did and why. Asks no cloud. Faults: those of reading a run, `locked`, `refused`
 * where nothing is left to restore, `usage` for more than 90 days.
 *
 * @returns the run, and when its review was due before; RFC 3339
 */
export async function extendRun(
  host: Host,
  run: string,
  request: ExtendRequest,
): Promise<{ state: RunState; before: string; now: string }> {
  const { by, reason, wait } = request
  const store = await storeOf(host.folders)
  await store.read(run)
  await trustState(store, host, request.trustState === true)
  const release = await lock(store, host, 'extend', { run, wait })
  try {
    const { state, entries, unseen } = await store.read(run)
    if (unseen) throw unseenFault(run)
    if (!isOpen(state)) {
      throw new Fault('refused', `run ${run} holds nothing that is still to be restored`, { where: run })
    }
    const ended = [...state.changes.values()].find(({ planned }) => planned.ends !== undefined)?.planned.ends
    if (ended !== undefined) {
      throw new Fault('refused', `what run ${run} stopped ends by itself at ${ended}, in the cloud`, {
        where: run,
        next: 'contain again, for longer',
      })
    }
    // The clock of a lab may be ahead, and a journal does not go back.
    const last = entries.at(-1)?.at ?? ''
    const clock = () => {
      const here = new Date(host.timing.date()).toISOString()
      return here > last ? here : last
    }
    const now = clock()
    const before = state.due
    const due = new Date(Date.parse(before > now ? before : now) + by * 1000).toISOString()
    if (Date.parse(due) - Date.parse(now) > LONGEST * 1000) {
      throw new Fault('usage', 'a review is at most 90 days away', {
        where: '--by',
        next: 'put it off by less; a containment that nobody looks at is forgotten',
      })
    }
    const { journal } = await store.append(run, clock)
    try {
      await journal.append({ type: 'run.extended', actor: host.actor, reason, due })
    } finally {
      await journal.close()
    }
    return { state: (await store.read(run)).state, before, now }
  } finally {
    await release()
  }
}
