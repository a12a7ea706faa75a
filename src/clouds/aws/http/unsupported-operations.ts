import { type Fault, toFault } from '../../../model/fault.ts'

/**
 * The operations that an endpoint does not know: it does not learn them while we are signed in. Where an endpoint may lack some, one
 * call of an operation goes first and the others wait for its answer, so that an unknown one is asked for once.
 */
export class UnsupportedOperations {
  readonly #unsupported = new Map<string, Fault>()
  readonly #first = new Map<string, Promise<void>>()

  /** Returns the fault of an operation that the endpoint is known not to have. */
  get(operation: string): Fault | undefined {
    return this.#unsupported.get(operation)
  }

  /** Notes the fault of a call. */
  failed(operation: string, fault: Fault): void {
    if (fault.code === 'unsupported') this.#unsupported.set(operation, fault)
  }

  /** Makes a call once the first one of its operation has ended. Rejects as that one did, if the endpoint does not know the operation. */
  async ask<Answer>(operation: string, call: () => Promise<Answer>): Promise<Answer> {
    const first = this.#first.get(operation)
    if (first) {
      await first
      const known = this.#unsupported.get(operation)
      if (known) throw known
      return await call()
    }
    const answer = call()
    const ended = answer.then(
      () => undefined,
      (error: unknown) => this.failed(operation, toFault(error)),
    )
    this.#first.set(operation, ended)
    return await answer
  }
}
