import type { Environment } from '@marcbachmann/cel-js'
import { SAFE_MATCHES } from './guards.ts'
import { found } from './pattern.ts'
import { inWindow } from './window.ts'

/**
 * The functions that an expression has besides CEL's own: `glob(text, "repo:acme/*")` over the whole text, and
 * `inWindow(time, "Mon-Fri 08:00-18:00", "Europe/Berlin")`.
 */
export function registerFunctions(environment: Environment): void {
  environment.registerFunction(`string.${SAFE_MATCHES}(string): bool`, found)
  environment.registerFunction('glob(string, string): bool', glob)
  environment.registerFunction('inWindow(google.protobuf.Timestamp, string, string): bool', inWindow)
}

/** `*` and `?` over the whole text, without a regular expression: time is text times pattern at worst. */
export function glob(text: string, pattern: string): boolean {
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
