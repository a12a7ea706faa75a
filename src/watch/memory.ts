import type { Signal } from '../model/signal.ts'
import { identityKey } from './baseline.ts'
import { Recent, Seen } from './lru-map.ts'
import { added, decayed, type Score } from './risk.ts'
import type { RiskState, WatchState } from './state.ts'
import { Window } from './window.ts'

export interface MemoryLimits {
  /** Groups that are remembered at most; 20,000. */
  groups: number
  /** Events in all groups together; 200,000. */
  events: number
  /** Ids that are remembered at most, to know duplicates; 100,000. */
  ids: number
}

const MOST_RISK_IDS = 20
/** How many groups go together when there are too many events in them. */
const SHED = 64

interface Group {
  trigger: string
  window: Window
}

/** The memory of an evaluator. The least recently used entries are forgotten first. */
export class Memory {
  readonly seen: Seen
  /** Ids of security event tokens. */
  readonly tokens: Seen
  /** Id of an event → why it is doubtful. */
  readonly doubts: Recent<string>
  readonly fired: Recent<number>
  readonly #groups: Recent<Group>
  readonly #risks: Recent<Risk>
  readonly #most: number
  #events = 0
  evicted = 0

  constructor({ groups = 20_000, events = 200_000, ids = 100_000 }: Partial<MemoryLimits>) {
    this.seen = new Seen(ids)
    this.tokens = new Seen(ids)
    this.doubts = new Recent(groups)
    this.fired = new Recent(groups)
    this.#groups = new Recent(groups)
    this.#risks = new Recent(groups)
    this.#most = events
  }

  window(trigger: string, group: string, distinct: boolean): Window {
    const key = `${trigger} ${group}`
    const known = this.#groups.get(key)
    if (known !== undefined) return known.window
    const window = new Window(distinct)
    this.#release(this.#groups.set(key, { trigger, window }))
    return window
  }

  /** Has to be called after a window has become larger, or smaller. */
  grown(by: number): void {
    this.#events += by
    // The newest group stays, however large it is.
    while (this.#events > this.#most && this.#groups.size > 1) {
      this.#release(this.#groups.shed(Math.min(this.#groups.size - 1, SHED)))
    }
  }

  risk(playbook: string, signal: Signal): Risk {
    const key = `${playbook} ${identityKey(signal)}`
    const known = this.#risks.get(key)
    if (known !== undefined) return known
    const risk = new Risk()
    this.evicted += this.#risks.set(key, risk).length
    return risk
  }

  save(): Omit<WatchState, 'version' | 'triggers'> {
    return {
      seen: this.seen.save(),
      tokens: this.tokens.save(),
      doubts: [...this.doubts.entries()],
      groups: [...this.#groups.entries()].map(([key, { window }]) => [key, window.save()]),
      risks: [...this.#risks.entries()].map(([key, risk]) => [key, risk.save()]),
      fired: [...this.fired.entries()],
    }
  }

  /** @param triggers `playbook/trigger` of those that are still the same → whether they count values */
  load(state: WatchState, triggers: ReadonlyMap<string, boolean>): void {
    this.seen.load(state.seen)
    this.tokens.load(state.tokens ?? [])
    for (const [id, doubt] of state.doubts ?? []) this.doubts.set(id, doubt)
    for (const [key, saved] of state.groups) {
      const trigger = key.slice(0, key.indexOf(' '))
      const distinct = triggers.get(trigger)
      if (distinct === undefined || distinct !== (saved.values !== undefined)) continue
      const window = new Window(distinct, saved)
      this.#events += window.size
      this.#release(this.#groups.set(key, { trigger, window }))
    }
    for (const [key, saved] of state.risks) this.#risks.set(key, new Risk(saved))
    for (const [key, time] of state.fired) {
      if (triggers.has(key.slice(0, key.indexOf(' ')))) this.fired.set(key, time)
    }
  }

  #release(groups: readonly Group[]): void {
    this.evicted += groups.length
    for (const { window } of groups) this.#events -= window.size
  }
}

/** Points of one identity in one playbook. */
export class Risk {
  #scores: Map<string, Score>
  #ids: string[]

  constructor(state: RiskState = { scores: [], ids: [] }) {
    this.#scores = new Map(state.scores)
    this.#ids = [...state.ids]
  }

  add(trigger: string, of: { points: number; time: number; halfLife: number; id: string }): void {
    this.#scores.set(trigger, added(this.#scores.get(trigger), of.points, of.time, of.halfLife))
    this.#ids.push(of.id)
    if (this.#ids.length > MOST_RISK_IDS) this.#ids.shift()
  }

  /** Returns the value of the points of all triggers as of the newest match. */
  total(halfLives: ReadonlyMap<string, number>): number {
    const scores = [...this.#scores].filter(([trigger]) => halfLives.has(trigger))
    const newest = Math.max(...scores.map(([, { at }]) => at))
    return scores.reduce(
      (sum, [trigger, score]) => sum + decayed(score, newest, halfLives.get(trigger) ?? 1),
      0,
    )
  }

  ids(): string[] {
    return [...this.#ids]
  }

  clear(): void {
    this.#scores = new Map()
    this.#ids = []
  }

  save(): RiskState {
    return { scores: [...this.#scores], ids: [...this.#ids] }
  }
}
