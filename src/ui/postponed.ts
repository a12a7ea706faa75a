import { secondText } from './moment.ts'
import { plain } from './text.ts'

/** Why a change waits, and until when. `at` is when it was said. */
export function postponedText({ because, until }: { because: string; until: string }, at: string): string {
  return `${plain(because)}; retrying at ${secondText(until, at)}`
}
