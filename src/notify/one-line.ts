import { plainAll } from '../model/plain-text.ts'

/** Characters of a text; the exact values are in the other members of a message. */
const MOST = 2_000
/** Schemes that chats make a link of by themselves. */
const SCHEME = /(https?|ftps?|wss?|(?<!\w)(?:mailto|tel|sms|javascript|vbscript|data|slack|msteams)):(?=\S)/gi
/** A mention begins where no word ends: the addresses of identities stay as they are. */
const MENTION = /(?<![\p{L}\p{N}._+-])@(?=[\p{L}\p{N}])/gu

/**
 * One line for people, with any names in it: no control, bidirectional or invisible characters, no markup, no link
 * and no mention that a chat would make live.
 */
export function oneLine(text: string): string {
  return unlinked(text).replaceAll('<', '‹').replaceAll('>', '›')
}

/**
 * The same for Slack, which has `&`, `<` and `>` escaped ("Formatting text for app surfaces") and makes links of bare
 * host names, too.
 */
export function slackLine(text: string): string {
  return unlinked(text)
    .replace(
      /(?<![\w.-]|(?<!\/)\/|s3:\/\/)((?:[\w-]+\.)*[\w-]+|[\w.+-]+@(?:[\w-]+\.)*[\w-]+)\.(?=[a-z]{2,24}(?![\w.-]))/gi,
      '$1[.]',
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

function unlinked(text: string): string {
  const line = plainAll(text.slice(0, 4 * MOST))
    .replace(SCHEME, '$1[:]')
    .replace(/\bwww\.(?=\S)/gi, 'www[.]')
    .replace(MENTION, '(at)')
    .replace(/\]\s*(?=[(:[])/g, '] ')
    .replaceAll('![', '! [')
    .replaceAll('`', "'")
  return line.length > MOST ? `${line.slice(0, MOST).toWellFormed()}…` : line
}

/** JSON on one line for every reader, also one for whom U+2028 or NEL ends a line. */
export function jsonLine(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    escaped,
  )
}
