import { parseSshKey, type SshKey } from './ssh-key.ts'

/** A line of a list of trusted signers. */
export interface AllowedSigner {
  /** Patterns of principals, such as `alex@acme.example` or `*@acme.example`; one with `!` before it excludes. */
  principals: readonly string[]
  /** The purposes of its signatures; absent: all. */
  namespaces?: readonly string[]
  /** Milliseconds since 1970; from when and until when it counts. */
  after?: number
  before?: number
  key: SshKey
  /** 1-based. */
  line: number
}

/** A list of trusted signers, and the lines of it that count for nothing. */
export interface AllowedSigners {
  signers: AllowedSigner[]
  flaws: { line: number; because: string }[]
}

/**
 * Reads a list in the form of `ssh-keygen -Y verify -f` (ssh-keygen(1), ALLOWED SIGNERS): principals, options, kind of key, key.
 * A line that cannot be read trusts nobody, and is named in `flaws`.
 */
export function parseAllowedSigners(text: string): AllowedSigners {
  const found: AllowedSigners = { signers: [], flaws: [] }
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const read = readLine(line)
    if (typeof read === 'string') found.flaws.push({ line: index + 1, because: read })
    else found.signers.push({ ...read, line: index + 1 })
  }
  return found
}

/** A word, of which parts may stand in quotation marks. */
const WORD = /^((?:"[^"]*"|[^\s"])+)\s*/

function readLine(line: string): Omit<AllowedSigner, 'line'> | string {
  const words: string[] = []
  for (let rest = line; rest !== ''; ) {
    const [whole, word] = WORD.exec(rest) ?? []
    if (whole === undefined || word === undefined) return 'a quotation mark is not closed'
    words.push(word)
    rest = rest.slice(whole.length)
  }
  const [principals = '', ...others] = words
  const at = others.findIndex(word => /^(?:sk-)?(?:ssh|ecdsa)-/.test(word))
  if (at < 0 || at > 1) return 'it has no key where one has to be'
  const [type = '', base64 = ''] = others.slice(at)
  const key = parseSshKey(type, base64)
  if (key === undefined) return `its key cannot be read, or ${type} is of a kind that does not count`
  const options = at === 1 ? readOptions(others[0] ?? '') : {}
  if (typeof options === 'string') return options
  return { principals: unquoted(principals).split(','), key, ...options }
}

const unquoted = (word: string) => word.replaceAll('"', '')

type Options = Pick<AllowedSigner, 'namespaces' | 'after' | 'before'>

/** An option that is not understood may narrow the line: the line counts for nothing then. */
function readOptions(word: string): Options | string {
  const options: Options = {}
  for (const [, name = '', value] of word.matchAll(/([^,="]+)(?:=((?:"[^"]*"|[^,"])*))?(?:,|$)/g)) {
    const given = unquoted(value ?? '')
    if (name.toLowerCase() === 'namespaces') options.namespaces = given.split(',')
    else if (name.toLowerCase() === 'valid-after' || name.toLowerCase() === 'valid-before') {
      const time = timeOf(given)
      if (time === undefined) return `${name} is not a time in UTC such as 20261231Z or 202612312359Z`
      options[name.toLowerCase() === 'valid-after' ? 'after' : 'before'] = time
    } else return `its option ${name} is not understood`
  }
  return options
}

/** `YYYYMMDDZ` or `YYYYMMDDHHMM[SS]Z`. Without the Z it would be the local time of its reader: not accepted. */
function timeOf(text: string): number | undefined {
  const [, year, month, day, hour = '00', minute = '00', second = '00'] =
    /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?Z$/.exec(text) ?? []
  if (year === undefined) return undefined
  const date = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const time = Date.parse(`${date}Z`)
  // 31 November is read as 1 December.
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(date) ? time : undefined
}

/** The lines that let a key sign for this purpose at this time (milliseconds since 1970). */
export function signersFor(
  { signers }: Pick<AllowedSigners, 'signers'>,
  blob: Buffer,
  namespace: string,
  now: number,
): AllowedSigner[] {
  return signers.filter(
    ({ key, namespaces, after = Number.NEGATIVE_INFINITY, before = Number.POSITIVE_INFINITY }) =>
      key.blob.equals(blob) &&
      after <= now &&
      now <= before &&
      (namespaces === undefined || matches(namespaces, namespace)),
  )
}

/** Whether a signer's line names this principal. */
export function isPrincipal({ principals }: AllowedSigner, principal: string): boolean {
  return matches(principals, principal)
}

/** The one principal that a line names; undefined where it names several, or by a pattern. */
export function solePrincipal({ principals }: AllowedSigner): string | undefined {
  const [only, ...more] = principals
  return more.length === 0 && only !== undefined && !/[*?!]/.test(only) ? only : undefined
}

/** Patterns as SSH has them: `*` and `?`, and `!` before one that excludes. */
function matches(patterns: readonly string[], text: string): boolean {
  const fits = (pattern: string) =>
    new RegExp(
      `^${[...pattern].map(each => (each === '*' ? '.*' : each === '?' ? '.' : escaped(each))).join('')}$`,
      's',
    ).test(text)
  if (patterns.some(each => each.startsWith('!') && fits(each.slice(1)))) return false
  return patterns.some(each => !each.startsWith('!') && fits(each))
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
