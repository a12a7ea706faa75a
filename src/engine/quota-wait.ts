import type { Holds } from '../model/run/holds.ts'
import type { ChangeState } from '../model/run/state.ts'
import type { Recorder } from './recorder.ts'
import { applyTogether } from './to-contained.ts'
import { checkSignal, type World } from './world.ts'

/**
 * Carries out what was postponed, as soon as each may be tried again; what is held up once more waits once more. Returns the
 * changes that were postponed, contained or not. Throws Fault `interrupted` after a Ctrl-C.
 */
export async function applyPostponed(world: World, recorder: Recorder, holds: Holds): Promise<ChangeState[]> {
  const all = new Set<ChangeState>()
  for (;;) {
    const waiting = [...recorder.state.changes.values()].filter(({ postponed }) => postponed !== undefined)
    if (waiting.length === 0) return [...all]
    for (const each of waiting) all.add(each)
    const untils = waiting.map(({ postponed }) => Date.parse(postponed?.until ?? ''))
    // The times are those of the target's clock, which in a rehearsal may be ahead of ours, but runs as fast.
    const ms = Math.min(...untils) - Date.parse(world.clock())
    if (ms > 0) await world.timing.sleep(ms, world.signal)
    checkSignal(world)
    const now = Date.parse(world.clock())
    const due = waiting.filter(({ postponed }) => Date.parse(postponed?.until ?? '') <= now)
    await applyTogether(world, recorder, holds, due, task => task())
  }
}
