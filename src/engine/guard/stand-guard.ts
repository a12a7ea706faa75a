import { Fault, toFault } from '../../model/fault.ts'
import type { Journal } from '../../model/journal.ts'
import { asking, moment } from '../../model/purpose.ts'
import { settledAt } from '../../model/run/enforcement.ts'
import type { Holds } from '../../model/run/holds.ts'
import { isOpen } from '../../model/run/replay.ts'
import type { ChangeState, RunState } from '../../model/run/state.ts'
import { carryOn } from '../contain.ts'
import { delayOf } from '../enforcement-delay.ts'
import { Recorder, stopsTheRun } from '../recorder.ts'
import { forEachChange } from '../segments.ts'
import { lookAt } from '../setting-check.ts'
import { appeared } from '../sweep.ts'
import { isReached, type World } from '../world.ts'

/** A run opened for writing, and for nobody else until it is closed. */
export interface Opened {
  state: RunState
  journal: Journal
  holds: Holds
  close(): Promise<void>
}

/** A finished run, and for how long it is guarded. */
export interface StandGuardRequest {
  /** The run as it is on disk; reads only. */
  read(): Promise<{ state: RunState; holds: Holds }>
  /** Takes the lock of the state folder. Fault `locked` while another command has it. */
  open(): Promise<Opened>
  /** Milliseconds for which it goes on at least; it does not end before what is written is enforced. */
  forMs: number
  /** Counter-moves after which it gives up. */
  limit: number
  /** Gets each fight and its end, after it is on disk. */
  report?(news: GuardNews): void
}

/** A report of a guard. */
export interface GuardNews {
  what: 'countered' | 'contested' | 'enforced'
  /** Counter-moves since the last news. */
  count: number
  identities: string[]
}

/** Milliseconds between two looks, without and with a lock: after a counter-move, until all is enforced, and later. */
const LOOK_MS = { fought: 200, settling: 1_000, later: 3_000 }
const FOUGHT_FOR_MS = 15_000
const SWEEP_MS = 5_000
/** A command of a person that wants the state folder waits no longer than this for a fight. */
const HOLD_LOCK_MS = 20_000

/**
 * Keeps what a finished run wrote: looks without a lock, and takes the lock only to write again and to record it. A setting that somebody
 * restored meanwhile is not fought: the run is read again before anything is written. Ends once the time is over and everything
 * is enforced, when the run holds nothing any more or is being restored, or at the limit of counter-moves.
 */
export async function standGuard(world: World, request: StandGuardRequest): Promise<RunState> {
  const timing = world.timing
  const end = timing.now() + request.forMs
  let { state, holds } = await request.read()
  const before = movesOf(state)
  const post = new Watchpost()
  for (;;) {
    if (!isOpen(state) || state.restore) return state
    const isOver = timing.now() >= end && !isSettling(state, world.clock())
    const open = await isOpenNow(world, state, holds, post.sweepIsDue(timing.now()))
    if (open || (isOver && state.finished !== 'complete' && !post.closed)) {
      const opened = await openUnlessLocked(request)
      if (opened) {
        try {
          if (opened.state.head.seq === state.head.seq) {
            state = await act(world, request, opened, post)
          } else state = opened.state
          holds = opened.holds
        } finally {
          await opened.close()
        }
      }
    } else if (isOver) return state
    if (movesOf(state) - before >= request.limit) return state
    if (world.signal?.aborted) return state
    const isFought = post.isFought(timing.now())
    const wait = isFought
      ? LOOK_MS.fought
      : isSettling(state, world.clock())
        ? LOOK_MS.settling
        : LOOK_MS.later
    await timing.sleep(wait * (0.7 + timing.random() * 0.6), world.signal)
    const now = await request.read()
    state = now.state
    holds = now.holds
  }
}

/** One guard's memory between two looks; times in the timing's milliseconds. */
class Watchpost {
  #first: number | undefined
  #last: number | undefined
  #swept = Number.NEGATIVE_INFINITY
  /** The run was looked at to its end after the last counter-move. */
  closed = false

