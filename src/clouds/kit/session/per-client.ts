/** One value for each client; see {@link perClient}. */
export interface PerClient<Client, Value> {
  (client: Client): Value
  /** Gives a client this value, in place of the one that it would get or has. */
  set(client: Client, value: Value): void
}

/**
 * Returns a function that gives each client one value of its own, made at the first use, and kept as long as the client: what
 * several identities of an account share, such as answers and the merging of writes.
 */
export function perClient<Client extends object, Value>(
  make: (client: Client) => Value,
): PerClient<Client, Value> {
  const made = new WeakMap<Client, Value>()
  const set = (client: Client, value: Value) => void made.set(client, value)
  const of = (client: Client) => {
    const known = made.get(client)
    if (known !== undefined) return known
    const value = make(client)
    set(client, value)
    return value
  }
  return Object.assign(of, { set })
}

/** Answers by key, each asked once. */
export class Answers<Answer> {
  readonly #asked = new Map<string, Promise<Answer>>()

  /** Returns the known answer, or asks. Several callers share one question. A failure is not kept: the next caller asks again. */
  once(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    return this.#shared(key, ask, ({ forget, asked }) => asked.catch(forget))
  }

  /** Returns the answer that another caller is waiting for, or asks. Nothing is kept once it is answered. */
  inFlight(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    return this.#shared(key, ask, ({ forget, asked }) => asked.then(forget, forget))
  }

  #shared(
    key: string,
    ask: () => Promise<Answer>,
    watch: (of: { asked: Promise<Answer>; forget: () => void }) => unknown,
  ): Promise<Answer> {
    const known = this.#asked.get(key)
    if (known !== undefined) return known
    const asked = ask()
    this.#asked.set(key, asked)
    watch({ asked, forget: () => this.#asked.delete(key) })
    return asked
  }
}
