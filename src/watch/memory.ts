import type { Signal } from '../model/signal.ts'
import { identityKey } from './baseline.ts'
import { Risk } from './identity-risk.ts'
import { Recent, Seen } from './lru-map.ts'
import type { MemoryChange, WatchState } from './state.ts'
import { Window } from './window.ts'

export interface MemoryLimits {
  /** Groups that are remembered at most; 20,000. */
  groups: number
  /** Events in all groups together; 200,000. */
  events: number
  /** Ids that are remembered at most, to know duplicates; 100,000. */
  ids: number
}

/** How many groups go together when there are too many events in them. */
const SHED = 64

interface Group {
  trigger: string
  window: Window
}

/** An event, as it is counted in the window of its group. */
export interface Counted {
  /** Event time, milliseconds since the epoch. */
  time: number
  id: string
  values: readonly (string | undefined)[]
  /** How often each is counted. */
  times: number
  /** Items that the window keeps at least. */
  most: number
  /** Milliseconds before the newest event that the window keeps. */
  reach: number
}

/** Changes that are recorded at most; when there are more, the whole memory is the shorter way to say it. */
const MOST_CHANGES = 100_000

/** The memory of an evaluator. The least recently used entries are forgotten first. */
export class Memory {
  readonly #seen: Seen
  /** Ids of security event tokens. */
  readonly #tokens: Seen
  /** Id of an event → why it is doubtful. */
  readonly #doubts: Recent<string>
  readonly #fired: Recent<number>
  readonly #groups: Recent<Group>
  readonly #risks: Recent<Risk>
  readonly #most: number
  #events = 0
  /** Changes since they were asked for last; undefined: nobody asked, or there are too many. */
  #changes: MemoryChange[] | undefined
  evicted = 0

  constructor({ groups = 20_000, events = 200_000, ids = 100_000 }: Partial<MemoryLimits>) {
    this.#seen = new Seen(ids)
    this.#tokens = new Seen(ids)
    this.#doubts = new Recent(groups)
    this.#fired = new Recent(groups)
    this.#groups = new Recent(groups)
    this.#risks = new Recent(groups)
    this.#most = events
  }

