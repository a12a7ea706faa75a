/**
 * The budget of one decision, for all its parts together: reading the input, the policy, the journals, the rules, the paths, the
 * policy engine, the lock. Work that an input can make long counts steps before it does them, so that the end comes at the
 * same place on every machine; the clock is looked at as well, since a busy machine takes longer for the same steps.
 */
export class Budget {
  readonly #seconds: number
  #until: number
  #steps: number
  #nextLook: number

  /** `seconds` from now on. A step is about a nanosecond of an idle machine. */
  constructor(seconds: number, steps = MOST_STEPS) {
    this.#seconds = seconds
    this.#until = now() + seconds * 1000
    this.#steps = steps
    this.#nextLook = Math.max(0, steps - LOOK_EVERY)
  }

  /** Takes steps off. Throws `Exhausted` when none are left, or the time is up. */
  spend(steps: number): void {
    this.#steps -= steps
    if (this.#steps < this.#nextLook) this.check()
  }

  /** Throws `Exhausted` when no steps are left, or the time is up. */
  check(): void {
    if (this.#steps < 0) throw new Exhausted('the decision would take too much work')
    this.#nextLook = Math.max(0, this.#steps - LOOK_EVERY)
    if (this.remaining() <= 0) throw this.#late()
  }

  /** Milliseconds that are left. */
  remaining(): number {
    return this.#until - now()
  }

  /** Steps that are left. */
  get steps(): number {
    return this.#steps
  }

  /** Resolves to the promise's value. Rejects with `Exhausted` when the time is up before it settles. */
  async within<Value>(work: Promise<Value>): Promise<Value> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => {
          // A timer may be early by a part of a millisecond; nobody else may take that for time that is left.
          this.#until = Math.min(this.#until, now())
          reject(this.#late())
        },
        Math.max(this.remaining(), 0),
      )
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Does work whose time does not count, as when a server is waited for that has a time limit of its own. */
  async without<Value>(work: () => Promise<Value>): Promise<Value> {
    const begun = now()
    try {
      return await work()
    } finally {
      this.#until += now() - begun
    }
  }

  #late(): Exhausted {
    return new Exhausted(`no decision within ${this.#seconds} s`)
  }
}

/** Thrown when a decision has used up its budget: the call is refused, even if a rule allowed it before. */
export class Exhausted extends Error {}

const SECONDS = 2
/** The installed hooks make the harnesses wait ten seconds. */
const MOST_SECONDS = 9
const MOST_STEPS = 5e8
const LOOK_EVERY = 1e6

/** Seconds for a decision, as `INTERDICT_GATE_SECONDS` says: a slow machine may need more than the usual two. */
export function secondsOf(asked: string | undefined): number {
  const seconds = asked === undefined || asked === '' ? SECONDS : Number(asked)
  if (seconds > 0 && seconds <= MOST_SECONDS) return seconds
  throw new Error(`INTERDICT_GATE_SECONDS has to be more than 0 and at most ${MOST_SECONDS}`)
}

/** Milliseconds of a clock that nobody sets. */
function now(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
