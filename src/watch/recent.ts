/** A map that forgets what was longest not used. */
export class Recent<Of> {
  readonly #most: number
  readonly #entries = new Map<string, Of>()

  constructor(most: number) {
    this.#most = most
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

  /** What had to go for it, if anything. */
  set(key: string, value: Of): Of | undefined {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return this.#entries.size > this.#most ? this.oldest() : undefined
  }

  /** Takes out what was longest not used. */
  oldest(): Of | undefined {
    for (const [key, value] of this.#entries) {
      this.#entries.delete(key)
      return value
    }
    return undefined
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

  /** True when it was there already. */
  add(id: string): boolean {
    if (this.#now.has(id)) return true
    const known = this.#before.has(id)
    this.#now.add(id)
    if (this.#now.size >= this.#most) {
      this.#before = this.#now
      this.#now = new Set()
    }
    return known
  }

  save(): string[] {
    return [...new Set([...this.#before, ...this.#now])]
  }

  load(ids: readonly string[]): void {
    this.#before = new Set(ids.slice(-2 * this.#most))
    this.#now = new Set()
  }
}
