/** Forms that only secrets have, of the makers that people here use. */
const FORMS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bxox[abeoprs]-[\w-]{8,}/,
  /\bhttps?:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\//i,
  /\bhttps?:\/\/[^\s/@]*:[^\s/@]+@/,
  /\b(?:gh[pousr]_|github_pat_|glpat-|sk-|sk_live_|rk_live_|AIza|ya29\.)[\w-]{16,}/,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/,
  /[?&](?:sig|token|key|secret|password|access_token|code)=[^&\s]{8,}/i,
  // A client secret of Entra: three characters, a digit, Q~, and the rest.
  /(?<![\w.~-])[\w.~-]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])/,
]
/** Names of members whose values are secrets. */
const NAMES =
  /(?:^|[_-])(?:secret|password|passwd|passphrase|token|private[_-]?key|api[_-]?key|client[_-]?secret)$/i
/** Names of members whose values are paths: folders look random sooner than they are. */
const PATHS = new Set(['state', 'trust', 'file', 'command'])
/** One word of a text, long enough for a key. Names have hyphens and underscores. */
const WORD = /[A-Za-z0-9+/=]{32,}/g
/** Bits for each character, above which a long word of mixed letters and digits is taken for a key. */
const RANDOM = 4.25

/** Whether a text of a configuration looks like a secret: by its form, by the name of its member, or by its randomness. */
export function looksSecret(text: string, member: string | undefined): boolean {
  if (FORMS.some(form => form.test(text))) return true
  if (member !== undefined && NAMES.test(member)) return true
  if (member !== undefined && PATHS.has(member)) return false
  return (text.match(WORD) ?? []).some(isRandom)
}

/** A long word of upper and lower case and digits in which hardly a character comes twice. Ids in hex and names are not. */
function isRandom(word: string): boolean {
  if (!/[a-z]/.test(word) || !/[A-Z]/.test(word) || !/\d/.test(word)) return false
  const counts = new Map<string, number>()
  for (const character of word) counts.set(character, (counts.get(character) ?? 0) + 1)
  const bits = [...counts.values()].reduce((sum, count) => {
    const share = count / word.length
    return sum - share * Math.log2(share)
  }, 0)
  return bits > RANDOM
}
