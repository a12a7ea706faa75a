import type { Foreign } from '../model/signal.ts'
import type { Note } from './ports.ts'

/** Accounts of others that are noted, for each watch. */
const MOST = 1_000

/** Accounts that are not ours and whose records came: each is noted once for a source. */
export class ForeignAccounts {
  readonly #known = new Set<string>()

  /** Returns what is to be noted, the first time. */
  met(source: string, { cloud, account }: Foreign): Note | undefined {
    const key = `${source} ${cloud} ${account}`
    if (this.#known.has(key) || this.#known.size >= MOST) return undefined
    this.#known.add(key)
    return { event: 'foreign', source, cloud, account }
  }
}
