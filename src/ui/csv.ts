import { plain } from './text.ts'

/**
 * One line of CSV (RFC 4180). Every cell is quoted, without what a terminal acts on, and one that a spreadsheet would
 * take for a formula is led by an apostrophe (OWASP, "CSV Injection"). Programs that need names to the letter take JSON.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

function cell(text: string): string {
  const drawn = plain(text)
  const safe = /^\s*[=+\-@|%＝＋－＠]/.test(drawn) ? `'${drawn}` : drawn
  return `"${safe.replaceAll('"', '""')}"`
}
