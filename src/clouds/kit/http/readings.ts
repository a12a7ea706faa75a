import { currentAsking, type Moment, moment } from '../../../model/asking.ts'

/** More answers than this are not kept: what is asked twice in a stage is asked soon, or is not worth the memory. */
const MOST = 2_000

interface Known {
  begun: Moment
  /** What a write would have to be of, to change the answer; undefined: any write. */
  subject: string | undefined
  answer: Promise<unknown>
}

/**
 * The answers of one account, shared by those who ask the same within a stage of a run. Whether an answer is fresh enough, the
 * asker says (`Asking.since`); without it nothing is shared. A write of ours ends the answers about what it writes, so that
 * nobody reads what stood before it. Answers are shared as they are: who takes one must not change it.
 */
export class Readings {
  readonly #known = new Map<string, Known>()

  /**
   * Returns the answer to a question: one that is known and fresh, or asked anew. A failed question fails for all who wait for
   * it, and is asked again by the next.
   *
   * @param question the same text for the same question
   * @param subject see `wrote`
   */
  async read<Answer>(
    question: string,
    subject: string | undefined,
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const { since } = currentAsking()
    if (since === undefined) return await ask()
    const known = this.#known.get(question)
    // The same question has answers of the same type.
    if (known && known.begun > since) return (await known.answer) as Answer
    const fresh: Known = { begun: moment(), subject, answer: ask() }
    this.#known.delete(question)
    this.#known.set(question, fresh)
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value ?? '')
    try {
      return (await fresh.answer) as Answer
    } catch (error) {
      if (this.#known.get(question) === fresh) this.#known.delete(question)
      throw error
    }
  }

  /** A write came to its end, well or not. @param subject what it wrote to; undefined: it may be anything */
  wrote(subject: string | undefined): void {
    for (const [question, known] of this.#known) {
      if (subject === undefined || known.subject === undefined || known.subject === subject)
        this.#known.delete(question)
    }
  }
}
