import type { Call } from './call.ts'
import { type Random, shuffled } from './random.ts'

/** How a thief fights back. */
export interface FightOptions {
  /** Milliseconds from the end of one round to the beginning of the next, with 30 % jitter; 0 never pauses. */
  periodMs: number
  /** Chooses jitter and order; the same seed makes the same choices. */
  seed: number
  /** Undo everything of a round at once, and not one after the other; false when missing. */
  parallel?: boolean
  /** Use a second identity that nobody stole: it undoes what was done to the first; false when missing. */
  helper?: boolean
}

/** Something that a fighting thief wrote. */
export interface Move {
  actor: string
  /** `undone`: a setting is again what it was at the start. `made`: there is something now that was not at the start. */
  kind: 'undone' | 'made'
  /** The operation, e.g. `iam:DeleteUserPolicy`. */
  by: string
  /** The setting that was undone or made, e.g. `inline/interdict-quarantine`, `access key AKIA…`. */
  what: string
  /** When the answer was there, in milliseconds of the actors' clock. */
  at: number
  /** Of something made: where a snapshot of the estate has it. */
  place?: Place
}

/** Where a snapshot has what a thief made: a member or an element of this name, below a member of that name. */
export interface Place {
  below: string
  name: string
}

/** A fighting thief's own record of its actions. */
export interface Ledger {
  /** The actors' clock, in milliseconds. */
  now(): number
  call(call: Omit<Call, 'actor'>): void
  move(move: Omit<Move, 'actor' | 'at'>): void
}

/** A round of a fight, repeated until the thief is stopped. Rounds of several loops overlap. */
export interface Loop {
  name: string
  /** Milliseconds to wait before the next round. */
  rest: () => number
  round: (ledger: Ledger) => Promise<void>
}

/** One attempt of a round: accepted with its answer, or refused. */
export type Attempt<T> = { answer: T } | undefined

/** The calls of one round. */
export class Round {
  readonly #ledger: Ledger
  readonly #random: Random
  readonly #parallel: boolean

  constructor(ledger: Ledger, random: Random, { parallel = false }: FightOptions) {
    this.#ledger = ledger
    this.#random = random
    this.#parallel = parallel
  }

  /** Makes a call, and records whether it was accepted. @param helper the call was made in the helper's own name */
  async attempt<T>(way: string, helper: boolean, call: () => Promise<T>): Promise<Attempt<T>> {
    const begun = this.#ledger.now()
    let answer: { answer: T } | undefined
    let error: string | undefined
    try {
      answer = { answer: await call() }
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.name : String(thrown)
    }
    this.#ledger.call({
      way,
      begun,
      at: this.#ledger.now(),
      wall: new Date().toISOString(),
      accepted: error === undefined,
      ...(helper ? { helper } : {}),
      ...(error === undefined ? {} : { error }),
    })
    return answer
  }

  /** Does all of them, in an order that the seed chooses; at once if the thief works in parallel. */
  async each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
    const order = shuffled(items, this.#random)
    if (this.#parallel) await Promise.all(order.map(work))
    else for (const item of order) await work(item)
  }

  note(move: Omit<Move, 'actor' | 'at'>): void {
    this.#ledger.move(move)
  }
}

/** The pause between two rounds. */
export function restOf({ periodMs }: FightOptions, random: Random): () => number {
  return () => periodMs * (0.7 + 0.6 * random())
}

/** Begins the name of a way whose calls are accepted for as long as the token is valid, even after its rights were removed. */
export const IN_TOKEN = 'rights in the token: '

/**
 * Whether a call was accepted for what its token says. Microsoft Graph takes a token that was issued without continuous
 * access evaluation, with all the roles in it, until it expires, after 60 to 90 minutes (Microsoft identity platform, "Access
 * tokens"); Azure takes the groups of a principal from its token (Azure RBAC, "How Azure RBAC determines if a user has
 * access to a resource").
 */
export function isInToken({ way }: Pick<Call, 'way'>): boolean {
  return way.startsWith(IN_TOKEN)
}
