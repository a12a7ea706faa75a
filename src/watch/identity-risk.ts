import { added, decayed, type Score } from './risk.ts'
import type { RiskState } from './state.ts'

/** Ids of signals that are kept. */
const MOST_RISK_IDS = 20

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
