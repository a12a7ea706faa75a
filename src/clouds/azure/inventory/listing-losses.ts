import { Fault, toFault } from '../../../model/fault.ts'
import { REFUSALS } from '../http/faults.ts'

/** Receives a warning, and the kinds of which identities may be missing because of it. */
export type Warn = (message: string, missing?: readonly string[]) => void

/** Says why something is not looked at, and goes on without it; `quietly`: not every tenant has it. */
export type Tolerate = <Found>(
  what: string,
  find: () => Promise<Found>,
  quietly?: boolean,
) => Promise<Found | undefined>

interface Costs {
  /** Kinds of which identities are missing; none where only facts are. */
  kinds?: readonly string[]
  /** Not every tenant has it, so that only a denial is worth a warning. */
  quietly?: boolean
}

/**
 * The reads that Azure refuses during one listing. Each costs what it alone would have shown: the listing goes on, and a warning
 * names the loss, once, with Azure's own reason.
 */
export class Losses {
  readonly #warn: Warn
  readonly #warned = new Set<string>()
  readonly #lost = new Set<string>()
  /** The first refusal that leaves out identities. */
  fault: Fault | undefined

  constructor(warn: Warn) {
    this.#warn = warn
  }

  /** Whether a read was refused, by what it would have shown. */
  has(what: string): boolean {
    return this.#lost.has(what)
  }

  /** Awaits a read; undefined if it was refused. Throws every other fault. */
  async unless<Found>(
    what: string,
    find: () => Promise<Found>,
    costs: Costs = {},
  ): Promise<Found | undefined> {
    try {
      return await find()
    } catch (error) {
      this.take(what, toFault(error), costs)
      return undefined
    }
  }

  /** Items of a listing, up to where it is refused. */
  async *pages<Item>(what: string, items: AsyncIterable<Item>, costs: Costs = {}): AsyncGenerator<Item> {
    try {
      yield* items
    } catch (error) {
      this.take(what, toFault(error), costs)
    }
  }

  /** One answer of several; undefined if it was refused. Throws every other fault. */
  of<Answer>(what: string, answer: Answer | Fault | undefined, costs: Costs = {}): Answer | undefined {
    if (!(answer instanceof Fault)) return answer
    this.take(what, answer, costs)
    return undefined
  }

  /** Notes a refusal; throws every other fault. */
  take(what: string, fault: Fault, { kinds = [], quietly = false }: Costs = {}): void {
    if (!REFUSALS.has(fault.code)) throw fault
    this.#lost.add(what)
    if (kinds.length > 0) this.fault ??= fault
    // A thing that was deleted meanwhile is not hidden from us.
    if (this.#warned.has(what) || (quietly && fault.code !== 'denied')) return
    this.#warned.add(what)
    this.#warn(`${what} could not be read: ${fault.message}`, kinds)
  }
}
