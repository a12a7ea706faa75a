/**
 * Things that cost memory for each of thousands of accounts, such as SDK clients and answers: those that were used last stay, and
 * the others are let go, so that memory does not grow with the accounts.
 */
export class RecentlyUsed {
  readonly #most: number
  readonly #forgets = new Map<object, () => void>()

  /** @param most things that stay */
  constructor(most: number) {
    this.#most = most
  }

  /** Things that stay at present. */
  get size(): number {
    return this.#forgets.size
  }

  /**
   * Notes that a thing is used. Calls under way with one that is let go end as they would have.
   *
   * @param thing any object that stands for it
   * @param forget called when it is let go; it may come back later
   */
  use(thing: object, forget: () => void): void {
    this.#forgets.delete(thing)
    this.#forgets.set(thing, forget)
    if (this.#forgets.size <= this.#most) return
    const [oldest] = this.#forgets
    if (oldest === undefined) return
    this.#forgets.delete(oldest[0])
    oldest[1]()
  }
}
