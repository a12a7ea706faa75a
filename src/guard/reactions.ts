import { backoffDelay } from '../model/backoff.ts'
import { type Fault, type FaultCode, toFault } from '../model/fault.ts'
import type { Timing } from '../model/timing.ts'
import { budgetsOf, type Senders, spentBudget } from './budgets.ts'
import type { FiringLog, LoggedFiring } from './firing-log.ts'
import { Turns } from './firing-turns.ts'
import type { Note, Reacted, ReactionNote, Reactor, SourceNote } from './ports.ts'

/**
 * Faults that settle a firing as refused: the playbook, its inputs or the cloud say no, and would say it again. Every
 * other fault keeps the firing open: it may pass, a person may mend it, or it is our bug and the next version may know better.
 */
const REFUSES: ReadonlySet<FaultCode> = new Set([
  'usage',
  'invalid-playbook',
  'invalid-input',
  'declined',
  'refused',
  'limit',
  'stale-plan',
  'gone',
  'rejected',
  'unsupported',
  'unmodifiable',
  'other-uid',
  'wrong-target',
])
/** Faults of a run that has begun after which nothing is left to resume: its lab was reset. */
const ENDS: ReadonlySet<FaultCode> = new Set(['wrong-target'])
/** No record, no mutation: the watch ends. */
const FATAL: ReadonlySet<FaultCode> = new Set(['journal'])
/** Milliseconds before the next try. A run that is not complete is resumed, which makes calls and entries each time. */
const AGAIN = { first: 5_000, most: 300_000, mostResumed: 3_600_000 }
/** Firings of one source that wait for their turn; more, and this source waits too. */
const MOST_FRESH = 64
/** Notifications on their way that one source caused; a storm must not pile up behind a notification that takes its time. */
const MOST_TELLING = 256
/** With those that wait for a cloud that does not answer, which must not keep the others from being heard. */
const MOST_WAITING = 5_000

export interface ReactionOptions {
  log: FiringLog
  reactor: Reactor
  note(note: Note): void
  /** Notifies others; resolves when all were notified. */
  notify(note: ReactionNote | SourceNote): Promise<void>
  /** The most that any playbook may do by itself. */
  mode: 'propose' | 'act'
  /** Containments in an hour, of all playbooks together; see {@link budgetsOf} for the share of each. */
  ceiling: number
  senders: Senders
  timing: Timing
}

interface Waiting {
  logged: LoggedFiring
  due: number
  failures: number
  /** Event and status of the last notification about it. */
  notified?: string
  /** The source may forget the events: the run or the plan is on disk, or it was tried and failed and is tried again. */
  durable(): void
}

/** Firings one after the other, since a containment takes the lock of the state folder. Sources and triggers take turns. */
export class Reactions {
  readonly #options: ReactionOptions
  readonly #waiting: Waiting[] = []
  readonly #turns = new Turns()
  readonly #telling = new Map<Promise<void>, string | undefined>()
  #working: Promise<void> | undefined
  #sleep: AbortController | undefined
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

