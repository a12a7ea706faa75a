/** Counts the calls to the lab since it started, or since the count was reset. */
export class Calls {
  readonly #operations = new Map<string, number>()
  readonly #callers = new Map<string, number>()

  add(service: string, operation: string, caller: string | undefined): void {
    increase(this.#operations, `${service}:${operation}`)
    increase(this.#callers, caller ?? '(unsigned)')
  }

  /** @param operation e.g. `iam:GetUser` */
  count(operation: string): number {
    return this.#operations.get(operation) ?? 0
  }

  clear(): void {
    this.#operations.clear()
    this.#callers.clear()
  }

  toJSON(): { total: number; operations: Record<string, number>; callers: Record<string, number> } {
    let total = 0
    for (const count of this.#operations.values()) total += count
    return {
      total,
      operations: Object.fromEntries([...this.#operations].sort()),
      callers: Object.fromEntries([...this.#callers].sort()),
    }
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
