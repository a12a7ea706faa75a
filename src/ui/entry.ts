import type { Difference } from '../model/facet.ts'
import type { Json } from '../model/json.ts'
import { isObject } from '../model/json-object.ts'
import { plain, width, wrapNames } from './text.ts'
import { changeText, isNamedByEntry } from './value.ts'

/** Returns an entry in words: the words that its reading gives in `told`, else its name. */
export function entryName(entry: string, seen: Json | undefined): string {
  const words = isObject(seen) ? seen['told'] : undefined
  const text = isObject(words) && Object.hasOwn(words, entry) ? words[entry] : undefined
  return plain(typeof text === 'string' && text !== '' ? text : entry)
}

/** An entry and what becomes of it; over several lines rather than cut, since it is what is approved. */
export function entryLines({ entry, from, to }: Difference, seen: Json | undefined, room: number): string[] {
  const name = entryName(entry, seen)
  const inWords = name !== plain(entry)
  if (from === undefined && (inWords || isNamedByEntry(to))) return hanging(`add ${name}`, room)
  if (to === undefined && (inWords || isNamedByEntry(from))) return hanging(`remove ${name}`, room)
  return sideBySide(name, changeText(from, to), room)
}

function hanging(text: string, room: number): string[] {
  if (width(text) <= room) return [text]
  return wrapNames(text, room - 2).map((line, at) => (at === 0 ? line : `  ${line}`))
}

/** Side by side where there is room, else one under the other. */
export function sideBySide(name: string, change: string, room: number): string[] {
  if (width(name) + 2 + width(change) <= room) return [`${name}  ${change}`]
  const lines = wrapNames(name.trimEnd(), room)
  const last = lines.at(-1) ?? ''
  if (width(last) + 2 + width(change) <= room) return [...lines.slice(0, -1), `${last}  ${change}`]
  return [...lines, ...wrapNames(change, room - 2).map(line => `  ${line}`)]
}
