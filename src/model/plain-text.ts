/**
 * Names come from attackers: every string from a cloud or a file goes through `plain` before it is drawn, so that it
 * can neither move the cursor nor hide or reorder what stands beside it.
 */

// Escape sequences as a whole: CSI, OSC/DCS/PM/APC up to their terminator, and two-character escapes. One that is not
// terminated takes nothing of the text of ours that follows it.
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]?/g
// C0 and C1 controls, then what is invisible or turns the direction of writing.
const CONTROLS = /\p{Cc}+/gu
const INVISIBLE =
  /\p{Cf}|\u034f|\u17b4|\u17b5|[\u115f\u1160]|\u180b|\u180c|\u180d|\u180f|[\u2028\u2029\u2065\u3164\uffa0\u{e0000}-\u{e0fff}]/gu

/** One line of text without anything that a terminal acts on: controls become a blank, the invisible goes. */
export function plain(text: string): string {
  return text.replace(ESCAPES, '').replace(CONTROLS, ' ').replace(INVISIBLE, '').toWellFormed()
}

/**
 * The same for a text in which several names stand: every character of it but controls and what is invisible stays, since
 * an escape sequence that begins in one name and ends in another would take the text between them.
 */
export function plainAll(text: string): string {
  return text.replace(CONTROLS, ' ').replace(INVISIBLE, '').toWellFormed()
}
