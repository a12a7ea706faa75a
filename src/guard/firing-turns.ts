import { identityName, triggerKey } from './budgets.ts'
import type { LoggedFiring } from './firing-log.ts'

/**
 * Whose turn it is among firings that wait: the source that had its turn longest ago, then of its triggers the one that
 * had its turn longest ago, then the oldest firing that is not about the same identity as the one before.
 */
export class Turns {
  readonly #served = new Map<string, number>()
  #serial = 0
  #identity: string | undefined

  /** Returns one of those that wait, and counts it as served. They come in the order in which they fired. */
  next<Of extends { logged: LoggedFiring }>(waiting: readonly Of[]): Of | undefined {
    const ofSource = this.#longestAgo(waiting, sourceKey)
    const ofTrigger = this.#longestAgo(ofSource, turnKey)
    const next = ofTrigger.find(({ logged }) => identityName(logged.fired) !== this.#identity) ?? ofTrigger[0]
    if (!next) return undefined
    this.#serial++
    this.#served.set(sourceKey(next), this.#serial)
    this.#served.set(turnKey(next), this.#serial)
    this.#identity = identityName(next.logged.fired)
    return next
  }

  /** Those of the sender whose last turn is longest ago. */
  #longestAgo<Of>(waiting: readonly Of[], keyOf: (each: Of) => string): Of[] {
    let [least, sender] = [Number.POSITIVE_INFINITY, '']
    for (const each of waiting) {
      const key = keyOf(each)
      const served = this.#served.get(key) ?? 0
      if (served < least) [least, sender] = [served, key]
    }
    return waiting.filter(each => keyOf(each) === sender)
  }
}

const sourceKey = ({ logged }: { logged: LoggedFiring }): string => JSON.stringify([logged.source ?? ''])

function turnKey({ logged }: { logged: LoggedFiring }): string {
  return JSON.stringify([logged.source ?? '', triggerKey(logged.fired)])
}
