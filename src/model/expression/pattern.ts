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

/** Returns the cost of looking for the pattern at worst: characters times instructions. Throws when it is not a pattern. */
export function patternWork(text: string, pattern: string): number {
  return text.length * matcherOf(pattern).programSize()
}

/** Is the pattern found anywhere in the text? Throws when it is not a pattern. */
export function found(text: string, pattern: string): boolean {
  return matcherOf(pattern).matcher(text).find()
}

function matcherOf(pattern: string): RE2JS {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const made = RE2JS.compile(pattern)
  compiled.set(pattern, made)
  return made
}
