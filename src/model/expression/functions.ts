import type { Environment } from '@marcbachmann/cel-js'
import { inCidr } from './cidr.ts'
import { glob } from './glob.ts'
import { SAFE_MATCHES } from './guards.ts'
import { found } from './pattern.ts'
import { inWindow } from './window.ts'

/**
 * The functions that an expression has besides CEL's own: `glob(text, "repo:acme/*")` over the whole text,
 * `inWindow(time, "Mon-Fri 08:00-18:00", "Europe/Berlin")` and `inCidr(address, "203.0.113.0/24")`.
 */
export function registerFunctions(environment: Environment, find = found): void {
  environment.registerFunction(`string.${SAFE_MATCHES}(string): bool`, find)
  environment.registerFunction('glob(string, string): bool', glob)
  environment.registerFunction('inWindow(google.protobuf.Timestamp, string, string): bool', inWindow)
  environment.registerFunction('inCidr(string, string): bool', inCidr)
}

export { glob } from './glob.ts'
