import { toFault } from '../../model/fault.ts'
import { asking, type Moment, moment } from '../../model/purpose.ts'
import type { Holds } from '../../model/run/holds.ts'
import type { ChangeState } from '../../model/run/state.ts'
import type { Timing } from '../../model/timing.ts'
import { delayOf, readLagOf } from '../enforcement-delay.ts'
import { laneOf } from '../lanes.ts'
import { isAnswered, isEarly, NO_PROOF, prove } from '../proof.ts'
import { type Recorder, stopsTheRun } from '../recorder.ts'
import { contextInPlace, type Look, lookAt, type OpenSetting } from '../setting-check.ts'
import { interruptionOf, patienceOf, sessionOf, type World } from '../world.ts'
import { LookRoom } from './look-room.ts'
import { Post, type Verdict } from './post.ts'
import { type Records, recordLook, recordMoves } from './records.ts'
import { type Sleepers, sleepAmong, wake } from './sleepers.ts'
import { writeAgain } from './write-again.ts'

/** Looks at once in one account. */
const LOOKS_AT_ONCE = 8

/** The run that is guarded, and when the guard ends. */
export interface GuardOptions {
  recorder: Recorder
  holds: Holds
  /** Called at the first counter-move on a change, once: more denies, more credentials. */
  reinforce?: (change: ChangeState) => Promise<void>
  /** Wait for the documented delays of the clouds; otherwise it ends once all is set and, where possible, proven. */
  wait: boolean
  /** Ends at this moment of the timing's clock at the latest, with or without verdicts. */
  until?: number
}

/**
 * Keeps the settings of a run's changes as they were written: reads them again and again, writes again at once what does not
 * read as ours, and knows when each change is enforced. A setting that somebody undid is recorded before it is written again.
 */
export class Guard {
  readonly #world: World
  readonly #options: GuardOptions
  readonly #timing: Timing
  readonly #records: Records
  readonly #posts = new Map<string, Post>()
  readonly #stop = new AbortController()
  readonly #lanes = new Map<string, Lane>()
  readonly #reinforced = new Set<string>()
  readonly #room: LookRoom<Post, Lane>
  #error: { error: unknown } | undefined
  /** The last write that it knows of. */
  #wrote: Moment = 0
  /** The end of its waiting until the clouds enforce what is written. */
  #waited: Moment = 0
  /** Sleepers that wait for a verdict. */
  readonly #waiting: Sleepers = new Set()

  constructor(world: World, options: GuardOptions) {
    this.#world = world
    this.#options = options
    this.#timing = world.timing
    this.#room = new LookRoom(world.timing)
    this.#records = { recorder: options.recorder, now: () => this.#timing.now(), clock: world.clock }
  }

