import { callsMade, resume } from '../engine/index.ts'
import { isRotating, owesRestore } from '../model/run/rotation-fold.ts'
import type { RunState } from '../model/run/state.ts'
import type { Contained } from './contain.ts'
import type { Host } from './host.ts'
import { withRun } from './open-run.ts'
import type { Rotated } from './rotate.ts'
import type { RunRequest } from './run-request.ts'

/** The end of a resumed run: of its rotation, its restore or its containment. */
export type Resumed =
  | Extract<Rotated, { outcome: 'rotated' }>
  | { outcome: 'restored'; state: RunState; tried: true; now: string }
  | Extract<Contained, { outcome: 'run' }>

/**
 * Resumes a run that was cut off, from its journal: the rotation, the restore or the containment that had begun. Faults: those
 * of opening a run, `refused` when there is nothing to resume.
 *
 * @param request `noWait`: do not wait for the delays that the clouds document
 */
export async function resumeRun(
  host: Host,
  run: string,
  request: RunRequest & { noWait?: boolean },
): Promise<Resumed> {
  return await withRun(host, 'resume', run, request, { write: true, strict: true }, async open => {
    if (isRotating(open.state) || owesRestore(open.state)) {
      const { resumeRotation } = await import('./rotate.ts')
      return await resumeRotation(host, open)
    }
    const playbook = await open.playbook()
    const journal = await open.journal()
    const { holds, world, path } = open
    const { noWait = false } = request
    const state = await resume(world, { state: open.state, journal, holds, playbook, noWait })
    const now = world.clock()
    return state.restore
      ? { outcome: 'restored', state, tried: true, now }
      : { outcome: 'run', state, path, now, calls: callsMade(world) }
  })
}
