/** What one record, and what comes as one thing, may hold at most. */
export const BOUNDS = {
  /** Bytes, or what an object would be as JSON, roughly. */
  record: 1024 * 1024,
  /** A file of records, unpacked. */
  whole: 64 * 1024 * 1024,
  records: 10_000,
  depth: 64,
  values: 50_000,
  /** Envelopes in one another. */
  wrappers: 8,
} as const

/** Why a value is too much for one record, or undefined. Walks no further than the bounds, and without recursion. */
export function excess(record: unknown): string | undefined {
  const waiting: { value: object; depth: number }[] = []
  let [size, values] = [0, 0]
  const meet = (value: unknown, depth: number) => {
    values += 1
    if (typeof value === 'string') size += value.length
    else if (typeof value === 'object' && value !== null) waiting.push({ value, depth })
    else size += 4
  }
  meet(record, 0)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next
    if (depth > BOUNDS.depth) return `it is nested deeper than ${BOUNDS.depth}`
    if (Array.isArray(value)) for (const item of value) meet(item, depth + 1)
    else {
      for (const [name, member] of Object.entries(value)) {
        size += name.length
        meet(member, depth + 1)
      }
    }
    if (values > BOUNDS.values) return `it holds more than ${BOUNDS.values} values`
    if (size > BOUNDS.record) return 'it is larger than 1 MiB'
  }
  return undefined
}
