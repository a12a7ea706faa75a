import type { Json } from '../model/json.ts'
import type { Budget } from './budget.ts'

type Members = { [name: string]: Json }

/**
 * The name as a lenient parser may take it: Go's encoding/json ignores case, protobuf's JSON takes `filePath` for
 * `file_path`, others normalise Unicode or stop at a NUL.
 */
function folded(name: string): string {
  if (/^[a-z0-9]*$/.test(name)) return name
  if (/^[!-~]*$/.test(name)) return name.toLowerCase().replace(/[_-]/g, '')
  // Characters that some parsers leave out, or that naming styles put between words. Classes of Unicode cost a millisecond to make.
  const dropped = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}_-]/gu
  return name.normalize('NFKC').toUpperCase().toLowerCase().replace(dropped, '')
}

const families = new WeakMap<Members, Map<string, string[]>>()

function familiesOf(object: Members, budget: Budget): Map<string, string[]> {
  const known = families.get(object)
  if (known) return known
  const made = new Map<string, string[]>()
  for (const name of Object.keys(object)) {
    budget.spend(500 + 20 * name.length)
    const key = folded(name)
    const family = made.get(key)
    if (family) family.push(name)
    else made.set(key, [name])
  }
  families.set(object, made)
  return made
}

/**
 * Could another member of the object be taken for the one of this name, by a tool that is less strict about names than the
 * policy? `exact` are all names that the policy looks at: one that stands alone, spelled as the policy spells it, is none.
 */
export function hasLookAlike(
  object: Members,
  name: string,
  exact: ReadonlySet<string>,
  budget: Budget,
): boolean {
  const family = familiesOf(object, budget).get(folded(name)) ?? []
  const [only] = family
  if (only === undefined) return false
  return family.length > 1 || (only !== name && !exact.has(only))
}

/** Could two members of the object be taken for one another? */
export function sameArguments(object: Members, budget: Budget): boolean {
  return [...familiesOf(object, budget).values()].some(family => family.length > 1)
}

/** Reading JSON whose members stand twice: parsers differ on which of them counts. */
export class Ambiguous extends Error {}

/** Parses JSON. Throws `Ambiguous` when an object has a member twice, and what `JSON.parse` throws. */
export function parseStrictly(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (membersIn(value) !== colonsIn(text)) throw new Ambiguous('a member stands twice in the input')
  return value
}

/** Colons outside strings: each belongs to a member. */
function colonsIn(text: string): number {
  let count = 0
  let inside = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) inside = !inside
    else if (inside && code === BACKSLASH) at += 1
    else if (!inside && code === COLON) count += 1
  }
  return count
}

const [QUOTE, BACKSLASH, COLON] = ['"', '\\', ':'].map(each => each.charCodeAt(0))

/** Without recursion: the depth is an attacker's. */
function membersIn(value: unknown): number {
  let count = 0
  const open: unknown[] = [value]
  while (open.length > 0) {
    const each = open.pop()
    if (typeof each !== 'object' || each === null) continue
    const inside: unknown[] = Object.values(each)
    if (!Array.isArray(each)) count += inside.length
    for (const one of inside) if (typeof one === 'object') open.push(one)
  }
  return count
}
