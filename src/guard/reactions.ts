import { type Fault, type FaultCode, toFault } from '../model/fault.ts'
import type { FiringLog, LoggedFiring } from './firing-log.ts'
import type { Note, Reacted, ReactionNote, Reactor, SourceNote } from './ports.ts'

/** What may pass, or may be put right, while we wait. */
const PASSES: ReadonlySet<FaultCode> = new Set([
  'unavailable',
  'throttled',
  'conflict',
  'locked',
  'not-authenticated',
  'denied',
  'quota',
])
/** What nothing can be done after: no record, no mutation. */
const FATAL: ReadonlySet<FaultCode> = new Set(['journal'])
const AGAIN = { first: 5_000, most: 300_000 }
/** Firings that wait for their turn; more, and the sources wait too. */
const MOST_FRESH = 64
/** People who are being told; a storm must not pile up behind a notification that takes its time. */
const MOST_TELLING = 256
/** With those that wait for a cloud that does not answer, which must not keep the others from being heard. */
const MOST_WAITING = 5_000

export interface ReactionOptions {
  log: FiringLog
  reactor: Reactor
  note(note: Note): void
  /** Tells others; resolves when all were told. */
  notify(note: ReactionNote | SourceNote): Promise<void>
  /** The most that any playbook may do by itself. */
  mode: 'propose' | 'act'
  /** Containments in an hour, of all playbooks together. */
  ceiling: number
  now(): number
}

interface Waiting {
  logged: LoggedFiring
  due: number
  failures: number
  /** The source may forget the events: the run or the plan is on disk, or it was tried and failed and is tried again. */
  durable(): void
}

/** Firings one after the other, since a containment takes the lock of the state folder. */
export class Reactions {
  readonly #options: ReactionOptions
  readonly #waiting: Waiting[] = []
  readonly #telling = new Set<Promise<void>>()
  #working: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #room: (() => void)[] = []
  #stopped = false
  fault: Fault | undefined

  constructor(options: ReactionOptions) {
    this.#options = options
  }

  /** Firings that are not settled. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Goes on with what an earlier process left. */
  begin(): void {
    for (const logged of this.#options.log.unnotified()) this.#tell(logged)
    for (const logged of this.#options.log.open()) void this.add(logged)
  }

  /** Resolves when the events behind it may be forgotten by their source. */
  add(logged: LoggedFiring): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push({ logged, due: 0, failures: 0, durable: resolve })
      this.#wake()
    })
  }

  /** Resolves when there is room for another. */
  async room(): Promise<void> {
    while (this.#full && !this.#stopped && !this.fault) {
      await new Promise<void>(resolve => this.#room.push(resolve))
    }
  }

  get #full(): boolean {
    if (this.#waiting.length >= MOST_WAITING || this.#telling.size >= MOST_TELLING) return true
    let fresh = 0
    for (const { failures } of this.#waiting) if (failures === 0) fresh++
    return fresh >= MOST_FRESH
  }

  /** Resolves when everything was tried. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working
  }

  /** Finishes what is in hand, and begins nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#free()
    await this.idle()
    await Promise.all(this.#telling)
  }

  #free(): void {
    for (const resolve of this.#room.splice(0)) resolve()
  }

  #wake(): void {
    if (this.#working || this.#stopped || this.fault) return
    clearTimeout(this.#timer)
    const now = this.#options.now()
    const next = this.#waiting.find(({ due }) => due <= now)
    if (next) {
      this.#working = this.#react(next).finally(() => {
        this.#working = undefined
        this.#free()
        this.#wake()
      })
    } else if (this.#waiting.length > 0) {
      const due = Math.min(...this.#waiting.map(each => each.due))
      this.#timer = setTimeout(() => this.#wake(), Math.max(10, due - now))
      this.#timer.unref()
    }
  }

  async #react(waiting: Waiting): Promise<void> {
    const { logged, durable } = waiting
    const { log } = this.#options
    try {
      const outcome = await this.#outcome(logged, durable)
      await log.settled(this.#at(), logged.fired.id, outcome)
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      this.#tell(logged)
    } catch (error) {
      const fault = toFault(error)
      if (FATAL.has(fault.code)) this.fault = fault
      else if (fault.code !== 'interrupted') {
        waiting.due = this.#options.now() + Math.min(AGAIN.most, AGAIN.first * 2 ** waiting.failures)
        if (waiting.failures++ === 0) {
          const note = noteOf('waiting', logged, this.#at(), { because: fault.message })
          this.#options.note(note)
          this.#notify(note)
        }
      } else waiting.due = this.#options.now() + AGAIN.most
    }
    if (!this.fault) durable()
  }

  /** @throws what may pass, what is fatal, and an interruption */
  async #outcome(logged: LoggedFiring, durable: () => void): Promise<ReactionNote> {
    const { log, reactor, mode, ceiling, now } = this.#options
    const { fired, cause } = logged
    try {
      const begun = await reactor.begun(fired.id, logged.run)
      if (begun) {
        durable()
        const reacted = await reactor.resume(begun.run, durable)
        return noteOf('contained', logged, this.#at(), reacted)
      }
      const wanted = mode === 'act' && fired.mode === 'act'
      const full = wanted && logged.acting === undefined && log.acts(now()) >= ceiling
      const acts = wanted && !full
      const run = logged.run ?? (await reactor.newRun())
      await log.reacting(this.#at(), fired.id, run, acts)
      const reacted = acts
        ? await reactor.contain(fired, cause, run, durable)
        : await reactor.propose(fired, cause, run)
      return noteOf(acts ? 'contained' : 'proposed', logged, this.#at(), {
        ...reacted,
        ...(full ? { ceiling } : {}),
      })
    } catch (error) {
      const fault = toFault(error)
      if (PASSES.has(fault.code) || FATAL.has(fault.code) || fault.code === 'interrupted') throw fault
      return noteOf('refused', logged, this.#at(), { because: fault.message })
    }
  }

  #tell(logged: LoggedFiring): void {
    const { outcome } = logged
    if (!outcome) return
    this.#options.note(outcome)
    this.#notify(outcome, () => this.#options.log.notified(logged.fired.id))
  }

  /** Says it here and to those who are notified. */
  announce(note: SourceNote): void {
    this.#options.note(note)
    this.#notify(note)
  }

  #notify(note: ReactionNote | SourceNote, then: () => Promise<void> = async () => undefined): void {
    const telling = this.#options
      .notify(note)
      .then(then)
      .catch((error: unknown) => {
        const about = 'trigger' in note ? { trigger: note.trigger } : { source: note.source }
        this.#options.note({ event: 'problem', ...about, message: toFault(error).message })
      })
      .finally(() => {
        this.#telling.delete(telling)
        this.#free()
      })
    this.#telling.add(telling)
  }

  #at(): string {
    return new Date(this.#options.now()).toISOString()
  }
}

function noteOf(
  event: ReactionNote['event'],
  { fired }: LoggedFiring,
  time: string,
  more: Partial<Reacted> & { because?: string; ceiling?: number },
): ReactionNote {
  const { id, playbook, trigger, why, identity } = fired
  return { event, id, playbook, trigger, why, identity: identity.id ?? identity.name, time, ...more }
}
