import { verify } from '../engine/index.ts'
import type { RunState } from '../model/run/state.ts'
import type { Host } from './host.ts'
import { withRun } from './open-run.ts'
import type { RunRequest } from './run-request.ts'

/** The end of a second look. */
export interface Verified {
  outcome: 'verified'
  state: RunState
  /** RFC 3339; the clock of the target. */
  now: string
}

/**
 * Looks again whether everything that a run holds is still in force, and sweeps for credentials made since. Writes to the journal
 * only. Faults: those of opening a run.
 */
export async function verifyRun(host: Host, run: string, request: RunRequest): Promise<Verified> {
  return await withRun(host, 'verify', run, request, { write: true, strict: false }, async open => {
    const journal = await open.journal()
    const state = await verify(open.world, { state: open.state, journal, holds: open.holds })
    return { outcome: 'verified', state, now: open.world.clock() }
  })
}
