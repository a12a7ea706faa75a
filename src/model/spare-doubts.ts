import type { Identity } from './identity.ts'

/** Younger than this, a mark may well have been set by the thief himself. */
const YOUNG_DAYS = 7
const DAY_MS = 86_400_000

/**
 * No cloud says when a tag of an identity, a description or a name was written. Of an identity that was itself made within
 * the last week the mark cannot be older.
 *
 * @param now milliseconds since 1970
 * @returns the doubt in words, or undefined when the identity is older or its age is not known
 */
export function youngBecause({ facts }: Identity, now: number): string | undefined {
  const created = typeof facts['created'] === 'string' ? Date.parse(facts['created']) : Number.NaN
  const days = Math.floor((now - created) / DAY_MS)
  if (Number.isNaN(created) || days >= YOUNG_DAYS) return undefined
  return `it was created ${days < 1 ? 'today' : `${days} day${days === 1 ? '' : 's'} ago`}`
}

/** Several doubts as one; undefined for none. */
export function allDoubts(doubts: readonly (string | undefined)[]): string | undefined {
  const texts = [...new Set(doubts.filter(each => each !== undefined))]
  return texts.length === 0 ? undefined : texts.join('; ')
}

/** The doubt when a cloud could not say whether the identity may write the mark. */
export const NOT_KNOWN = 'whether it may write this itself is not known, nor since when it stands there'
