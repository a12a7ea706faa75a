import { type Backoff, backoff } from '../model/backoff.ts'
import type { Body, Entry } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import type { Rotation, RotationContext, Sink } from '../model/rotation.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import type { Timing } from '../model/timing.ts'

/** Everything that a rotation works with; joined by the command that starts it. */
export interface Bench {
  /** The way to replace a credential of this cloud and kind; undefined where there is none. */
  rotation(of: ChangeState): Rotation | undefined
  /** The client of the account of an identity; Fault `wrong-target` when we are not signed in there. */
  client(of: ChangeState): unknown
  /** Where the new credential of a change goes, as an address. */
  place(of: ChangeState): string
  /** Opens the address for the new credential of a change. Calls nothing. */
  sink(place: string, of: ChangeState): Sink
  /** Changes whose credential the house protects since, by key: none of them gets a new attempt. Absent: none. */
  spared?: ReadonlyMap<string, Fault>
  /** RFC 3339; the clock of the target. */
  clock(): string
  signal?: AbortSignal
  /** The clock and the waits. */
  timing: Timing
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

/** Returns the waits between two looks at a cloud: 100 ms, growing to two seconds. */
export function waits({ timing }: Bench): Backoff {
  return backoff({ first: 100, most: 2_000, factor: 1.6, timing })
}

/** Milliseconds of the bench's clock that only goes forward. */
export function elapsed({ timing }: Bench): number {
  return timing.now()
}