  /** Begins to look after a change, or learns that it was written again. */
  keep(change: ChangeState): void {
    this.#wrote = moment()
    const known = this.#posts.get(change.key)
    if (known) {
      known.wrote(change.held.map(({ entry }) => entry))
      known.over = false
      return
    }
    const interruption = interruptionOf(this.#world, change.planned.interruption)
    const delays = {
      enforced: delayOf(this.#world, change) * 1000,
      readLag: readLagOf(this.#world, change) * 1000,
      patience: patienceOf(this.#world),
    }
    const session = sessionOf(this.#world, change.identity)
    const name = laneOf(change)
    const lane = this.#lanes.get(name)
    const about = { interruption, session, delays, crowd: lane?.posts.length ?? 0 }
    const post = new Post(change, about, this.#timing)
    this.#posts.set(change.key, post)
    if (lane) {
      lane.posts.push(post)
      wake(lane.sleeping)
    } else {
      const begun: Lane = { posts: [post], sleeping: new Set(), kept: Promise.resolve() }
      this.#lanes.set(name, begun)
      begun.kept = this.#keepLane(begun)
    }
    wake(this.#waiting)
  }

  /** Changes that somebody undid within the last delays. */
  get fought(): ChangeState[] {
    return [...this.#posts.values()].filter(({ isFought }) => isFought).map(({ change }) => change)
  }

  /**
   * A listing from after this moment shows all that was done before the last cut was in force: after the last write, and after the
   * waiting until the clouds enforce it.
   */
  get inForce(): Moment {
    return Math.max(this.#wrote, this.#waited)
  }

  /** Returns the verdict of each change, by its key; `undefined`: not known yet. */
  verdicts(): Map<string, Verdict | undefined> {
    return new Map([...this.#posts].map(([key, post]) => [key, post.verdict()]))
  }

  /**
   * Resolves once every change has its verdict at the same time, or the time or the signal ends it. All is looked at once
   * at least. Rejects with what must stop the run (a journal that cannot be written, our bugs).
   */
  async settled(): Promise<void> {
    for (const post of this.#posts.values()) if (post.looks === 0) post.next = this.#timing.now()
    for (const { sleeping } of this.#lanes.values()) wake(sleeping)
    const { wait, until } = this.#options
    let isReported = false
    let isLost = false
    for (;;) {
      if (this.#error) throw this.#error.error
      const posts = [...this.#posts.values()]
      const verdicts = posts.map(post => post.verdict())
      const looked = posts.every(({ looks, over }) => looks > 0 || over)
      // A fight that is lost on one change is lost: the others of it are not waited for, whether or not they are being undone in
      // this moment.
      isLost ||= verdicts.includes('contested')
      const isDecided = (each: Verdict | undefined, at: number) =>
        each === undefined ? isLost && (posts[at]?.moves ?? 0) > 0 : each !== 'waiting' || !wait
      if (looked && verdicts.every(isDecided)) {
        if (wait && posts.some(({ delays }) => delays.enforced > 0)) this.#waited = moment()
        return
      }
      if (this.#world.signal?.aborted) return
      if (until !== undefined && this.#timing.now() >= until) return
      if (!isReported && looked && verdicts.every(each => each !== undefined))
        isReported = this.#tellWaiting(posts)
      await sleepAmong(this.#waiting, 250, this.#timing)
    }
  }

  /** Ends all looking; what is in hand is finished. */
  async end(): Promise<void> {
    this.#stop.abort()
    wake(this.#waiting)
    for (const { sleeping } of this.#lanes.values()) wake(sleeping)
    await Promise.all([...this.#lanes.values()].map(({ kept }) => kept))
    await Promise.all([...this.#posts.values()].map(({ looking }) => looking))
    for (const post of this.#posts.values()) {
      await recordMoves(this.#records, post, [], true)
      await recordLook(this.#records, post, true)
    }
    if (this.#error) throw this.#error.error
  }

  #tellWaiting(posts: readonly Post[]): boolean {
    const waiting = posts.filter(post => post.verdict() === 'waiting')
    if (waiting.length === 0 || !this.#options.wait) return true
    const now = Date.parse(this.#world.clock())
    const latest = Math.max(...waiting.map(each => inForceAt(each, now)))
    this.#world.listen({ type: 'waiting', until: new Date(latest).toISOString(), changes: waiting.length })
    return true
  }

  async #keepLane(lane: Lane): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted && !this.#world.signal?.aborted && !this.#error) {
      const { posts } = lane
      const due = this.#due(posts)
      const free = LOOKS_AT_ONCE - posts.filter(({ looking }) => looking).length
      // Looks that one reading answers begin in one turn of the event loop, so that the provider can merge them.
      const together = due.filter(({ interruption }) => interruption.together)
      const apart = due.filter(({ interruption }) => !interruption.together).slice(0, Math.max(0, free))
      const room = this.#room.left()
      // Between all accounts, what is fought has room in any case.
      const alone = apart.filter(({ isFought }, at) => isFought || at < room)
      if (alone.length < apart.length) this.#room.wait(lane)
      for (const post of [...together, ...alone]) post.looking = this.#lookOnce(post, lane)
      const waiting = posts.filter(({ looking, over }) => looking === undefined && !over)
      const next = Math.min(this.#timing.now() + 60_000, ...waiting.map(each => each.next))
      const wait = alone.length < due.length - together.length ? 10_000 : next - this.#timing.now()
      await sleepAmong(lane.sleeping, Math.max(1, wait), this.#timing)
    }
  }

  /** The fought ones first; all that are `together` when one of them is due. */
  #due(posts: readonly Post[]): Post[] {
    const now = this.#timing.now()
    const idle = posts.filter(({ looking, over }) => looking === undefined && !over)
    const cohorts = new Set(
      idle.filter(each => each.interruption.together && each.next <= now).map(each => each.interruption.id),
    )
    return idle
      .filter(each => each.next <= now || (each.interruption.together && cohorts.has(each.interruption.id)))
      .sort((a, b) => Number(b.isFought) - Number(a.isFought) || a.next - b.next)
  }

  async #lookOnce(post: Post, lane: Lane): Promise<void> {
    const before = post.verdict()
    this.#room.begin(post)
    try {
      const { since } = post
      post.since = moment()
      await asking({ purpose: 'verify', since }, () => this.#look(post))
      await recordLook(this.#records, post, false)
    } catch (error) {
      const fault = toFault(error)
      if (stopsTheRun(fault) && !(fault.code === 'interrupted' && this.#world.signal?.aborted)) {
        this.#error ??= { error }
      }
    } finally {
      post.looks++
      post.looking = undefined
      wake(this.#room.end(post)?.sleeping ?? [])
      post.plan(lane.posts.length, this.#posts.size)
      wake(lane.sleeping)
      // A waiter adds up the verdicts of hundreds of accounts, so it is woken for news only.
      if (this.#error || post.looks === 1 || post.verdict() !== before) wake(this.#waiting)
    }
  }

  async #look(post: Post): Promise<void> {
    const { change, session, interruption } = post
    const run = this.#options.recorder.state.run
    const last = post.reading?.facet
    let look: Look
    try {
      look = await lookAt(this.#world, this.#options.holds, change, run, last)
    } catch (error) {
      const fault = toFault(error)
      if (stopsTheRun(fault)) throw error
      post.proof = { ...post.proof, because: `could not be read: ${fault.message}` }
      return
    }
    if (look.kind !== 'read') {
      post.over = true
      post.set = look.kind === 'gone'
      post.drift = look.kind === 'gone' ? [] : ['uid']
      post.proof = NO_PROOF
      return
    }
    post.reading = look.reading
    post.live = look.live
    post.sawOurs(new Set(look.open.map(({ entry }) => entry)))
    // A setting that the cloud refused was never there: the run is incomplete by it, and it does not count as undone.
    const open = look.open.filter(({ entry }) => !change.left.includes(entry))
    if (open.length > 0) return await this.#mend(post, open)
    post.set = true
    post.drift = []
    post.undone = []
    if (isAnswered(post.proof)) return
    if (isEarly(this.#world, session, change) || !Number.isFinite(post.unanswered)) return
    post.proof = await prove(
      this.#world,
      interruption,
      session,
      contextInPlace(this.#world, change, run),
      change,
    )
    post.unanswered += post.proof.unanswered
  }

  async #mend(post: Post, open: readonly OpenSetting[]): Promise<void> {
    post.undone = open.filter(({ undone }) => undone).map(({ entry }) => entry)
    post.drift = open.filter(({ undone }) => !undone).map(({ entry }) => entry)
    const moves = open.filter(({ entry }) => post.isCounterMove(entry))
    post.set = false
    // Patience is how long the caller lets us wait: none, and we only look.
    if (post.delays.patience === 0 && moves.length === 0) return
    if (moves.length > 0) {
      post.countered()
      await recordMoves(this.#records, post, moves, false)
    }
    await asking({ purpose: 'write' }, () =>
      writeAgain(this.#world, this.#options.recorder, post, open, this.#timing),
    )
    this.#wrote = moment()
    if (moves.length > 0 && !this.#reinforced.has(post.change.key)) {
      this.#reinforced.add(post.change.key)
      await asking({ purpose: 'snapshot' }, async () => this.#options.reinforce?.(post.change))
    }
  }
}

/** The changes that are guarded in one account, side by side with the others: news of one lane wakes that lane alone. */
interface Lane {
  posts: Post[]
  sleeping: Sleepers
  kept: Promise<void>
}

function inForceAt({ change: { writtenAt }, delays }: Post, now: number): number {
  return (writtenAt === undefined ? now : Date.parse(writtenAt)) + delays.enforced
}
