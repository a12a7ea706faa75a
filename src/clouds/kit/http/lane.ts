import { bound, currentAsking, priority } from '../../../model/purpose.ts'
import type { Timing } from '../../../model/timing.ts'
import { Pacer, type Throttle } from './pacer.ts'
import { type WaitingCall, WaitingCalls } from './waiting-calls.ts'

/** How many calls of one caller may be under way at once. */
export interface Width {
  atOnce: number
  /** Calls of one family that may begin within a second, where the service publishes it. */
  perSecond?: number
  /** How many of them may begin at once; `perSecond` when missing. */
  burst?: number
}

/** The widths of reads and of writes. */
export interface Pace {
  reads: Width
  writes: Width
}

/** The clock of a lane, whether it keeps rates, and how it recognises throttling. */
export interface LaneOptions {
  /** Whether published rates are kept; a lab has its own. */
  rated: boolean
  timing: Timing
  /** Returns what a failed call says about throttling; undefined for an error of another kind. */
  throttleOf(error: unknown): Throttle | undefined
  /** When it aborts, waiting calls begin at once: each of them has to end by itself then. */
  signal?: AbortSignal
}

/** The place of a call in a lane. */
export interface Turn {
  kind: 'read' | 'write'
  /** Operations that a service counts together, e.g. `iam`. Reads and writes of a family are counted apart. */
  family: string
  /** The service throttled this call before: it goes before others of its purpose. */
  again?: boolean
}

/** The calls of one family and kind. */
interface Family {
  pacer: Pacer
  waiting: WaitingCalls
}

/** One side of a lane: its reads or its writes. */
interface Side {
  atOnce: number
  perSecond: number
  burst: number | undefined
  underWay: number
  families: Map<string, Family>
}

/** Families beyond this are forgotten once nothing is known of them. */
const MANY_FAMILIES = 64

/**
 * One caller's calls in one account. Reads and writes have places of their own, and each call goes before calls for a later
 * purpose (`PURPOSES`). Each family of operations has a pace of its own, which follows what the service throttles (`Pacer`). A
 * call is one attempt: who repeats it waits outside, so that no place is held while nothing is under way.
 */
export class Lane {
  readonly #options: LaneOptions
  readonly #sides: { read: Side; write: Side }
  #order = 0
  /** Goes forward even where a sleep ends early. */
  #now = Number.NEGATIVE_INFINITY
  #alarm: { at: number; stop: AbortController } | undefined

  constructor({ reads, writes }: Pace, options: LaneOptions) {
    this.#options = options
    const side = ({ atOnce, perSecond = Number.POSITIVE_INFINITY, burst }: Width): Side => ({
      atOnce,
      burst,
      perSecond: options.rated ? perSecond : Number.POSITIVE_INFINITY,
      underWay: 0,
      families: new Map(),
    })
    this.#sides = { read: side(reads), write: side(writes) }
    options.signal?.addEventListener('abort', () => this.#begin(), { once: true })
  }

  /**
   * Carries out one attempt of a call when its turn comes, after those to which its task gives way. Resolves or rejects as the attempt does.
   *
   * @param throttleIn returns what an answer says about throttling, where it is not thrown
   */
  async run<Result>(
    { kind, family: name, again = false }: Turn,
    call: () => Promise<Result>,
    throttleIn?: (result: Result) => Throttle | undefined,
  ): Promise<Result> {
    const way = kind === 'read' ? currentAsking().giveWay?.() : undefined
    if (way) await way
    const side = this.#sides[kind]
    const family = this.#familyOf(side, name)
    const task = bound(call)
    return await new Promise<Result>((resolve, reject) => {
      const start = async () => {
        const begun = this.#time()
        try {
          const result = await task()
          this.#hear(family, begun, throttleIn?.(result))
          resolve(result)
        } catch (error) {
          this.#hear(family, begun, this.#options.throttleOf(error))
          reject(error)
        } finally {
          side.underWay -= 1
          this.#begin()
        }
      }
      family.waiting.add({ priority: priority(), order: this.#order++, start: () => void start() }, again)
      this.#begin()
    })
  }

  /** An answer to a part of a call was that it was one too many: the family slows down. */
  heard({ kind, family }: Turn, throttle: Throttle): void {
    const now = this.#time()
    this.#familyOf(this.#sides[kind], family).pacer.throttle(now, now, throttle)
  }

  #hear({ pacer }: Family, begun: number, throttle: Throttle | undefined): void {
    if (throttle === undefined) pacer.pass(this.#time())
    else pacer.throttle(this.#time(), begun, throttle)
  }

  #begin(): void {
    const soonest = Math.min(this.#beginOn(this.#sides.write), this.#beginOn(this.#sides.read))
    if (soonest !== Number.POSITIVE_INFINITY) this.#wakeAt(this.#now + soonest)
  }

  /** Begins what may begin. Returns the milliseconds until more may; Infinity where a place or a call has to come first. */
  #beginOn(side: Side): number {
    const aborted = this.#options.signal?.aborted === true
    for (;;) {
      if (side.underWay >= side.atOnce && !aborted) return Number.POSITIVE_INFINITY
      const now = this.#time()
      let next: { call: WaitingCall; family: Family } | undefined
      let soonest = Number.POSITIVE_INFINITY
      for (const [name, family] of side.families) {
        const { head: call } = family.waiting
        if (call === undefined) {
          if (side.families.size > MANY_FAMILIES && family.pacer.isUntouched(now)) side.families.delete(name)
          continue
        }
        const wait = aborted ? 0 : family.pacer.wait(now)
        if (wait > 0) soonest = Math.min(soonest, wait)
        else if (next === undefined || isBefore(call, next.call)) next = { call, family }
      }
      if (next === undefined) return soonest
      next.family.waiting.take()
      next.family.pacer.begin(now)
      side.underWay += 1
      next.call.start()
    }
  }

  #wakeAt(at: number): void {
    if (this.#alarm !== undefined && this.#alarm.at <= at) return
    this.#alarm?.stop.abort()
    const alarm = { at, stop: new AbortController() }
    this.#alarm = alarm
    void this.#options.timing.sleep(at - this.#now, alarm.stop.signal).then(() => {
      if (this.#alarm !== alarm) return
      this.#alarm = undefined
      this.#now = Math.max(this.#now, at)
      this.#begin()
    })
  }

  #time(): number {
    this.#now = Math.max(this.#now, this.#options.timing.now())
    return this.#now
  }

  #familyOf(side: Side, name: string): Family {
    const known = side.families.get(name)
    if (known !== undefined) return known
    const fresh = { pacer: new Pacer(side.perSecond, side.burst), waiting: new WaitingCalls() }
    side.families.set(name, fresh)
    return fresh
  }
}

function isBefore(one: WaitingCall, other: WaitingCall): boolean {
  return one.priority === other.priority ? one.order < other.order : one.priority > other.priority
}
