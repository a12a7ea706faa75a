/** How often the lab was called since it began, or since it was told to forget. */
export class Calls {
  readonly #operations = new Map<string, number>()
  readonly #accessKeys = new Map<string, number>()

  add(service: string, operation: string, accessKeyId: string | undefined): void {
    increase(this.#operations, `${service}:${operation}`)
    increase(this.#accessKeys, accessKeyId ?? '(unsigned)')
  }

  /** @param operation e.g. `iam:GetUser` */
  count(operation: string): number {
    return this.#operations.get(operation) ?? 0
  }

  clear(): void {
    this.#operations.clear()
    this.#accessKeys.clear()
  }

  toJSON(): { total: number; operations: Record<string, number>; accessKeys: Record<string, number> } {
    let total = 0
    for (const count of this.#operations.values()) total += count
    return {
      total,
      operations: Object.fromEntries([...this.#operations].sort()),
      accessKeys: Object.fromEntries([...this.#accessKeys].sort()),
    }
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
