import type { Round } from './fight.ts'

/** The caller of a round, and its credentials, the likeliest first. */
export class Hand<C> {
  readonly round: Round
  /** The calls are made in the name of a thief's second identity. */
  readonly helper: boolean
  readonly #credentials: readonly C[]

  constructor(round: Round, credentials: readonly C[], helper = false) {
    this.round = round
    this.#credentials = credentials
    this.helper = helper
  }

  /** The answer to the first of the credentials that is accepted; undefined when all are refused. */
  async first<T>(
    way: string,
    call: (credential: C) => Promise<T>,
  ): Promise<{ with: C; answer: T } | undefined> {
    for (const credential of this.#credentials) {
      const accepted = await this.round.attempt(way, this.helper, () => call(credential))
      if (accepted) return { with: credential, answer: accepted.answer }
    }
    return undefined
  }

  /** Undoes a setting; false when that is refused. */
  async undo(by: string, what: string, call: () => Promise<unknown>): Promise<boolean> {
    const done = await this.round.attempt(by, this.helper, call)
    if (done) this.round.note({ kind: 'undone', by, what })
    return done !== undefined
  }
}
