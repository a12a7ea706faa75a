/** A call that waits for its turn. */
export interface WaitingCall {
  /** A higher one goes first. */
  priority: number
  /** Of two with the same priority the lower one goes first. */
  order: number
  start(): void
}

/** Calls that wait, by priority and then in the order in which they came. */
export class WaitingCalls {
  readonly #byPriority = new Map<number, WaitingCall[]>()

  /** @param first before all others of its priority: it was at its turn already */
  add(call: WaitingCall, first: boolean): void {
    const same = this.#byPriority.get(call.priority)
    if (same === undefined) this.#byPriority.set(call.priority, [call])
    else if (first) same.unshift(call)
    else same.push(call)
  }

  /** Returns the call whose turn is next; undefined where none waits. */
  get head(): WaitingCall | undefined {
    return this.#next()?.[0]
  }

  /** Takes the call whose turn is next. */
  take(): WaitingCall | undefined {
    const same = this.#next()
    const call = same?.shift()
    if (call !== undefined && same?.length === 0) this.#byPriority.delete(call.priority)
    return call
  }

  #next(): WaitingCall[] | undefined {
    if (this.#byPriority.size === 0) return undefined
    return this.#byPriority.get(Math.max(...this.#byPriority.keys()))
  }
}