  sweepIsDue(now: number): boolean {
    if (now - this.#swept < SWEEP_MS) return false
    this.#swept = now
    return true
  }

  moved(now: number): void {
    if (this.#last === undefined || now - this.#last > FOUGHT_FOR_MS) this.#first = now
    this.#last = now
    this.closed = false
  }

  isFought(now: number): boolean {
    return this.#last !== undefined && now - this.#last < FOUGHT_FOR_MS
  }

  foughtFor(): number {
    return this.#first === undefined || this.#last === undefined ? 0 : this.#last - this.#first
  }
}

/** Writes again, sweeps, and records how the run stands. */
async function act(
  world: World,
  request: StandGuardRequest,
  { state, journal, holds }: Opened,
  post: Watchpost,
): Promise<RunState> {
  const timing = world.timing
  const before = movesOf(state)
  const known = new Set([...state.changes.values()].filter(each => each.contested).map(({ key }) => key))
  const recorder = new Recorder(journal, world.listen, state, holds)
  const until = timing.now() + HOLD_LOCK_MS
  const after = await carryOn(world, recorder, holds, { wait: false, until })
  const count = movesOf(after) - before
  if (count === 0) {
    post.closed = true
    if (after.finished === 'complete') request.report?.({ what: 'enforced', count: 0, identities: [] })
    return after
  }
  post.moved(timing.now())
  const fought = [...after.changes.values()].filter(
    each => each.countered && each.countered.last >= state.startedAt,
  )
  const longest = Math.max(0, ...fought.map(each => delayOf(world, each) * 10_000))
  const since = new Date(Date.parse(world.clock()) - post.foughtFor()).toISOString()
  const isLost = movesOf(after) >= request.limit || post.foughtFor() > Math.max(10_000, longest)
  const lost = fought.filter(each => isLost && each.contested === undefined && !each.set)
  for (const { key, countered } of lost) {
    await recorder.record({ type: 'change.contested', key, since, count: countered?.count ?? 0 })
  }
  if (lost.length > 0) await recorder.record({ type: 'run.finished', status: 'contested' })
  const contested = [...after.changes.values()].some(each => each.contested && !known.has(each.key))
  const identities = [...new Set(fought.map(({ identity }) => identity.id))]
  request.report?.({ what: contested ? 'contested' : 'countered', count, identities })
  return recorder.state
}

/** Whether a setting does not read as ours, or a credential appeared. An unreadable setting counts as neither. */
async function isOpenNow(world: World, state: RunState, holds: Holds, sweep: boolean): Promise<boolean> {
  const kept = [...state.changes.values()].filter(each => isKept(each) && isReached(world, each.identity))
  let open = false
  const since = moment()
  await asking({ purpose: 'verify', since }, () =>
    forEachChange(world, kept, async change => {
      if (open || world.signal?.aborted) return
      try {
        const look = await lookAt(world, holds, change, state.run)
        if (look.kind === 'read' && look.open.some(({ entry }) => !change.left.includes(entry))) open = true
      } catch (error) {
        if (stopsTheRun(toFault(error))) throw error
      }
    }),
  )
  if (open || !sweep || world.signal?.aborted) return open
  const { found } = await asking({ purpose: 'sweep', since }, () => appeared(world, state))
  return found.length > 0
}

function isKept({ phase, held }: ChangeState): boolean {
  return phase === 'written' && held.length > 0
}

async function openUnlessLocked(request: StandGuardRequest): Promise<Opened | undefined> {
  try {
    return await request.open()
  } catch (error) {
    if (error instanceof Fault && error.code === 'locked') return undefined
    throw error
  }
}

function isSettling(state: RunState, now: string): boolean {
  return [...state.changes.values()].some(change => (settledAt(change) ?? '') > now)
}

function movesOf({ changes }: RunState): number {
  return [...changes.values()].reduce((sum, { countered }) => sum + (countered?.count ?? 0), 0)
}
