import { INPUT_LIMITS } from '../model/input-limits.ts'

/** The bounds of one record, and of one message. */
export const BOUNDS = INPUT_LIMITS

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
    if (Array.isArray(value)) {
      // As many as there may be are met, and one more.
      for (const item of value.slice(0, BOUNDS.values + 1)) meet(item, depth + 1)
    } else {
      for (const name in value) {
        if (!Object.hasOwn(value, name)) continue
        size += name.length
        meet((value as { [name: string]: unknown })[name], depth + 1)
        if (values > BOUNDS.values) break
      }
    }
    if (values > BOUNDS.values) return `it holds more than ${BOUNDS.values} values`
    if (size > BOUNDS.record) return 'it is larger than 1 MiB'
  }
  return undefined
}
