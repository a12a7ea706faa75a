/** Long-running operations: what they do is done at once, and said at the second time of asking. */
export class Operations {
  readonly #waiting = new Map<string, { polls: number; type: string; response: unknown }>()
  #made = 0

  /**
   * @param prefix the name up to the id, e.g. `projects/1/locations/global/workloadIdentityPools/p/operations/`
   * @param type of the response, e.g. `google.iam.v2.Policy`
   */
  begin(prefix: string, type: string, response: object): object {
    this.#made += 1
    const name = `${prefix}a${this.#made.toString(36).padStart(15, '0')}`
    this.#waiting.set(name, { polls: 0, type, response })
    if (this.#waiting.size > 1000) this.#forget()
    return { name, metadata: { '@type': `type.googleapis.com/${type}OperationMetadata` }, done: false }
  }

  /** The answer to come; undefined where there is no such operation. */
  responseOf(name: string): unknown {
    return this.#waiting.get(name)?.response
  }

  poll(name: string): object | undefined {
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) return undefined
    waiting.polls += 1
    const { polls, type, response } = waiting
    const metadata = { '@type': `type.googleapis.com/${type}OperationMetadata` }
    if (polls < 2) return { name, metadata, done: false }
    return {
      name,
      metadata,
      done: true,
      response: { '@type': `type.googleapis.com/${type}`, ...(response as object) },
    }
  }

  #forget(): void {
    const [oldest] = this.#waiting.keys()
    if (oldest !== undefined) this.#waiting.delete(oldest)
  }
}
