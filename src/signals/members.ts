import type { Json } from '../model/json.ts'

/** A JSON object of which nothing is known. Only its own members are ever looked at. */
export type Members = { readonly [name: string]: unknown }

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path of own members, or undefined. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let inside = value
  for (const name of path) {
    if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, name)) return undefined
    inside = (inside as Members)[name]
  }
  return inside
}

/** Text that is not empty, or undefined; no longer than `most`. */
export function textOf(value: unknown, most = 1_000): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string' || value === '') return undefined
  return value.length > most ? value.slice(0, most) : value
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  return textOf(at(value, ...path))
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

const MOST_DETAILS = 60
const MOST_ITEMS = 50

/** Returns the part of a record that triggers see: scalars and lists of scalars, clipped; everything else is left out. */
export function flat(members: Members): { [name: string]: Json } {
  const kept: [string, Json][] = []
  for (const [name, value] of Object.entries(members)) {
    if (kept.length === MOST_DETAILS) break
    if (name === '__proto__' || name.length > 100) continue
    const json = Array.isArray(value) ? scalars(value) : scalar(value)
    if (json !== undefined) kept.push([name, json])
  }
  return Object.fromEntries(kept)
}

/** The scalars of an object under a prefix, since who calls chooses some of their names: `request_roleArn`. */
export function prefixed(prefix: string, value: unknown): Members {
  if (!isMembers(value)) return {}
  const entries = Object.entries(value).slice(0, MOST_ITEMS)
  return Object.fromEntries(entries.map(([name, member]) => [`${prefix}_${name}`, member]))
}

function scalars(values: readonly unknown[]): Json | undefined {
  const kept = values.slice(0, MOST_ITEMS).flatMap(value => scalar(value) ?? [])
  return kept.length === 0 ? undefined : kept
}

function scalar(value: unknown): Json | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value.slice(0, 1_000)
  if (typeof value === 'boolean') return value
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** Returns a time in RFC 3339 as ISO 8601 in UTC; undefined if the value is not a text that JavaScript reads as a time. */
export function textTime(value: unknown): string | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}
