import { type Fault, toFault } from '../../../model/fault.ts'

/** Receives a warning, and the kinds of which identities may be missing because of it. */
export type Warn = (message: string, kinds?: readonly string[]) => void

interface Loss {
  what: string
  kinds: readonly string[]
  /** Names of the principals of which it could not be listed; empty where it is a listing of the account. */
  of: string[]
  because: string
}

/** Names that a warning shows before it counts the others. */
const SHOWN = 3
const ROLES_SHOWN = 10

/**
 * The reads that AWS refused during a listing. Each costs what it alone would have shown: the listing goes on, and a warning
 * names the loss with AWS's own reason.
 */
export class Losses {
  readonly #warn: Warn
  readonly #losses = new Map<string, Loss>()
  readonly #undecided: string[] = []
  /** The first refusal. */
  fault: Fault | undefined

  constructor(warn: Warn) {
    this.#warn = warn
  }

  /**
   * Awaits a read. Returns undefined if it was refused; throws every other fault.
   *
   * @param what it would have shown, in words: `roles`, `access keys`
   * @param kinds of which identities are missing without it; none if only facts are
   * @param of the principal that it was about
   */
  async unlessDenied<Found>(
    reading: Promise<Found>,
    what: string,
    { kinds = [], of }: { kinds?: readonly string[]; of?: string } = {},
  ): Promise<Found | undefined> {
    try {
      return await reading
    } catch (error) {
      this.take(error, what, { kinds, ...(of === undefined ? {} : { of }) })
      return undefined
    }
  }

  /** Notes a refusal; throws every other fault. */
  take(error: unknown, what: string, { kinds = [], of }: { kinds?: readonly string[]; of?: string }): void {
    const fault = toFault(error)
    if (fault.code !== 'denied') throw error
    this.fault ??= fault
    const loss = this.#losses.get(what) ?? { what, kinds, of: [], because: fault.message }
    this.#losses.set(what, loss)
    if (of !== undefined) loss.of.push(of)
  }

  /** Notes a role whose trust policy lets in accounts that it does not name. */
  undecided(role: string, reasons: readonly string[]): void {
    if (reasons.length > 0) this.#undecided.push(`${role}: ${reasons.join('; ')}`)
  }

  /** Warns of each loss once. */
  report(account: string): void {
    const roles = this.#undecided.splice(0)
    if (roles.length > 0) {
      const more = roles.length > ROLES_SHOWN ? `; and ${roles.length - ROLES_SHOWN} more` : ''
      this.#warn(
        `${account}: ${roles.length} ${roles.length === 1 ? 'role' : 'roles'} may trust accounts that trust.accounts does not have, and a select by it passes over them: ${roles.slice(0, ROLES_SHOWN).join('; ')}${more}`,
      )
    }
    for (const { what, kinds, of, because } of this.#losses.values()) {
      const more = of.length > SHOWN ? ` and ${of.length - SHOWN} more` : ''
      const names = of.length === 0 ? '' : ` of ${of.slice(0, SHOWN).join(', ')}${more}`
      this.#warn(`${account}: ${what}${names} could not be read: ${because}`, kinds)
    }
    this.#losses.clear()
  }
}
