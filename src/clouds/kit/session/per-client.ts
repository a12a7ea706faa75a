/**
 * Returns a function that gives each client one value of its own, made at the first use, and kept as long as the client: what
 * several identities of an account share, such as answers and the merging of writes.
 */
export function perClient<Client extends object, Value>(
  make: (client: Client) => Value,
): (client: Client) => Value {
  const made = new WeakMap<Client, Value>()
  return client => {
    const known = made.get(client)
    if (known !== undefined) return known
    const value = make(client)
    made.set(client, value)
    return value
  }
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
