import { RE2JS } from 're2js'

const MAX_PATTERN = 500
/**
 * Instructions. RE2 takes text times program, and `.{0,1000}` a few times over makes a program with which one short text
 * keeps it busy for seconds.
 */
const MAX_PROGRAM = 2_000
const compiled = new Map<string, RE2JS>()

/** Why a pattern is none, or undefined. RE2 knows neither look-around nor back-references: it is linear in time. */
export function patternFlaw(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN) return `a pattern has at most ${MAX_PATTERN} characters`
  try {
    return matcherOf(pattern).programSize() > MAX_PROGRAM ? 'the pattern repeats too much' : undefined
  } catch (error) {
    return `not an RE2 pattern: ${error instanceof Error ? error.message : String(error)}`
  }
}

let left = Number.POSITIVE_INFINITY

/** From now on, patterns take at most so many steps (characters times instructions) together, until this is called again. */
export function boundWork(steps: number): void {
  left = steps
}

/** Is the pattern found anywhere in the text? Throws when it is not a pattern, and when it would take too long. */
export function found(text: string, pattern: string): boolean {
  const matcher = matcherOf(pattern)
  left -= text.length * matcher.programSize()
  if (left < 0) throw new RangeError('matching patterns in so much text takes too long')
  return matcher.matcher(text).find()
}

function matcherOf(pattern: string): RE2JS {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const made = RE2JS.compile(pattern)
  compiled.set(pattern, made)
  return made
}
