import { createRequire } from 'node:module'

/** The version of this program, for the user agent. */
export function version(): string {
  const found: unknown = createRequire(import.meta.url)('../../../package.json')
  return typeof found === 'object' && found !== null && 'version' in found ? String(found.version) : '0'
}

/** Whether an operation changes something, by AWS's own verbs. */
export function isWrite(operation: string): boolean {
  return !/^(Get|List|Describe|Simulate|Generate)/.test(operation)
}
