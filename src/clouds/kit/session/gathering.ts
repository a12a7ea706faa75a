import { type Asking, asking, currentAsking, PURPOSES } from '../../../model/purpose.ts'

interface Waiting<Item, Result> {
  item: Item
  asked: Asking
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/**
 * Makes one piece of work of what is asked for in the same turn of the event loop, or while the work before it is still
 * under way, for each thing by name. A caller gets an answer that was begun after it asked: a reading that is
 * already on its way may be older than their last write.
 */
export class Gathering<Item, Result> {
  readonly #work: (name: string, items: Item[]) => Promise<PromiseSettledResult<Result>[]>
  readonly #waiting = new Map<string, Waiting<Item, Result>[]>()
  readonly #busy = new Set<string>()

  /** @param work one outcome for each item, in their order; a rejection is everybody's */
  constructor(work: (name: string, items: Item[]) => Promise<PromiseSettledResult<Result>[]>) {
    this.#work = work
  }

  /** Adds an item to the next piece of work of `name`. Resolves or rejects with the outcome of this item. */
  add(name: string, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(name) ?? []
      const first = waiting.length === 0
      this.#waiting.set(name, [...waiting, { item, asked: currentAsking(), resolve, reject }])
      if (first && !this.#busy.has(name)) setImmediate(() => void this.#begin(name))
    })
  }

  async #begin(name: string): Promise<void> {
    const items = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    this.#busy.add(name)
    try {
      const outcomes = await asking(inCommon(items.map(({ asked }) => asked)), () =>
        this.#work(
          name,
          items.map(({ item }) => item),
        ),
      )
      for (const [at, { resolve, reject }] of items.entries()) {
        const outcome = outcomes[at]
        if (outcome?.status === 'fulfilled') resolve(outcome.value)
        else reject(outcome?.reason ?? new TypeError('no outcome'))
      }
    } catch (error) {
      for (const { reject } of items) reject(error)
    }
    this.#busy.delete(name)
    if (this.#waiting.has(name)) setImmediate(() => void this.#begin(name))
  }
}

/**
 * Returns what one call for several askers is for: the purpose that waits least, and an answer as fresh as the one who needs
 * the freshest. Without it, the work would be for the first of them, or for those of the work before.
 */
function inCommon(asked: readonly Asking[]): Asking {
  const purpose = PURPOSES.find(each => asked.some(({ purpose }) => purpose === each)) ?? 'other'
  const since = asked.map(each => each.since)
  const known = since.filter(each => each !== undefined)
  return known.length < since.length || known.length === 0
    ? { purpose }
    : { purpose, since: Math.max(...known) }
}

/** The same outcome for everybody. */
export function sharedBy<Result>(count: number, value: Result): PromiseSettledResult<Result>[] {
  return Array.from({ length: count }, () => ({ status: 'fulfilled', value }))
}
