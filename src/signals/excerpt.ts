import { BOUNDS } from './bounds.ts'
import { isMembers } from './members.ts'

/** Values that an excerpt may look at, and how deep. */
const [VALUES, DEPTH] = [200, 20]

/** Returns the beginning of a record as text, without walking through all of something huge. */
export function excerptOf(given: unknown): string {
  if (typeof given === 'string') return given.slice(0, BOUNDS.excerpt)
  if (given instanceof Uint8Array) {
    return Buffer.from(given.subarray(0, BOUNDS.excerpt)).toString('utf8')
  }
  return (JSON.stringify(beginningOf(given, { values: VALUES }, 0)) ?? String(given)).slice(0, BOUNDS.excerpt)
}

function beginningOf(given: unknown, left: { values: number }, depth: number): unknown {
  left.values -= 1
  if (typeof given === 'string') return given.slice(0, BOUNDS.excerpt)
  if (typeof given !== 'object' || given === null) return typeof given === 'bigint' ? String(given) : given
  if (depth === DEPTH) return '…'
  if (Array.isArray(given)) {
    const items: unknown[] = []
    for (const item of given) {
      if (left.values <= 0) break
      items.push(beginningOf(item, left, depth + 1))
    }
    return items
  }
  const members: [string, unknown][] = []
  for (const name in given) {
    if (left.values <= 0) break
    if (isMembers(given) && Object.hasOwn(given, name)) {
      members.push([name.slice(0, BOUNDS.excerpt), beginningOf(given[name], left, depth + 1)])
    }
  }
  return Object.fromEntries(members)
}
