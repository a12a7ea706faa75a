import type { Body, Entry } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import type { Rotation, RotationContext, Sink } from '../model/rotation.ts'
import type { ChangeState, RunState } from '../model/run/replay.ts'

/** What a rotation works with; joined by the command that starts it. */
export interface Bench {
  /** The way to replace a credential of this cloud and kind; undefined where there is none. */
  rotation(of: ChangeState): Rotation | undefined
  /** The client of the account of an identity; Fault `wrong-target` when we are not signed in there. */
  client(of: ChangeState): unknown
  /** Where the new credential of a change goes, as an address. */
  place(of: ChangeState): string
  /** Opens the address for the new credential of a change. Calls nothing. */
  sink(place: string, of: ChangeState): Sink
  /** RFC 3339; the clock of the target. */
  clock(): string
  signal?: AbortSignal
  /** How long a new credential may take to be known everywhere, in milliseconds. */
  patience: number
  /** How long a list may lag behind what was created, in milliseconds. */
  lag: number
}

/** An entry goes to disk, then into the state. */
export interface Recording {
  readonly state: RunState
  record(body: Body): Promise<Entry>
}

/** Everything about one change that a step needs. */
export interface Work {
  key: string
  change: ChangeState
  rotation: Rotation
  client: unknown
  context: RotationContext
}

/** Fault `unsupported` when this version knows no way to replace such a credential. */
export function workOn(bench: Bench, run: string, change: ChangeState): Work {
  const rotation = bench.rotation(change)
  if (!rotation) {
    throw new Fault('unsupported', `a ${change.identity.kind} cannot be rotated`, {
      where: change.identity.id,
    })
  }
  const since = change.rotation?.attempt?.since
  const context: RotationContext = {
    run,
    now: bench.clock(),
    old: change.identity,
    ...(since === undefined ? {} : { since }),
  }
  return { key: change.key, change, rotation, client: bench.client(change), context }
}

/** Waits that grow up to two seconds; ends at once when aborted. */
export function waits(): (signal?: AbortSignal) => Promise<void> {
  let next = 100
  return signal => {
    const wait = next
    next = Math.min(2000, next * 1.6)
    return new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, wait)
      signal?.addEventListener('abort', done)
    })
  }
}
