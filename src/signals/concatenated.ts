import { BOUNDS } from './bounds.ts'

/**
 * JSON objects and lists that stand one behind the other, with nothing or white space between them, as delivery streams
 * write files. Undefined unless the text is nothing but such values, two at least, each of them valid. Reads the text
 * once, following braces and strings only.
 */
export function concatenated(text: string): unknown[] | undefined {
  if (!/^[[{]/.test(text) || !/[\]}]\s*[[{]/.test(text)) return undefined
  const values: unknown[] = []
  let [depth, start, quoted] = [0, -1, false]
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (quoted) {
      if (code === BACKSLASH) at += 1
      else if (code === QUOTE) quoted = false
      continue
    }
    if (depth === 0) {
      if (isSpace(code)) continue
      if (code !== OPEN_BRACE && code !== OPEN_BRACKET) return undefined
      start = at
      depth = 1
      continue
    }
    if (code === QUOTE) quoted = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1
      if (depth > 0) continue
      const value = parsedOrNothing(text.slice(start, at + 1))
      // One more than may be read, so that the count shows the excess.
      if (value === undefined || values.push(value.json) > BOUNDS.records) {
        return value === undefined ? undefined : values
      }
    }
  }
  return depth === 0 && values.length > 1 ? values : undefined
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [
  0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d,
]

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

function parsedOrNothing(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}
