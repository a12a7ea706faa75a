import { shippedText } from '../store/shipped-files.ts'

let known: string | undefined

/** The version of this program, for user agents; `0` when its package cannot say. */
export function productVersion(): string {
  if (known === undefined) {
    const found: unknown = JSON.parse(shippedText('package.json'))
    const version =
      typeof found === 'object' && found !== null && 'version' in found ? found.version : undefined
    known = typeof version === 'string' ? version : '0'
  }
  return known
}
