import { Fault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Overruled } from '../model/plan.ts'
import { becauseOf, isAbsolute, reasonsOf, type Spare } from '../model/spare.ts'

/** Decides which spares do not hold, and remembers what was asked for and never met. */
export class Overrule {
  readonly #asked: readonly string[]
  readonly #met = new Set<string>()

  /** @param asked ids or names of identities, or `all`: the values of --include-protected */
  constructor(asked: readonly string[] = []) {
    this.#asked = asked
  }

  /**
   * Returns how a spare is overruled, or undefined when it holds. A request for the owner of a credential holds for the
   * credential.
   *
   * @param about `inherited`: it is the owner that is spared; `named`: the playbook means this very identity
   * @throws Fault `refused` when it was asked for by name and nobody may overrule it
   */
  of(
    spare: Spare,
    identity: Identity,
    about: { inherited: boolean; named: boolean },
  ): Overruled['by'] | undefined {
    const asked = this.#asked.filter(each => isMeant(each, identity))
    for (const each of asked) this.#met.add(each)
    if (isAbsolute(spare)) {
      if (!asked.some(each => each !== 'all')) return undefined
      throw new Fault('refused', `${identity.id} cannot be included: ${becauseOf(spare)}`, {
        where: '--include-protected',
        next: 'leave it out; nothing was changed',
      })
    }
    if (asked.length > 0) return 'asked'
    // The worst leak of all: the key that everything hangs on. The administrator itself stays as it is.
    const administrator = reasonsOf(spare).every(each => each.class === 'administrator')
    return administrator && about.inherited && about.named ? 'named' : undefined
  }

  /** Throws Fault `usage` for a name that no spared identity has: a slip of the pen must not pass for an agreement. */
  checkMet(): void {
    const strange = this.#asked.find(each => each !== 'all' && !this.#met.has(each))
    if (strange === undefined) return
    throw new Fault('usage', `the playbook selects no protected identity called ${JSON.stringify(strange)}`, {
      where: '--include-protected',
      next: 'give the id or the name of an identity that interdict plan shows as spared, or all; nothing was changed',
    })
  }
}

function isMeant(asked: string, { id, name, owner }: Identity): boolean {
  if (asked === 'all' || asked === id || asked === name) return true
  return owner !== undefined && (asked === owner || owner.endsWith(`/${asked}`))
}
