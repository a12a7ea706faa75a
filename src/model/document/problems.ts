import { Fault } from '../fault.ts'

/** Something wrong in a document, with the place in its YAML text. */
export interface Problem {
  severity: 'error' | 'warning'
  message: string
  file: string
  /** 1-based. */
  line: number
  column: number
  /** Keys and indexes joined with dots, e.g. `steps.0.select`; empty for the whole document. */
  path: string
  /** The text to write instead, ready to paste, or a sentence that says what to do. */
  suggestion?: string
}

/** `file:line:column` */
export function placeOf(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}`
}

/** Errors that a fault names besides the first, where nobody shows the list. */
const MOST_NAMED = 5

/** Returns a Fault `invalid-playbook` with the first error, and how many more there are: a screen shows the list. */
export function problemsFault(problems: readonly Problem[]): Fault {
  const [first, ...others] = errorsOf(problems)
  if (first === undefined) return new Fault('bug', 'a document was refused without a problem')
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return faultOf('invalid-playbook', first, `${first.message}${more}`, undefined)
}

/**
 * Returns a Fault `invalid-input` with all errors of a document, each with its place; the first five after the first by their words.
 *
 * @param next what to do, unless the first error has a suggestion of its own
 */
export function documentFault(problems: readonly Problem[], next?: string): Fault {
  const [first, ...others] = errorsOf(problems)
  if (first === undefined) return new Fault('bug', 'a document was refused without a problem')
  const named = others.slice(0, MOST_NAMED).map(each => `; ${placeOf(each)}: ${wordsOf(each)}`)
  const rest = others.length - named.length
  const message = `${first.message}${named.join('')}${rest > 0 ? `; and ${rest} more` : ''}`
  return faultOf('invalid-input', first, message, next)
}

function errorsOf(problems: readonly Problem[]): Problem[] {
  return problems.filter(({ severity }) => severity === 'error')
}

function wordsOf({ message, suggestion }: Problem): string {
  return suggestion === undefined ? message : `${message}, ${suggestion}`
}

function faultOf(
  code: 'invalid-playbook' | 'invalid-input',
  first: Problem,
  message: string,
  otherwise: string | undefined,
): Fault {
  const next = first.suggestion ?? otherwise
  return new Fault(code, message, { where: placeOf(first), ...(next === undefined ? {} : { next }) })
}

/** Returns the flaw of a key that is not known, with the one that was probably meant. */
export function unknownKey(key: string, allowed: readonly string[]): { message: string; suggestion: string } {
  const near = nearest(key, allowed)
  return {
    message: `there is no '${key}' here`,
    suggestion: near === undefined ? `allowed are ${allowed.join(', ')}` : `did you mean '${near}'?`,
  }
}

/** Errors first, then by place. */
export function sorted(problems: readonly Problem[]): Problem[] {
  const rank = (problem: Problem) => (problem.severity === 'error' ? 0 : 1)
  return [...problems].sort((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column)
}

/** The candidate that a mistyped word was most likely meant to be. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined
  const allowed = Math.max(1, Math.floor(word.length / 3))
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > allowed) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance <= allowed && (best === undefined || distance < best.distance))
      best = { candidate, distance }
  }
  return best?.candidate
}

/** Levenshtein's, with a swap of neighbours as one edit. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1)
      }
      row.push(best)
    }
    before = previous
    previous = row
  }
  return previous[b.length] ?? 0
}
