import type { Foreign } from '../model/signal.ts'
import type { Note } from './ports.ts'

/** Accounts of others that are reported. */
const MOST = 1_000

/** Which accounts of others were reported already: a trail of an organization may be full of them. */
export class ForeignAccounts {
  readonly #known = new Set<string>()

  /** A note the first time, for each source and account, up to 1,000 of them. */
  noteOf(source: string, { cloud, account }: Foreign): Note | undefined {
    const key = `${source} ${cloud} ${account}`
    if (this.#known.has(key) || this.#known.size >= MOST) return undefined
    this.#known.add(key)
    return { event: 'foreign', source, cloud, account }
  }
}
