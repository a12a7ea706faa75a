/**
 * SDK clients that stay open: a client takes some 30 KB, its account may be one of thousands, and another one is made within
 * milliseconds. Those of 64 accounts at once, with two services each, are well below it.
 */
const MOST = 160

/** Counts the SDK clients of one sign-in, and lets those go that were not used for longest. */
export class ClientCache {
  readonly #most: number
  readonly #forgets = new Map<object, () => void>()

  /** @param most clients that stay */
  constructor(most = MOST) {
    this.#most = most
  }

  /**
   * Notes that a client is used. Calls under way on a client that is let go end as they would have.
   *
   * @param client any object that stands for it
   * @param forget called when it is let go
   */
  use(client: object, forget: () => void): void {
    this.#forgets.delete(client)
    this.#forgets.set(client, forget)
    if (this.#forgets.size <= this.#most) return
    const [oldest] = this.#forgets
    if (oldest === undefined) return
    this.#forgets.delete(oldest[0])
    oldest[1]()
  }
}
