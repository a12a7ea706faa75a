import { setImmediate as turn } from 'node:timers/promises'
import { type Fault, toFault } from '../model/fault.ts'
import type { Firing } from '../model/firing.ts'
import type { Json } from '../model/json.ts'
import type { Signal } from '../model/signal.ts'
import { repeat, type Timing } from '../model/timing.ts'
import type { SealedFolder } from '../store/sealed-folder.ts'
import type { Senders } from './budgets.ts'
import { EventsAtHand } from './events-at-hand.ts'
import type { Feed, FeedBatch } from './feed.ts'
import { FiringLog } from './firing-log.ts'
import { ForeignAccounts } from './foreign-accounts.ts'
import type { GuardStats, Judge, Note, ReactionNote, Reactor, SourceNote } from './ports.ts'
import { Reactions } from './reactions.ts'
import { type Keeper, type Kept, keeper } from './saved-state.ts'
import { type Aside, SetAside } from './set-aside.ts'
import { Streaks } from './unreadable-streak.ts'

export type { Feed, FeedBatch }

export interface GuardOptions {
  /** Where its own files are: `state.json`, `state.jsonl`, `firings.jsonl`, `set-aside.ndjson`. */
  folder: SealedFolder
  judge: Judge
  reactor: Reactor
  note(note: Note): void
  notify(note: ReactionNote | SourceNote): Promise<void>
  mode: 'propose' | 'act'
  ceiling: number
  /** How many triggers may act: one of several cannot use up the whole ceiling. */
  triggers: number
  /** Done with each checkpoint. */
  also?: () => Promise<void>
  /** Milliseconds between two checkpoints. */
  every?: number
  timing: Timing
}

const EVERY = 1_000
/** Batches that may wait for a checkpoint. */
const MOST_UNSAVED = 100

/**
 * Records in, reactions out. A batch is acknowledged when what its records did is on disk: the judge's memory in a
 * checkpoint, and each firing in the log with its run or plan.
 */
export class Guard {
  readonly stats: GuardStats = {
    records: 0,
    signals: 0,
    setAside: 0,
    unread: 0,
    foreign: 0,
    fired: 0,
    newest: 0,
  }
  readonly #options: GuardOptions
  readonly #timing: Timing
  readonly #log: FiringLog
  readonly #reactions: Reactions
  readonly #senders: Senders
  readonly #aside: SetAside
  readonly #streaks = new Streaks()
  readonly #positions: { [source: string]: Json }
  readonly #atHand = new EventsAtHand()
  readonly #logging = new Set<Promise<unknown>>()
  readonly #failed: Fault[] = []
  #unsaved: { batch: FeedBatch; effects: Promise<void>[] }[] = []
  #dirty = false
  #saving: Promise<void> | undefined
  #rested = 0
  readonly #acking = new Set<Promise<void>>()
  readonly #foreign = new ForeignAccounts()
  readonly #keeper: Keeper

