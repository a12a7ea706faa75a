import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

/** Counts what was held to the recordings, and notes what differs from them. */
export class Tally {
  readonly cloud: string
  /** Answers sent over HTTP. */
  answers = 0
  /** Recorded files that an answer was made of. */
  readonly files = new Set<string>()
  /** Recorded files that nobody asks for, with the reason. */
  readonly unasked = new Map<string, string>()
  identities = 0
  facts = 0
  readings = 0
  /** Recorded refusals that arrived as the expected fault. */
  refusals = 0
  readonly problems: string[] = []

  constructor(cloud: string) {
    this.cloud = cloud
  }

  problem(text: string): void {
    this.problems.push(text)
  }

  /** Compares two values; a difference is a problem. */
  same(what: string, actual: unknown, expected: unknown): boolean {
    if (isDeepStrictEqual(plain(actual), plain(expected))) return true
    this.problem(`${what}: ${show(actual)}, recorded: ${show(expected)}`)
    return false
  }

  /** Writes the counts for the summary of `npm run test:recorded`. */
  save(): void {
    const { cloud, answers, identities, facts, readings, refusals } = this
    const counts = {
      cloud,
      answers,
      files: this.files.size,
      identities,
      facts,
      readings,
      refusals,
      problems: this.problems.length,
      unasked: count(this.unasked.values()),
    }
    const folder = process.env['INTERDICT_TEST_TALLY']
    if (folder) writeFileSync(join(folder, `${cloud}.json`), JSON.stringify(counts))
  }
}

function count(reasons: Iterable<string>): { [reason: string]: number } {
  const counts: { [reason: string]: number } = {}
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}

/** Without members that are undefined, which stand for absent ones. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown)
}

function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? 'missing'
  return shown.length > 300 ? `${shown.slice(0, 300)}…` : shown
}
