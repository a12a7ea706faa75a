import { EventFlaw, type EventValue, eventValue } from '../model/expression/event.ts'
import { Fault } from '../model/fault.ts'
import type { Firing } from '../model/firing.ts'
import type { Signal } from '../model/signal.ts'
import type { Baseline } from './baseline.ts'
import { type Compiled, compiledTriggers, membersOf } from './compiled.ts'
import { correlationWords, countedOf, groupKey, isDistinct } from './counted-values.ts'
import { firingOf, groupOf, inputsOf } from './make-firing.ts'
import { Memory, type MemoryLimits } from './memory.ts'
import { isChanges, isWatchState, type MemoryChange, type WatchState } from './state.ts'
import { bounded } from './truncate.ts'
import type { Verdict, WatchedPlaybook, WatchStats } from './verdict.ts'

export interface EvaluatorOptions extends Partial<MemoryLimits> {
  /** Without it, no trigger with `first-seen` fires. */
  baseline?: Baseline
  /** Seconds by which an event may be older than the newest of its group and still be counted; 3,600. */
  lateness?: number
}

/** A clock that is a little ahead is no lie. */
const SKEW = 5 * 60_000
const COOLDOWN = 3_600
const MOST_EVENTS = 100
/** `Signal.format` of security event tokens. */
const TOKEN = 'security-event-token'

/** The matches of one signal, while its triggers are evaluated. */
interface Meeting {
  signal: Signal
  value: EventValue
  /** Event time, milliseconds since the epoch. */
  time: number
  verdict: Verdict
  /** `playbook/trigger` of what the signal was enough for. */
  hits: Set<string>
}

/** The match that made a trigger fire. */
interface Cause {
  events: string[]
  count: number
  why: string
}

