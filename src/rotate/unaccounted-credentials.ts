import { placeOfRun, runCommand } from '../model/command-text.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Issued } from '../model/rotation.ts'
import type { Attempt } from '../model/run/state.ts'
import { type Bench, type Recording, type Work, waits } from './rotation-context.ts'

/**
 * The credentials that were not there when the attempt was recorded. A list lags behind what was created, so that an empty
 * answer counts only once the attempt is old enough.
 */
export async function appearedSince(
  recording: Recording,
  bench: Bench,
  { rotation, client, context }: Work,
  { since, before, name }: Attempt,
): Promise<Issued[]> {
  const known = new Set(before)
  for (const pause = waits(bench); ; ) {
    const listed = await rotation.list(client, context).catch((error: unknown) => {
      throw new Unaccounted(error, recording)
    })
    const now = listed.filter(each => !known.has(each.name))
    const whole = name === undefined ? now.length > 0 : now.some(each => each.name === name)
    const age = Date.parse(bench.clock()) - Date.parse(since)
    if (whole || age >= bench.lag || bench.signal?.aborted) return now
    await pause.wait(bench.signal)
  }
}

/** Returns the leftovers: of those that carry a mark, ours; else all that appeared, with or without the one we know. */
export function extras(
  appeared: readonly Issued[],
  known: string | undefined,
  what: 'with it' | 'without it',
): Issued[] {
  return appeared.filter(({ name, ours }) => (name === known ? what === 'with it' : ours !== false))
}

/** Takes each away and says so in the journal. Throws a Fault for one that cannot be taken away: the attempt stays open. */
export async function retireAll(
  recording: Recording,
  { key, rotation, client, context, change }: Work,
  orphans: readonly Issued[],
  known: string | undefined,
): Promise<void> {
  const reported = new Set(change.rotation?.orphans.map(({ name }) => name))
  for (const { name, ours } of orphans) {
    const since = change.rotation?.attempt?.since
    const about = since === undefined ? context : { ...context, since }
    const certain = name === known || ours === true
    const retired = await rotation.retire(client, name, certain, about).catch((error: unknown) => {
      throw new Unaccounted(error, recording)
    })
    if (reported.has(name)) continue
    await recording.record({ type: 'rotation.orphaned', key, name, ...retired })
  }
}

/** The credentials could not be listed, or not be changed: the attempt stays open, and `resume` continues it. */
export class Unaccounted extends Fault {
  constructor(error: unknown, { state }: Recording) {
    const { code, message, where } = toFault(error)
    super(code, message, {
      ...(where === undefined ? {} : { where }),
      next: `${runCommand('resume', placeOfRun(state))} accounts for what was created, and continues`,
      cause: error,
    })
  }
}
