/** A map that forgets what was longest not used. */
export class Recent<Of> {
  readonly #most: number
  /** How many go together: finding the oldest of a map costs as much as has been deleted from its front. */
  readonly #slack: number
  readonly #entries = new Map<string, Of>()

  constructor(most: number) {
    this.#most = most
    this.#slack = Math.max(1, most >> 4)
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Of | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** The value, whose place among the longest not used stays what it was. */
  peek(key: string): Of | undefined {
    return this.#entries.get(key)
  }

  /** The entries that were evicted for it. */
  set(key: string, value: Of): Of[] {
    this.#entries.delete(key)
    if (this.#entries.size >= this.#most) {
      const gone = this.shed(this.#slack)
      this.#entries.set(key, value)
      return gone
    }
    this.#entries.set(key, value)
    return []
  }

  /** Takes out those that were longest not used. */
  shed(count = this.#slack): Of[] {
    const gone: Of[] = []
    for (const [key, value] of this.#entries) {
      if (gone.length >= count) break
      this.#entries.delete(key)
      gone.push(value)
    }
    return gone
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  /** Longest not used first. */
  entries(): IterableIterator<[string, Of]> {
    return this.#entries.entries()
  }
}

/** Ids that were seen, in two generations: the older one goes when the newer one is full. */
export class Seen {
  readonly #most: number
  #before = new Set<string>()
  #now = new Set<string>()

  constructor(most: number) {
    this.#most = Math.max(1, Math.ceil(most / 2))
  }

  /** `known`: it was there already; `changed`: what is remembered is no longer the same. */
  add(id: string): { known: boolean; changed: boolean } {
    if (this.#now.has(id)) return { known: true, changed: false }
    const known = this.#before.has(id)
    this.#now.add(id)
    if (this.#now.size >= this.#most) {
      this.#before = this.#now
      this.#now = new Set()
    }
    return { known, changed: true }
  }

  /** The ids, oldest generation first, and how many of the last are of the newer one. */
  save(): { ids: string[]; fresh: number } {
    const before = [...this.#before].filter(id => !this.#now.has(id))
    return { ids: [...before, ...this.#now], fresh: this.#now.size }
  }

  load(ids: readonly string[], fresh = 0): void {
    const kept = ids.slice(-2 * this.#most)
    const from = Math.max(0, kept.length - Math.min(fresh, this.#most - 1))
    this.#before = new Set(kept.slice(0, from))
    this.#now = new Set(kept.slice(from))
  }
}
