/** Work by key: pieces of one key are done one after the other, pieces of different keys at once. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Does the work when the work before it under this key has ended, even if that failed. Rejects as the work does. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const turn = before.catch(() => undefined).then(work)
    this.#last.set(key, turn)
    try {
      return await turn
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
  }
}
