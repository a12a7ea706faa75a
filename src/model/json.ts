import { createHash } from 'node:crypto'

/** Plain data: what may be written to a journal, a plan or a facet. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/**
 * RFC 8785 (JCS) text of a value: sorted keys, no white space. Two values are the same exactly when their canonical
 * texts are; hashes and signatures are made over it. Members that are `undefined` are left out, as JSON does.
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
  return `{${members.join(',')}}`
}

/** Deep equality of plain data; an absent value (`undefined`) equals only an absent value. */
export function same(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b
  return canonical(a) === canonical(b)
}

/** SHA-256 of the canonical text, in hex. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex')
}
