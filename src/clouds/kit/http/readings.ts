import { currentAsking, type Moment, moment } from '../../../model/purpose.ts'
import type { RecentlyUsed } from './recently-used.ts'

/** More answers than this are not kept: what is asked twice in a stage is asked soon, or is not worth the memory. */
const MOST = 2_000

/**
 * Accounts whose answers are kept: more than are listed (32) and worked on (64) at once. In an organization of thousands the listing
 * of an account is then read again where a later part of the plan needs it.
 */
export const ANSWERED_ACCOUNTS = 128

interface Known {
  begun: Moment
  answer: Promise<unknown>
}

/**
 * The answers of one account, shared by those who ask the same within a stage of a run. Whether an answer is fresh enough, the
 * asker says (`Asking.since`); without it nothing is shared. An answer from before a write of ours to what the asker looks at
 * is not taken. Answers are shared as they are: who takes one must not change it.
 */
export class Readings {
  readonly #known = new Map<string, Known>()
  /** The last write by subject; of one that may have been to anything under `undefined`. */
  readonly #written = new Map<string | undefined, Moment>()
  #lastWrite: Moment = 0
  readonly #accounts: RecentlyUsed | undefined

  /** @param accounts shared by the accounts of a sign-in: the one that asked least recently forgets its answers */
  constructor(accounts?: RecentlyUsed) {
    this.#accounts = accounts
  }

  /**
   * Returns the answer to a question: one that is known and fresh, or asked anew. A failed question fails for all who wait for
   * it, and is asked again by the next.
   *
   * @param question the same text for the same question
   * @param subject what the asker looks at in the answer, as `wrote` names it; undefined: all of it
   * @param isKept whether an answer is worth its memory; one that is not is shared with those who wait for it alone
   */
  async read<Answer>(
    question: string,
    subject: string | undefined,
    ask: () => Promise<Answer>,
    isKept: (answer: Answer) => boolean = () => true,
  ): Promise<Answer> {
    const { since } = currentAsking()
    if (since === undefined) return await ask()
    const known = this.#known.get(question)
    this.#accounts?.use(this, () => this.#forget())
    // The same question has answers of the same type.
    if (known && known.begun > Math.max(since, this.#lastWriteTo(subject)))
      return (await known.answer) as Answer
    const fresh: Known = { begun: moment(), answer: ask() }
    this.#known.delete(question)
    this.#known.set(question, fresh)
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value ?? '')
    try {
      const answer = (await fresh.answer) as Answer
      if (!isKept(answer) && this.#known.get(question) === fresh) this.#known.delete(question)
      return answer
    } catch (error) {
      if (this.#known.get(question) === fresh) this.#known.delete(question)
      throw error
    }
  }

  /** A write came to its end, well or not. @param subject what it wrote to; undefined: it may be anything */
  wrote(subject: string | undefined): void {
    this.#lastWrite = moment()
    this.#written.set(subject, this.#lastWrite)
  }

  /** Answers that are asked for later are from after every write up to now. */
  #forget(): void {
    this.#known.clear()
    this.#written.clear()
  }

  #lastWriteTo(subject: string | undefined): Moment {
    if (subject === undefined) return this.#lastWrite
    return Math.max(this.#written.get(subject) ?? 0, this.#written.get(undefined) ?? 0)
  }
}