  /** Remembers the id of a record, or of a token. @returns whether it was known */
  see(id: string, isToken: boolean): boolean {
    const { known, changed } = (isToken ? this.#tokens : this.#seen).add(id)
    if (changed) this.#note([isToken ? 't' : 's', id])
    return known
  }

  doubt(id: string, why: string): void {
    this.#doubts.set(id, why)
    this.#note(['d', id, why])
  }

  /** Why an event is doubtful; undefined if it is not. */
  doubtOf(id: string): string | undefined {
    return this.#doubts.peek(id)
  }

  /** Counts an event in the window of its group. @returns the window; undefined for an event that is too old to be counted */
  count(trigger: string, group: string, distinct: boolean, counted: Counted): Window | undefined {
    const key = `${trigger} ${group}`
    const { time, id, values, times, most, reach } = counted
    if (time < (this.#groups.peek(key)?.window.newest ?? Number.NEGATIVE_INFINITY) - reach) return undefined
    this.#note(['w', key, distinct ? 1 : 0, [time, id, times, most, reach, values.map(each => each ?? null)]])
    const window = this.#window(key, trigger, distinct)
    const before = window.size
    for (const value of values) {
      for (let each = 0; each < times; each += 1) window.add(time, id, value, most)
    }
    window.forget(window.newest - reach)
    this.#grown(window.size - before)
    return window
  }

  /** Adds points to an identity in a playbook, and returns what it has there. */
  addPoints(
    playbook: string,
    signal: Signal,
    trigger: string,
    of: { points: number; time: number; halfLife: number; id: string },
  ): Risk {
    const key = riskKey(playbook, signal)
    const { points, time, halfLife, id } = of
    this.#note(['r', key, trigger, points, time, halfLife, id])
    return this.#addPoints(key, trigger, of)
  }

  /** Spends the points of an identity in a playbook. */
  clearPoints(playbook: string, signal: Signal): void {
    const key = riskKey(playbook, signal)
    this.#note(['c', key])
    this.#risks.peek(key)?.clear()
  }

  /** Event time of the last firing, milliseconds since the epoch. */
  firedAt(key: string): number | undefined {
    return this.#fired.peek(key)
  }

  fire(key: string, time: number): void {
    this.#fired.set(key, time)
    this.#note(['f', key, time])
  }

  rearm(key: string): void {
    this.#fired.delete(key)
    this.#note(['n', key])
  }

  /** Records changes from here on, for `changes`. */
  record(): void {
    this.#changes = []
  }

  /** Returns the changes since it was asked last, or since `record`; undefined where they are not known. */
  changes(): MemoryChange[] | undefined {
    const changes = this.#changes
    if (changes) this.#changes = []
    return changes
  }

  save(): Omit<WatchState, 'version' | 'triggers'> {
    const [seen, tokens] = [this.#seen.save(), this.#tokens.save()]
    return {
      seen: seen.ids,
      tokens: tokens.ids,
      fresh: [seen.fresh, tokens.fresh],
      doubts: [...this.#doubts.entries()],
      groups: [...this.#groups.entries()].map(([key, { window }]) => [key, window.save()]),
      risks: [...this.#risks.entries()].map(([key, risk]) => [key, risk.save()]),
      fired: [...this.#fired.entries()],
    }
  }

  /**
   * @param triggers `playbook/trigger` of those that are still the same → whether they count values
   * @param changes what was changed after the state was saved
   */
  load(
    state: WatchState,
    triggers: ReadonlyMap<string, boolean>,
    changes: readonly MemoryChange[] = [],
  ): void {
    const [seen, tokens] = state.fresh ?? []
    this.#seen.load(state.seen, seen)
    this.#tokens.load(state.tokens ?? [], tokens)
    for (const [id, doubt] of state.doubts ?? []) this.#doubts.set(id, doubt)
    for (const [key, saved] of state.groups) {
      const trigger = triggerOf(key)
      const distinct = triggers.get(trigger)
      if (distinct === undefined || distinct !== (saved.values !== undefined)) continue
      const window = new Window(distinct, saved)
      this.#events += window.size
      this.#release(this.#groups.set(key, { trigger, window }))
    }
    for (const [key, saved] of state.risks) this.#risks.set(key, new Risk(saved))
    for (const [key, time] of state.fired) if (triggers.has(triggerOf(key))) this.#fired.set(key, time)
    for (const change of changes) this.#carryOut(change, triggers)
  }

  #carryOut(change: MemoryChange, triggers: ReadonlyMap<string, boolean>): void {
    switch (change[0]) {
      case 's':
      case 't':
        this.see(change[1], change[0] === 't')
        return
      case 'd':
        this.doubt(change[1], change[2])
        return
      case 'w': {
        const [, key, distinct, [time, id, times, most, reach, values]] = change
        const trigger = triggerOf(key)
        if (triggers.get(trigger) !== (distinct === 1)) return
        const counted = { time, id, times, most, reach, values: values.map(each => each ?? undefined) }
        this.count(trigger, key.slice(trigger.length + 1), distinct === 1, counted)
        return
      }
      case 'r': {
        const [, key, trigger, points, time, halfLife, id] = change
        this.#addPoints(key, trigger, { points, time, halfLife, id })
        return
      }
      case 'c':
        this.#risks.peek(change[1])?.clear()
        return
      case 'f':
        if (triggers.has(triggerOf(change[1]))) this.fire(change[1], change[2])
        return
      case 'n':
        this.rearm(change[1])
    }
  }

  #window(key: string, trigger: string, distinct: boolean): Window {
    const known = this.#groups.get(key)
    if (known !== undefined) return known.window
    const window = new Window(distinct)
    this.#release(this.#groups.set(key, { trigger, window }))
    return window
  }

  #grown(by: number): void {
    this.#events += by
    // The newest group stays, however large it is.
    while (this.#events > this.#most && this.#groups.size > 1) {
      this.#release(this.#groups.shed(Math.min(this.#groups.size - 1, SHED)))
    }
  }

  #addPoints(key: string, trigger: string, of: Parameters<Risk['add']>[1]): Risk {
    const known = this.#risks.get(key)
    const risk = known ?? new Risk()
    if (known === undefined) this.evicted += this.#risks.set(key, risk).length
    risk.add(trigger, of)
    return risk
  }

  #release(groups: readonly Group[]): void {
    this.evicted += groups.length
    for (const { window } of groups) this.#events -= window.size
  }

  #note(change: MemoryChange): void {
    if (this.#changes === undefined) return
    if (this.#changes.push(change) > MOST_CHANGES) this.#changes = undefined
  }
}

function triggerOf(key: string): string {
  return key.slice(0, key.indexOf(' '))
}

function riskKey(playbook: string, signal: Signal): string {
  return `${playbook} ${identityKey(signal)}`
}
