/**
 * Names come from attackers: every string from a cloud or a file goes through `plain` before it is drawn, so that it
 * can neither move the cursor nor hide or reorder what stands beside it.
 */

// Escape sequences as a whole: CSI, OSC/DCS/PM/APC up to their terminator, and two-character escapes.
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g
// C0 and C1 controls, then what is invisible or turns the direction of writing.
const CONTROLS = /\p{Cc}+/gu
const INVISIBLE =
  /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/** One line of text without anything that a terminal acts on: controls become a blank, the invisible goes. */
export function plain(text: string): string {
  return text.replace(ESCAPES, '').replace(CONTROLS, ' ').replace(INVISIBLE, '').toWellFormed()
}

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