  /** Resolves when there is room for another firing of this source: others do not wait for it. */
  async room(source: string): Promise<void> {
    while (this.#isFull(source) && !this.#stopped && !this.fault) {
      await new Promise<void>(resolve => this.#room.push(resolve))
    }
  }

  #isFull(source: string): boolean {
    let [all, fresh, telling] = [0, 0, 0]
    for (const { logged, failures } of this.#waiting) {
      if (logged.source !== source) continue
      all++
      if (failures === 0) fresh++
    }
    for (const cause of this.#telling.values()) if (cause === source) telling++
    const share = MOST_WAITING / Math.max(1, this.#options.senders.sources)
    return fresh >= MOST_FRESH || all >= share || telling >= MOST_TELLING
  }

  /** Resolves when everything was tried. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working
  }

  /** Finishes what is in hand, and begins nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#sleep?.abort()
    this.#free()
    await this.idle()
    await Promise.all(this.#telling.keys())
  }

  #free(): void {
    for (const resolve of this.#room.splice(0)) resolve()
  }

  #wake(): void {
    if (this.#working || this.#stopped || this.fault) return
    this.#sleep?.abort()
    const now = this.#options.timing.date()
    const next = this.#turns.next(this.#waiting.filter(({ due }) => due <= now))
    if (next) {
      this.#working = this.#react(next).finally(() => {
        this.#working = undefined
        this.#free()
        this.#wake()
      })
    } else if (this.#waiting.length > 0) {
      const due = Math.min(...this.#waiting.map(each => each.due))
      void this.#wakeAfter(Math.max(10, due - now))
    }
  }

  async #wakeAfter(ms: number): Promise<void> {
    const sleep = new AbortController()
    this.#sleep = sleep
    await this.#options.timing.sleep(ms, sleep.signal)
    if (!sleep.signal.aborted) this.#wake()
  }

  async #react(waiting: Waiting): Promise<void> {
    const { logged, durable } = waiting
    const { log } = this.#options
    try {
      const { note, open } = await this.#outcome(logged, durable)
      if (open) this.#later(waiting, note, AGAIN.mostResumed)
      else {
        await log.settled(this.#at(), logged.fired.id, note)
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        this.#tell(logged)
      }
    } catch (error) {
      const fault = toFault(error)
      if (FATAL.has(fault.code)) this.fault = fault
      else this.#later(waiting, noteOf('waiting', logged, this.#at(), { because: fault.message }), AGAIN.most)
    }
    if (!this.fault) durable()
  }

  /** Keeps a firing open; people are notified when it begins to wait and when that changes. */
  #later(waiting: Waiting, note: ReactionNote, most: number): void {
    waiting.due =
      this.#options.timing.date() +
      backoffDelay(waiting.failures++, { first: AGAIN.first, most, timing: this.#options.timing })
    const notified = `${note.event} ${note.status ?? ''}`
    if (waiting.notified === notified) return
    waiting.notified = notified
    this.#options.note(note)
    this.#notify(note, waiting.logged.source)
  }

  /** @throws what keeps the firing open before its run has begun, and what is fatal */
  async #outcome(logged: LoggedFiring, durable: () => void): Promise<{ note: ReactionNote; open: boolean }> {
    const { log, reactor, mode, ceiling, senders, timing } = this.#options
    const { fired, cause } = logged
    const begun = await reactor.begun(fired.id, logged.run)
    if (begun) {
      await log.begun(this.#at(), fired.id)
      durable()
      try {
        return this.#ended(logged, await reactor.resume(begun.run, durable))
      } catch (error) {
        const { code, message } = toFault(error)
        if (FATAL.has(code)) throw error
        const why = { run: begun.run, because: message }
        return { note: noteOf('incomplete', logged, this.#at(), why), open: !ENDS.has(code) }
      }
    }
    try {
      const wanted = mode === 'act' && fired.mode === 'act'
      const spent = wanted
        ? spentBudget(logged, log.changed(timing.date()), budgetsOf(ceiling, senders))
        : undefined
      const acts = wanted && !spent && fired.doubt === undefined
      const run = logged.run ?? (await reactor.newRun())
      await log.reacting(this.#at(), fired.id, run, acts)
      if (acts) {
        let counted: Promise<void> | undefined
        const begin = () => {
          counted ??= log.begun(this.#at(), fired.id)
          // Awaited below; until then nobody has missed that it failed.
          counted.catch(() => undefined)
          durable()
        }
        try {
          return this.#ended(logged, await reactor.contain(fired, cause, run, begin))
        } finally {
          await counted
        }
      }
      const reacted = await reactor.propose(fired, cause, run)
      const doubt = wanted && fired.doubt !== undefined ? { because: fired.doubt } : {}
      const over = spent ? { ceiling, ...(spent.of === 'all' ? {} : { budget: spent }) } : {}
      const more = fired.doubt === undefined ? over : doubt
      return { note: noteOf('proposed', logged, this.#at(), { ...reacted, ...more }), open: false }
    } catch (error) {
      const fault = toFault(error)
      // The failure may have come in the middle of a run.
      if (!REFUSES.has(fault.code) || (await reactor.begun(fired.id, logged.run))) throw fault
      return { note: noteOf('refused', logged, this.#at(), { because: fault.message }), open: false }
    }
  }

  /** Only a complete run is contained. Any other stays open, unless a person has taken it over. */
  #ended(logged: LoggedFiring, { takenOver, ...reacted }: Reacted): { note: ReactionNote; open: boolean } {
    if (reacted.status === 'proposed') {
      return { note: noteOf('proposed', logged, this.#at(), reacted), open: false }
    }
    const complete = reacted.status === 'complete' || reacted.status === 'held'
    const because = takenOver && !complete ? { because: 'a person has begun to restore it' } : {}
    const note = noteOf(complete ? 'contained' : 'incomplete', logged, this.#at(), { ...reacted, ...because })
    return { note, open: !complete && !takenOver }
  }

  #tell(logged: LoggedFiring): void {
    const { outcome } = logged
    if (!outcome) return
    this.#options.note(outcome)
    this.#notify(outcome, logged.source, () => this.#options.log.notified(logged.fired.id))
  }

  /** Says it here and to those who are notified. */
  announce(note: SourceNote): void {
    this.#options.note(note)
    this.#notify(note, note.source)
  }

  #notify(
    note: ReactionNote | SourceNote,
    source: string | undefined,
    then: () => Promise<void> = async () => undefined,
  ): void {
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
    this.#telling.set(telling, source)
  }

  #at(): string {
    return new Date(this.#options.timing.date()).toISOString()
  }
}

function noteOf(
  event: ReactionNote['event'],
  { fired }: LoggedFiring,
  time: string,
  more: Partial<Reacted> & Pick<ReactionNote, 'because' | 'ceiling' | 'budget'>,
): ReactionNote {
  const { id, playbook, trigger, why, identity } = fired
  return { event, id, playbook, trigger, why, identity: identity.id ?? identity.name, time, ...more }
}