  private constructor(options: GuardOptions, log: FiringLog, positions: Kept['positions']) {
    this.#options = options
    this.#timing = options.timing
    this.#log = log
    this.#positions = { ...positions }
    this.#aside = new SetAside(options.folder.path)
    this.#keeper = keeper(options.folder)
    const { reactor, note, notify, mode, ceiling } = options
    this.#senders = { triggers: options.triggers, sources: 1 }
    const senders = this.#senders
    this.#reactions = new Reactions({
      ...{ log, reactor, note, notify, mode, ceiling, senders },
      timing: this.#timing,
    })
  }

  static async open(options: GuardOptions, kept: Kept): Promise<Guard> {
    return new Guard(options, await FiringLog.open(options.folder), kept.positions)
  }

  /** Firings that are not settled: there are some left when it was stopped, or when a cloud does not answer. */
  get waiting(): number {
    return this.#reactions.waiting
  }

  /** Until the sources end or the signal is aborted. Rejects with the Fault of a source, or of our own disk. */
  async run(feeds: readonly Feed[], signal: AbortSignal): Promise<void> {
    const inner = new AbortController()
    const both = AbortSignal.any([signal, inner.signal])
    const ended = new AbortController()
    const saving = repeat(this.#options.every ?? EVERY, this.#timing, ended.signal, () => {
      if (this.#reactions.fault) inner.abort()
      // A memory that takes long to write is written less often.
      if (this.#timing.now() < this.#rested) return
      this.#checkpoint().catch((error: unknown) => {
        this.#failed.push(toFault(error))
        inner.abort()
      })
    })
    this.#senders.sources = feeds.length
    try {
      this.#reactions.begin()
      await Promise.all(feeds.map(feed => this.#drain(feed, both, inner)))
      if (!both.aborted) await this.#reactions.idle()
    } finally {
      ended.abort()
      await saving
      await this.#reactions.stop()
      await this.#checkpoint().catch((error: unknown) => this.#failed.push(toFault(error)))
      // Batches that became durable a moment ago begin to be acknowledged in this turn.
      await turn()
      await Promise.all(this.#acking)
      await this.#log.close()
      await this.#keeper.close()
      await this.#aside.close()
    }
    const fault = this.#reactions.fault ?? this.#failed[0]
    if (fault) throw fault
  }

  async #drain(feed: Feed, signal: AbortSignal, all: AbortController): Promise<void> {
    try {
      for await (const batch of feed.batches(signal)) {
        await this.#take(feed, batch)
        if (this.#unsaved.length >= MOST_UNSAVED) await this.#checkpoint()
        await this.#reactions.room(feed.name)
        // A file that is read fast must not keep Ctrl-C, timers and reactions from their turn.
        await turn()
        if (signal.aborted) return
      }
    } catch (error) {
      const fault = toFault(error)
      this.#failed.push(fault)
      this.#options.note({ event: 'problem', source: feed.name, message: fault.message })
      // The other sources go on; without a disk nothing does.
      if (fault.code === 'journal' || fault.code === 'bug') all.abort()
    }
  }

  async #take(feed: Feed, batch: FeedBatch): Promise<void> {
    const effects: Promise<void>[] = []
    const aside: Aside[] = []
    const troubled = new Map<string, string>()
    for (const { record, where, flaw, times = 1, sent } of batch.records) {
      this.stats.records += times
      if (flaw !== undefined) {
        aside.push({ where, reason: flaw, excerpt: String(record), times })
        this.#missed(feed.name, flaw, times)
        continue
      }
      const { signals, poison, foreign } = await this.#options.judge.read(record, { source: feed.name, sent })
      if (poison) aside.push({ where, ...poison })
      for (const each of foreign ?? []) {
        this.stats.foreign += each.count
        const note = this.#foreign.noteOf(feed.name, each)
        if (note) this.#options.note(note)
      }
      if (signals.length > 0) this.#streaks.heard(feed.name)
      else if (poison) this.#missed(feed.name, poison.reason)
      for (const signal of signals) {
        const { firings, problems } = this.#observe(signal)
        for (const { trigger, message } of problems) troubled.set(trigger, message)
        // All at once: between seeing and logging no checkpoint may come.
        for (const effect of await Promise.all(firings.map(fired => this.#fire(fired, feed.name)))) {
          if (effect) effects.push(effect.durable)
        }
      }
    }
    if (aside.length > 0) await this.#keepAside(feed.name, aside)
    if (batch.unread !== undefined) {
      this.stats.unread++
      this.#options.note({ event: 'problem', source: feed.name, message: batch.unread })
    }
    for (const [trigger, message] of troubled) this.#options.note({ event: 'problem', trigger, message })
    if (batch.position !== undefined) this.#positions[feed.name] = batch.position
    this.#unsaved.push({ batch, effects })
    this.#dirty = true
  }

  #observe(signal: Signal): ReturnType<Judge['observe']> {
    this.stats.signals++
    this.stats.newest = Math.max(this.stats.newest, Date.parse(signal.time) || 0)
    this.#atHand.add(signal)
    return this.#options.judge.observe(signal, this.#timing.date())
  }

  /** @returns resolves when the source may forget the events; undefined when nothing follows */
  async #fire(fired: Firing, source: string): Promise<{ durable: Promise<void> } | undefined> {
    if (this.#log.find(fired)) return undefined
    this.stats.fired++
    const logging = this.#log.fired(this.#at(), fired, this.#atHand.causeOf(fired), source)
    this.#logging.add(logging)
    try {
      const logged = await logging
      const { id, playbook, trigger, why, identity, time } = fired
      this.#options.note({
        event: 'fired',
        id,
        playbook,
        trigger,
        why,
        identity: identity.id ?? identity.name,
        time,
      })
      return { durable: this.#reactions.add(logged) }
    } finally {
      this.#logging.delete(logging)
    }
  }

  async #keepAside(source: string, aside: readonly Aside[]): Promise<void> {
    for (const { times = 1 } of aside) this.stats.setAside += times
    for (const note of await this.#aside.keep(source, aside, this.#at())) this.#options.note(note)
  }

  #missed(source: string, because: string, times = 1): void {
    const count = this.#streaks.missed(source, times)
    if (count === undefined) return
    const time = this.#at()
    this.#reactions.announce({ event: 'unreadable', id: `${source} ${time}`, source, count, because, time })
  }

  #at(): string {
    return new Date(this.#timing.date()).toISOString()
  }

  /** One at a time; a batch that comes meanwhile belongs to the next. */
  async #checkpoint(): Promise<void> {
    while (this.#saving) await this.#saving
    this.#saving = this.#save()
    try {
      await this.#saving
    } finally {
      this.#saving = undefined
    }
  }

  async #save(): Promise<void> {
    if (!this.#dirty) return
    while (this.#logging.size > 0) await Promise.allSettled(this.#logging)
    const began = this.#timing.now()
    const unsaved = this.#unsaved
    this.#unsaved = []
    this.#dirty = false
    const { judge, also } = this.#options
    // A firing that is acknowledged from here on cannot be cut off the log unnoticed.
    await this.#log.marked()
    await this.#keeper.keep(judge, this.#positions)
    await also?.()
    const took = this.#timing.now() - began
    this.#rested = this.#timing.now() + 10 * took
    for (const { batch, effects } of unsaved) {
      if (effects.length === 0) continue
      // A batch that is never begun here is never acknowledged, and nobody waits for it.
      void Promise.all(effects).then(() => {
        const acking = this.#ack(batch).finally(() => this.#acking.delete(acking))
        this.#acking.add(acking)
      })
    }
    // All at once: a queue has an answer for each.
    await Promise.all(
      unsaved.map(({ batch, effects }) => (effects.length === 0 ? this.#ack(batch) : undefined)),
    )
  }

  async #ack(batch: FeedBatch): Promise<void> {
    await batch.ack().catch((error: unknown) => {
      // It comes again, and is known.
      this.#options.note({ event: 'problem', message: toFault(error).message })
    })
  }
}
