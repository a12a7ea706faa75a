const MOST_STEPS = 1e9

/**
 * `*` and `?` over the whole text, without a regular expression: time is text times pattern at worst. Throws when that is
 * more than a second or two.
 */
export function glob(text: string, pattern: string): boolean {
  if (text.length * pattern.length > MOST_STEPS) throw new RangeError('the text and the pattern are too long')
  let [at, star, mark] = [0, -1, 0]
  let i = 0
  while (i < text.length) {
    if (pattern[at] === '*') {
      star = at
      mark = i
      at += 1
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[i])) {
      at += 1
      i += 1
    } else if (star >= 0) {
      mark += 1
      at = star + 1
      i = mark
    } else return false
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}
