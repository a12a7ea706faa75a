import { Fault } from '../fault.ts'

/** Something wrong in a playbook, with the place in its YAML text. */
export interface Problem {
  severity: 'error' | 'warning'
  message: string
  file: string
  /** 1-based. */
  line: number
  column: number
  /** Keys and indexes joined with dots, e.g. `steps.0.select`; empty for the whole document. */
  path: string
  /** What to write instead, ready to paste, or a sentence that says what to do. */
  suggestion?: string
}

/** `file:line:column` */
export function placeOf(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}`
}

/** The first error as a Fault that counts the rest. There has to be one. */
export function problemsFault(problems: readonly Problem[]): Fault {
  const errors = problems.filter(({ severity }) => severity === 'error')
  const first = errors[0]
  if (first === undefined) return new Fault('bug', 'a playbook was refused without a problem')
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`
  return new Fault('invalid-playbook', `${first.message}${more}`, {
    where: placeOf(first),
    ...(first.suggestion === undefined ? {} : { next: first.suggestion }),
  })
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
