import type { Move } from '../lab/actors/index.ts'
import type { Json } from '../model/json.ts'

/**
 * A snapshot without what a thief made himself: members and elements of those names, below the members that the thief's
 * moves name. A grant to nobody, which is left of a grant that was the thief's, goes too.
 */
export function withoutMade(snapshot: Json, moves: readonly Move[]): Json {
  const places = moves.flatMap(({ kind, place }) => (kind === 'made' && place ? [place] : []))
  return places.reduce<Json>((rest, { below, name }) => strip(rest, below, name, false), snapshot)
}

function strip(value: Json, below: string, name: string, inside: boolean): Json {
  if (Array.isArray(value)) {
    const kept = inside ? value.filter(each => each !== name) : value
    return kept
      .map(each => strip(each, below, name, inside))
      .filter(each => !inside || !isGrantToNobody(each))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([member]) => !(inside && member === name))
      .map(([member, each]) => [member, strip(each, below, name, inside || member === below)]),
  )
}

function isGrantToNobody(value: Json): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { members } = value
  return Array.isArray(members) && members.length === 0
}
