import { plain } from '../model/plain-text.ts'

export { plain }

/** As `plain`, line by line; for text of ours that may quote something foreign. */
export function plainLines(text: string): string[] {
  return text.split(/\r?\n/).map(plain)
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const WIDE =
  /^(?:\p{Emoji_Presentation}|.\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u
const ASCII = /^[ -~]*$/

/** Terminal columns that a plain text takes. */
export function width(text: string): number {
  if (ASCII.test(text)) return text.length
  let columns = 0
  for (const { segment } of graphemes.segment(text)) columns += widthOf(segment)
  return columns
}

function widthOf(grapheme: string): number {
  if (/^\p{M}+$/u.test(grapheme)) return 0
  return WIDE.test(grapheme) ? 2 : 1
}

/** The text, cut with `…` when it takes more columns. */
export function clip(text: string, columns: number): string {
  if (width(text) <= columns) return text
  if (columns < 1) return ''
  let taken = 0
  let cut = ''
  for (const { segment } of graphemes.segment(text)) {
    taken += widthOf(segment)
    if (taken > columns - 1) break
    cut += segment
  }
  return `${cut.trimEnd()}…`
}

/** Exactly so many columns: cut or filled with blanks. */
export function pad(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const fitted = clip(text, columns)
  const blanks = ' '.repeat(Math.max(0, columns - width(fitted)))
  return side === 'left' ? fitted + blanks : blanks + fitted
}

/** Words over several lines, none wider than so many columns unless a single word is. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && width(line) + 1 + width(word) > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** As `wrap`, and a word that is wider than a line goes on in the next one, if it can after a separator. */
export function wrapNames(text: string, columns: number): string[] {
  if (width(text) <= columns) return [text]
  const words = text.split(/\s+/).flatMap(word => broken(word, columns))
  const lines: string[] = []
  let line = ''
  for (const { part, joined } of words) {
    const gap = joined || line === '' ? '' : ' '
    if (line !== '' && width(line) + gap.length + width(part) > columns) {
      lines.push(line)
      line = part
    } else line = `${line}${gap}${part}`
  }
  return [...lines, line]
}

/** Joins parts into lines of at most so many columns; a part is never broken. */
export function joined(parts: readonly string[], gap: string, columns: number): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && width(last) + width(gap) + width(part) <= columns) {
      lines[lines.length - 1] = `${last}${gap}${part}`
    } else lines.push(part)
  }
  return lines
}

/** Wraps a text behind a head, `  ✖ `, and indents its further lines as deep. */
export function hanging(
  head: string,
  text: string,
  columns: number,
  paint: (line: string) => string = line => line,
): string[] {
  const indent = ' '.repeat(width(head))
  return wrap(text, columns - width(head)).map((line, at) => paint(`${at === 0 ? head : indent}${line}`))
}

/** The parts of a word that may stand on lines of their own; `joined` to what comes before without a blank. */
function broken(word: string, columns: number): { part: string; joined: boolean }[] {
  if (width(word) <= columns) return [{ part: word, joined: false }]
  const pieces = word.match(/[^/@:,;=?&]*[/@:,;=?&]+|[^/@:,;=?&]+$/g) ?? [word]
  return pieces.flatMap(piece => cutUp(piece, columns)).map((part, at) => ({ part, joined: at > 0 }))
}

function cutUp(piece: string, columns: number): string[] {
  if (width(piece) <= columns) return [piece]
  const parts: string[] = []
  let part = ''
  for (const { segment } of graphemes.segment(piece)) {
    if (part !== '' && width(part) + widthOf(segment) > columns) {
      parts.push(part)
      part = ''
    }
    part += segment
  }
  return [...parts, part]
}

/** `1 role`, `2 roles`. */
export function count(number: number, noun: string, many = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : many}`
}
