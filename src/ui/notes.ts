import { idText, type Names } from '../model/identity-text.ts'
import type { Note } from '../model/note.ts'
import { folded, type Page } from './page.ts'
import { count, plain, width, wrapNames } from './text.ts'

const FOLD = { texts: 6, identities: 3 }

/** A titled list of what is said about identities, each sentence once; nothing at all when there is none. */
export function noteLines(
  title: string,
  notes: readonly Note[],
  more: string,
  names: Names,
  page: Page,
): string[] {
  if (notes.length === 0) return []
  const bySaying = Map.groupBy(notes, ({ text }) => text)
  const { shown, more: hidden } = folded([...bySaying], FOLD.texts, page)
  const hint = page.paint.faint(`    … and ${count(hidden, 'more note', 'more notes')} (${more})`)
  return [
    `  ${title}`,
    ...shown.flatMap(([text, about]) => sayingLines(plain(text), about, { more, names, page })),
    ...(hidden > 0 ? [hint] : []),
    '',
  ]
}

function sayingLines(
  text: string,
  notes: readonly Note[],
  { more, names, page }: { more: string; names: Names; page: Page },
): string[] {
  const { shown, more: others } = folded(notes, FOLD.identities, page)
  const about = shown.map(({ identity }) => idText(identity, names))
  const [only] = about
  const line = `    ${only}: ${text}`
  if (about.length === 1 && width(line) <= page.columns) return [line]
  return [
    ...about.flatMap(name => wrapNames(name, page.columns - 4).map(each => `    ${each}`)),
    ...(others > 0 ? [page.paint.faint(`    … and ${others} more (${more})`)] : []),
    ...wrapNames(text, page.columns - 6).map(each => `      ${each}`),
  ]
}
