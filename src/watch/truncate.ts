import { digest } from '../model/json.ts'

const LONGEST = 200

/** A text to remember: a long one as its digest, so that nobody fills the memory with names. */
export function bounded(text: string): string {
  return text.length <= LONGEST ? text : `sha256:${digest(text)}`
}
