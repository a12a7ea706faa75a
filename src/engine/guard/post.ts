import { type Facet, withEntries } from '../../model/facet.ts'
import type { Interruption, Reading } from '../../model/interruption.ts'
import type { Session } from '../../model/provider.ts'
import { type Moment, moment } from '../../model/purpose.ts'
import type { ChangeState } from '../../model/run/state.ts'
import type { Timing } from '../../model/timing.ts'
import { isAnswered, NO_PROOF, type Proof } from '../proof.ts'

/** The delays under which a change is guarded, in milliseconds. */
export interface Delays {
  /** Until the cloud enforces a write. */
  enforced: number
  /** For so long a read may be older than an answered write. */
  readLag: number
  /** How long a change that is never read back, or never proven, is waited for. */
  patience: number
}

/**
 * How a change stands:
 * - `settled`: set, proven where that is possible, enforced, and left alone
 * - `waiting`: the same, except that the documented delay is not over
 * - `contested`: somebody keeps undoing it, and writing again has not won
 * - `unproven`: patience is over, and it is not set or not proven
 * - `over`: the identity was deleted, or its name belongs to another one
 */
export type Verdict = 'settled' | 'waiting' | 'contested' | 'unproven' | 'over'

/** Writing again has this many propagation delays to win before the change is called contested. */
const DELAYS_TO_WIN = 8
/** After the last counter-move, a change is left alone once this many delays are over. */
const DELAYS_OF_QUIET = 2
/** The shortest time for which a fight is fought, and a quiet is believed, in milliseconds. */
const SHORTEST_FIGHT = 8_000
const SHORTEST_QUIET = 1_000
/** At most so many times as long, for somebody who undoes us more slowly. */
const MOST_QUIET = 4

/** Milliseconds between two looks: at random between these while somebody may still be undoing us … */
const FAST = { least: 100, most: 300 }
/** … more often where the identity is known to be able to … */
const EXPECTED = { least: 30, most: 100 }
/** … for this long after the last write, and then less and less often. */
const FAST_FOR = 2_000
/** While it is fought, what is missing is written over this time, and looked at again right after. */
const SPREAD = { least: 60, most: 120 }
const FOUGHT = { least: 10, most: 60 }
const SLOWEST = 5_000
/** An evaluation that does not show a change yet is asked again after so long, and with so much more for each change of the account. */
const ASK_AGAIN = 500
const ASK_EACH = 30

/** One change under guard. Times are the timing's, in milliseconds. */
export class Post {
  /** The guarded change, with the settings that it holds. */
  readonly change: ChangeState
  /** The lens that reads and writes the settings. */
  readonly interruption: Interruption
  /** The session of the identity's account. */
  readonly session: Session
  /** How late reads and enforcement are in this cloud. */
  readonly delays: Delays
  readonly #timing: Timing
  readonly #begun: number
  /** Settings that have read as ours since they were last written. */
  readonly #visible = new Set<string>()
  readonly #written = new Map<string, number>()
  #moves = 0
  #first: number | undefined
  #last: number | undefined
  /** The longest time between two counter-moves of the fight that is going on. */
  #longest = 0
  /** It has read as ours at least once. */
  set = false
  /** The cloud's evaluation as of the last look. */
  proof: Proof
  /** Entries that read as neither our value nor the one from before; `uid` if another identity took the name. */
  drift: string[] = []
  /** Entries that read as before the run: somebody undid them. */
  undone: string[] = []
  /** The settings of the last reading. */
  live: Facet = {}
  /** The last reading; undefined before the first. */
  reading: Reading | undefined
  /** The identity was deleted, or another one took its name. */
  over = false
  /** Looks so far. */
  looks = 0
  /** When the next look is due. */
  next: number
  /** The look that is under way. */
  looking: Promise<void> | undefined
  /** A look takes answers from after this: its write, or the look before. */
  since: Moment = moment()
  /** Questions since the last counter-move that the cloud's evaluation did not answer, as `Proof.unanswered` counts them. */
  unanswered = 0
  /** Counter-moves that are not in the journal yet. */
  unrecorded = 0
  /** When counter-moves were recorded last. */
  recordedAt: number | undefined
  /** The last `change.verified`, to record only news. */
  recorded = ''

  /** @param crowd changes of the same account that are guarded already */
  constructor(
    change: ChangeState,
    about: { interruption: Interruption; session: Session; delays: Delays; crowd: number },
    timing: Timing,
  ) {
    this.change = change
    this.interruption = about.interruption
    this.session = about.session
    this.delays = about.delays
    this.#timing = timing
    this.#begun = timing.now()
    this.proof = about.interruption.probe ? { denied: 'unknown', unanswered: 0 } : NO_PROOF
    // The first looks at a crowd take nothing from the cuts that are still to be made; `Guard.settled` looks at all that is left.
    const crowd = change.planned.mayUndo ? 1 : Math.max(1, about.crowd / CROWD)
    this.next = this.#begun + this.#between(this.#fast.least, this.#fast.most) * crowd
    this.wrote(change.held.map(({ entry }) => entry))
  }

  /** Counter-moves so far. */
  get moves(): number {
    return this.#moves
  }

  /** Whether the settings read as ours and the cloud's evaluation, if there is one, denies. */
  get answered(): boolean {
    return this.set && isAnswered(this.proof)
  }

  /** Notes that entries were written now: reads may be stale again. */
  wrote(entries: Iterable<string>): void {
    this.since = moment()
    for (const entry of entries) {
      this.#written.set(entry, this.#timing.now())
      this.#visible.delete(entry)
    }
  }

