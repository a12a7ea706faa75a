import { randomInt } from 'node:crypto'
import { Fault } from '../model/fault.ts'

const PATTERN = /^[a-z0-9]{4,12}$/
// No 0/o, 1/l/i: run ids are read aloud in an incident.
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** Whether a text may be a run id: 4 to 12 of a-z and 0-9, so that it is always a harmless file name. */
export function isRunId(text: string): boolean {
  return PATTERN.test(text)
}

/** A run id that is not among the existing ones. */
export function newRunId(existing: Iterable<string> = []): string {
  const taken = new Set(existing)
  for (;;) {
    const id = Array.from({ length: 6 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('')
    if (!taken.has(id)) return id
  }
}

/** Fault `usage` for a run that is not there, naming those that could have been meant. */
export function unknownRun(run: string, known: readonly string[]): Fault {
  const shown = JSON.stringify(run.length > 40 ? `${run.slice(0, 40)}…` : run)
  const near = known.filter(
    each => distance(run.toLowerCase(), each) <= 2 || (run !== '' && each.startsWith(run)),
  )
  const next =
    near.length > 0
      ? `did you mean ${near.slice(0, 3).join(' or ')}?`
      : known.length > 0
        ? `known runs: ${known.slice(0, 10).join(', ')}${known.length > 10 ? `, and ${known.length - 10} more` : ''}`
        : 'there are no runs in this state folder; another is chosen with --state'
  return new Fault('usage', `no run ${shown}`, { next })
}

/** Edit distance; texts of very different length are just far apart. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
