import { Fault, toFault } from '../../model/fault.ts'
import type { LockWait } from '../lock.ts'
import { type Holder, holderIn, holderOf, type LockPurpose } from '../lock-holder.ts'
import type { ObjectStore } from './object-store.ts'

/** Milliseconds for which a lease is good without being renewed. */
const TERM_MS = 20_000
/** Milliseconds before the end of a lease in which its holder does nothing any more. */
const SPARE_MS = 5_000
/** Milliseconds after the end of a lease in which nobody takes it over: a request of its holder may still be on its way. */
const GRACE_MS = 10_000
const POLL_MS = 1_000

/** A lease of something that several machines share. */
export interface Lease {
  /** Aborts before the lease ends without having been renewed, and when another process has it. The reason is a Fault `locked`. */
  readonly lost: AbortSignal
  /** Gives it back; does nothing where another process has it. */
  release(): Promise<void>
}

/** Who has a lease, as its object has it. */
interface Held {
  holder: Holder
  /** Milliseconds since 1970 by the clock of the store. */
  until: number
  tag: string
}

/**
 * Takes a lease by the clock of the store, and renews it at each third of its term. The lease of a process that ended is taken over
 * when it has run out and the longest request of that process must be over. Rejects with Fault `locked`, which names the holder,
 * `interrupted` when the signal aborts, and those of the store.
 */
export async function takeLease(
  objects: ObjectStore,
  name: string,
  purpose: LockPurpose,
  { timing, waitMs = 0, signal }: LockWait,
): Promise<Lease> {
  const mine = holderOf(purpose, timing)
  const giveUp = timing.now() + waitMs
  for (;;) {
    if (signal?.aborted) throw new Fault('interrupted', 'interrupted while waiting for the lease')
    const since = { now: timing.now(), date: timing.date() }
    const now = await objects.now()
    const held = await heldBy(objects, name)
    if (held === undefined || held.until + GRACE_MS <= now) {
      const condition = held === undefined ? ({ ifAbsent: true } as const) : { ifTag: held.tag }
      const written = await objects.put(name, bytesOf(mine, now), condition)
      if (written.kind === 'written')
        return kept({ objects, name, purpose, timing, mine, since, tag: written.tag })
      continue
    }
    if (timing.now() >= giveUp) throw lockedFault(objects, name, purpose, held)
    await timing.sleep(Math.min(POLL_MS, giveUp - timing.now()), signal)
  }
}

interface Taken extends Pick<LockWait, 'timing'> {
  objects: ObjectStore
  name: string
  purpose: LockPurpose
  mine: Holder
  tag: string
  /** By the clocks of this machine, before the store was asked. */
  since: { now: number; date: number }
}

function kept({ objects, name, purpose, timing, mine, ...taken }: Taken): Lease {
  let { tag, since } = taken
  const over = new AbortController()
  const lost = new AbortController()
  const end = (because: string) => {
    if (over.signal.aborted) return
    over.abort()
    lost.abort(
      new Fault('locked', `${purpose.what} is no longer ours: ${because}`, {
        where: `${objects.where}: ${name}`,
        next: 'see who works on it (interdict status), then resume',
      }),
    )
  }
  const renewed = async () => {
    for (;;) {
      await timing.sleep(TERM_MS / 3, over.signal)
      if (over.signal.aborted) return
      const asked = { now: timing.now(), date: timing.date() }
      try {
        const written = await objects.put(name, bytesOf(mine, await objects.now()), { ifTag: tag })
        if (written.kind === 'conflict') return end('another process took it over')
        tag = written.tag
        since = asked
      } catch (error) {
        // The next third tries again, until the lease is about to end.
        const { message } = toFault(error)
        if (left() <= 0) return end(message)
      }
    }
  }
  // The clock that stands still while the machine sleeps, and the one that may jump: the one that says more has passed.
  const left = () => TERM_MS - SPARE_MS - Math.max(timing.now() - since.now, timing.date() - since.date)
  const guarded = async () => {
    for (let ms = left(); ms > 0; ms = left()) {
      await timing.sleep(ms, over.signal)
      if (over.signal.aborted) return
    }
    end('it could not be renewed in time')
  }
  const renewing = renewed()
  guarded()
  return {
    lost: lost.signal,
    async release() {
      over.abort()
      await renewing
      await objects.remove(name, tag)
    },
  }
}

const bytesOf = (holder: Holder, now: number): Buffer =>
  Buffer.from(`${JSON.stringify({ ...holder, until: now + TERM_MS })}\n`)

async function heldBy(objects: ObjectStore, name: string): Promise<Held | undefined> {
  const found = await objects.get(name)
  if (found === undefined) return undefined
  const text = found.bytes.toString('utf8')
  const holder = holderIn(text)
  const until = holder && (JSON.parse(text) as { until?: unknown }).until
  if (holder && typeof until === 'number') return { holder, until, tag: found.tag }
  throw new Fault('damaged', 'the lease cannot be read', {
    where: `${objects.where}: ${name}`,
    next: 'make sure that no interdict is running, then delete this object',
  })
}

function lockedFault(
  { where }: ObjectStore,
  name: string,
  { what }: LockPurpose,
  { holder, until }: Held,
): Fault {
  const { operation, run, user, host, pid } = holder
  const doing = `${operation}${run === undefined ? '' : ` of ${run}`}`
  const end = new Date(until + GRACE_MS).toISOString()
  return new Fault('locked', `${what} is locked: ${user} on ${host} (process ${pid}) runs ${doing}`, {
    where: `${where}: ${name}`,
    next: `wait for it to end; if that process has ended, the lease is free at ${end}`,
  })
}