/** Signals in, firings out. Deterministic: the same signals and times give the same firings. Memory is bounded. */
export class Evaluator {
  readonly #triggers: readonly Compiled[]
  /** The values of an event that the expressions need. */
  readonly #members: ReadonlySet<string> | undefined
  readonly #baseline: Baseline | undefined
  readonly #lateness: number
  readonly #memory: Memory
  /** `playbook/trigger` → seconds. */
  readonly #halfLives: ReadonlyMap<string, number>
  readonly #stats: WatchStats = {
    signals: 0,
    duplicates: 0,
    late: 0,
    future: 0,
    firings: 0,
    cooled: 0,
    problems: 0,
    evicted: 0,
  }

  /** Throws a Fault `invalid-playbook` when an expression does not compile. */
  constructor(playbooks: readonly WatchedPlaybook[], options: EvaluatorOptions = {}) {
    const { baseline, lateness = 3_600, ...limits } = options
    this.#triggers = compiledTriggers(playbooks)
    this.#members = membersOf(this.#triggers)
    this.#halfLives = new Map(
      this.#triggers.flatMap(({ key, trigger }) =>
        trigger.risk ? [[key, trigger.risk.halfLife] as const] : [],
      ),
    )
    this.#baseline = baseline
    this.#lateness = lateness * 1_000
    this.#memory = new Memory(limits)
  }

  get stats(): WatchStats {
    return { ...this.#stats, evicted: this.#memory.evicted }
  }

  /** @param now milliseconds since the epoch, when the signal came in */
  observe(signal: Signal, now: number): Verdict {
    const verdict: Verdict = { firings: [], problems: [], duplicate: false, late: false }
    this.#stats.signals += 1
    if (this.#isKnown(signal)) {
      this.#stats.duplicates += 1
      return { ...verdict, duplicate: true }
    }
    const meeting = {
      signal,
      value: eventValue(signal, this.#members),
      time: this.#timeOf(signal, now),
      verdict,
      hits: new Set<string>(),
    }
    for (const trigger of this.#triggers) this.#ask(trigger, meeting)
    this.#stats.late += verdict.late ? 1 : 0
    this.#stats.firings += verdict.firings.length
    this.#stats.problems += verdict.problems.length
    return verdict
  }

  /** Lets a trigger fire again for a group before its cooldown is over: what it started did not come about. */
  rearm({ playbook, trigger, group }: Pick<Firing, 'playbook' | 'trigger' | 'group'>): void {
    this.#memory.rearm(firedKey(`${playbook}/${trigger}`, group))
  }

  /**
   * Everything that is remembered, as plain data.
   *
   * @param options `record`: from here on, `changes` returns what is remembered besides
   */
  save({ record = false }: { record?: boolean } = {}): WatchState {
    if (record) this.#memory.record()
    return {
      version: 1,
      triggers: this.#triggers.map(({ key, digest }) => [key, digest]),
      ...this.#memory.save(),
    }
  }

  /** Returns the changes since it was asked last, or since a `save` that records; undefined where only `save` says them. */
  changes(): MemoryChange[] | undefined {
    return this.#memory.changes()
  }

  /**
   * Goes on from what `save` gave, and `changes` after it; throws a Fault `damaged` when it is something else. Changed triggers
   * start anew.
   */
  load(state: unknown, changes: unknown = []): void {
    if (!isWatchState(state) || !isChanges(changes))
      throw new Fault('damaged', 'the state of the watch is none, or of another version')
    const before = new Map(state.triggers)
    const same = this.#triggers.filter(({ key, digest }) => before.get(key) === digest)
    this.#memory.load(state, new Map(same.map(each => [each.key, isDistinct(each)])), changes)
  }

  /** A future time counts as now: no event can push the windows ahead. */
  #timeOf(signal: Signal, now: number): number {
    const time = Date.parse(signal.time)
    if (Number.isNaN(time)) return now
    if (time <= now + SKEW) return time
    this.#stats.future += 1
    return now
  }

  /** Tokens are remembered apart, so that no number of other records makes the watch forget one that comes again. */
  #isKnown({ format, id, doubt }: Signal): boolean {
    if (this.#memory.see(`${format} ${id}`, format === TOKEN)) return true
    if (doubt !== undefined) this.#memory.doubt(id, doubt)
    return false
  }

  /** Why one of these events is doubtful; undefined if none is. */
  #doubtOf(events: readonly string[]): string | undefined {
    for (const id of events) {
      const doubt = this.#memory.doubtOf(id)
      if (doubt !== undefined) return doubt
    }
    return undefined
  }

  #ask(trigger: Compiled, meeting: Meeting): void {
    const matched = this.#matches(trigger, meeting)
    if (matched === undefined) return
    let cause: Cause = { events: [meeting.signal.id], count: 1, why: matched }
    if (trigger.trigger.correlate !== undefined) {
      const correlated = this.#correlate(trigger, meeting)
      if (correlated === undefined) return
      cause = correlated
    }
    const group = groupOf(trigger, meeting.signal)
    if (trigger.trigger.risk !== undefined) {
      const risky = this.#risk(trigger, meeting)
      if (risky === undefined) return
      cause = risky
    }
    meeting.hits.add(trigger.key)
    if (!trigger.isRule) this.#fire(trigger, meeting, group, cause)
  }

  /** Why it matches, or undefined. */
  #matches({ trigger, key, when, playbook }: Compiled, meeting: Meeting): string | undefined {
    const { signal, value, verdict, hits } = meeting
    const { rules, type } = trigger.correlate ?? {}
    if (type === 'temporal' && !rules?.some(rule => hits.has(`${playbook.name}/${rule}`))) return undefined
    const matched = when.test(value)
    if (matched instanceof EventFlaw) {
      verdict.problems.push({ ...namesOf(key), event: signal.id, message: matched.message })
      return undefined
    }
    if (!matched) return undefined
    if (trigger.firstSeen === undefined) return 'one event'
    const first = this.#baseline?.firstSeen(signal, trigger.firstSeen)
    return first === undefined ? undefined : `the first time with this ${first}`
  }

  #correlate(compiled: Compiled, meeting: Meeting): Cause | undefined {
    const { correlate } = compiled.trigger
    if (correlate === undefined) return undefined
    const { signal, time } = meeting
    const group = groupKey(compiled, signal)
    if (group === undefined) return undefined
    const { gte } = correlate.condition
    const timespan = correlate.timespan * 1_000
    const distinct = isDistinct(compiled)
    const window = this.#memory.count(compiled.key, group, distinct, {
      time,
      id: signal.id,
      values: countedOf(compiled, meeting),
      // Cap the count at the threshold: more occurrences change nothing.
      times: distinct ? 1 : Math.min(signal.count ?? 1, gte),
      most: distinct ? Math.max(4 * gte, 256) : Math.max(2 * gte, 64),
      reach: timespan + this.#lateness,
    })
    if (window === undefined) {
      meeting.verdict.late = true
      return undefined
    }
    const span = window.enough(time, timespan, gte)
    if (span === undefined) return undefined
    const ids = window.ids(span)
    const count = distinct ? ids.length : span.to - span.from + 1
    return { events: ids.slice(-MOST_EVENTS), count, why: correlationWords(correlate, count) }
  }

  #risk({ trigger, key, playbook }: Compiled, { signal, time }: Meeting): Cause | undefined {
    if (trigger.risk === undefined) return undefined
    const { points, threshold, halfLife } = trigger.risk
    const of = { points, time, halfLife, id: signal.id }
    const risk = this.#memory.addPoints(playbook.name, signal, key, of)
    const total = risk.total(this.#halfLives)
    if (total < threshold) return undefined
    const ids = risk.ids()
    return { events: ids, count: ids.length, why: `risk ${Math.round(total)} of ${threshold}` }
  }

  #fire(compiled: Compiled, meeting: Meeting, group: Firing['group'], cause: Cause): void {
    const { trigger, key } = compiled
    const { signal, time, verdict } = meeting
    const cooling = firedKey(key, group)
    const last = this.#memory.firedAt(cooling)
    if (last !== undefined && Math.abs(time - last) < (trigger.cooldown ?? COOLDOWN) * 1_000) {
      this.#stats.cooled += 1
      return
    }
    const read = inputsOf(compiled, meeting.value)
    if ('flaw' in read) {
      verdict.problems.push({ ...namesOf(key), event: signal.id, message: read.flaw })
      return
    }
    this.#memory.fire(cooling, time)
    if (trigger.risk !== undefined) this.#memory.clearPoints(compiled.playbook.name, signal)
    const doubt = signal.doubt ?? this.#doubtOf(cause.events)
    verdict.firings.push(firingOf(compiled, signal, { ...cause, group, inputs: read.inputs, time, doubt }))
  }
}

function namesOf(key: string): { playbook: string; trigger: string } {
  const at = key.indexOf('/')
  return { playbook: key.slice(0, at), trigger: key.slice(at + 1) }
}

function firedKey(key: string, group: Firing['group']): string {
  return `${key} ${bounded(JSON.stringify(Object.values(group)))}`
}