  /** @param open settings that do not read as ours */
  sawOurs(open: ReadonlySet<string>): void {
    for (const { entry } of this.change.held) {
      if (!open.has(entry)) this.#visible.add(entry)
    }
  }

  /**
   * Whether a setting that does not read as ours was undone by somebody: it had been visible, or our write is older than a
   * read may be.
   */
  isCounterMove(entry: string): boolean {
    const written = this.#written.get(entry) ?? this.#begun
    return this.#visible.has(entry) || this.#timing.now() - written > this.delays.readLag
  }

  /** Counts one counter-move, and whether it belongs to the fight before it or begins another. */
  countered(): void {
    const now = this.#timing.now()
    // A new fight, and not the old one going on. One that is seen soon after the write has gone on since then: so young a
    // write is written again without being called undone.
    if (this.#last === undefined) this.#first = now - this.#begun > this.#quiet * 2 ? now : this.#begun
    else if (now - this.#last > this.#quiet * 2) {
      this.#first = now
      this.#longest = 0
    } else this.#longest = Math.max(this.#longest, now - this.#last)
    this.#last = now
    this.#moves++
    this.unrecorded++
    this.set = false
    if (this.interruption.probe) this.proof = { denied: 'unknown', unanswered: 0 }
    this.unanswered = 0
  }

  /** Since when the fight that is going on has lasted. */
  get foughtFor(): number {
    return this.#first === undefined || this.#last === undefined ? 0 : this.#last - this.#first
  }

  /** Whether the last counter-move is so recent that another is to be expected. */
  get isFought(): boolean {
    return this.#last !== undefined && this.#timing.now() - this.#last < this.#quiet
  }

  /** Returns the verdict of now; `undefined` while it is not known. */
  verdict(): Verdict | undefined {
    if (this.over) return 'over'
    const now = this.#timing.now()
    const toWin = Math.max(SHORTEST_FIGHT, DELAYS_TO_WIN * this.delays.enforced)
    if (this.isFought) return this.foughtFor >= toWin ? 'contested' : undefined
    if (this.answered && this.undone.length === 0 && this.drift.length === 0) {
      return now >= this.#enforcedAt() ? 'settled' : 'waiting'
    }
    if (this.set && this.unanswered >= UNANSWERED) return now >= this.#enforcedAt() ? 'unproven' : 'waiting'
    return this.looks > 0 && now - Math.max(this.#begun, this.#last ?? 0) >= this.delays.patience
      ? 'unproven'
      : undefined
  }

  /**
   * Plans the next look.
   *
   * @param crowd changes of the same account that are looked at side by side
   * @param all changes of all accounts
   */
  plan(crowd: number, all: number): void {
    const now = this.#timing.now()
    const since = now - Math.max(this.#begun, this.#last ?? 0)
    const fast = this.#fast
    const wait = since < FAST_FOR ? this.#between(fast.least, fast.most) : Math.min(SLOWEST, since / 5)
    const least = (this.interruption.lookEvery ?? 0) * 1000
    // Writes that were repeated were spread over the time between two looks.
    // A change that is not answered for yet may be open: it is looked at as if it were the only one.
    const slow = wait * Math.max(1, crowd / CROWD, this.answered ? all / CROWD_IN_ALL : 0)
    const calm = Math.min(slow, this.#untilProof(now, crowd))
    this.next = now + Math.max(least, this.isFought ? this.#between(FOUGHT.least, FOUGHT.most) : calm)
  }

  /** Repeated writes, one after the other, are spread over this many milliseconds. */
  get spread(): number {
    return this.#between(SPREAD.least, SPREAD.most)
  }

  /** The facet as it should be, made from what is live. */
  mended(entries: readonly { entry: string; wanted: Facet[string] | undefined }[]): Facet {
    return withEntries(
      this.reading?.facet ?? {},
      entries.map(({ entry, wanted }) => [entry, wanted]),
    )
  }

  get #fast(): { least: number; most: number } {
    return this.change.planned.mayUndo ? EXPECTED : FAST
  }

  get #quiet(): number {
    const usual = Math.max(SHORTEST_QUIET, DELAYS_OF_QUIET * this.delays.enforced)
    // Somebody who takes his time is not gone when he is quiet for as long as he was before.
    return Math.max(usual, Math.min(2 * this.#longest, MOST_QUIET * usual))
  }

  /**
   * Milliseconds until the cloud's evaluation is asked next, while it is still to be: when it is first believed, and then, as long as it does
   * not show the change yet, as often as so many changes of the account leave room for. Infinity when nothing waits for that.
   */
  #untilProof(now: number, crowd: number): number {
    if (!this.interruption.probe || !this.set || this.answered || !Number.isFinite(this.unanswered))
      return Number.POSITIVE_INFINITY
    const { evaluationLead = 0 } = this.session
    const wait = Math.max(0, ...this.#written.values()) + evaluationLead * 1000 - now
    return wait > 0 ? wait : Math.max(ASK_AGAIN, crowd * ASK_EACH)
  }

  #enforcedAt(): number {
    const written = Math.max(0, ...this.#written.values())
    return this.change.phase === 'already' && this.#moves === 0 ? 0 : written + this.delays.enforced
  }

  #between(least: number, most: number): number {
    return least + this.#timing.random() * (most - least)
  }
}

/** A probe that cannot say is asked again this often: evaluation may be throttled like anything else. */
const UNANSWERED = 3
/** So many changes of one account are looked at at full speed. */
const CROWD = 6
/** So many of all accounts: the looks at more would take the connections and the processor from cuts that are still to be made. */
const CROWD_IN_ALL = 500
