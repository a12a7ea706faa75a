import type { Note } from '../model/plan.ts'
import { folded, type Page } from './page.ts'
import { plain, wrap } from './text.ts'

const FOLD = 8

/** A titled list of what is said about single identities; nothing at all when there is none. */
export function noteLines(title: string, notes: readonly Note[], more: string, page: Page): string[] {
  if (notes.length === 0) return []
  const { shown, more: hidden } = folded(notes, FOLD, page)
  return [
    `  ${title}`,
    ...shown.flatMap(({ identity, text }) =>
      wrap(`${nameOf(identity)}: ${plain(text)}`, page.columns - 6).map(
        (line, at) => `${at === 0 ? '    ' : '      '}${line}`,
      ),
    ),
    ...(hidden > 0 ? [page.paint.faint(`    … and ${hidden} more (${more} --all)`)] : []),
    '',
  ]
}

/** `role vendor-sync`, from an identity's id. */
function nameOf(identity: string): string {
  const [, , ...rest] = identity.split(':')
  return plain(rest.join(':').replace('/', ' ') || identity)
}
