import { createHash } from 'node:crypto'

// `,"hash":"<64 hex>","sig":"<88 base64>"}`: of fixed length, so the text that was hashed is the line without it.
const SUFFIX = /^,"hash":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{86}==)"\}$/
const SUFFIX_BYTES = 9 + 64 + 9 + 88 + 2
const CLOSE = Buffer.from('}')

/** A line of a sealed file, as it was read. */
export interface OpenedLine {
  /** The object, with its hash and its signature. */
  value: { readonly [name: string]: unknown }
  /** SHA-256 that the line claims, in hex. */
  hash: string
  /** Signature of the hash, base64. */
  sig: string
  /** Whether the text has that hash. The signature is for the caller to check. */
  intact: boolean
}

/**
 * Seals the text of a JSON object with at least one member: its SHA-256, and a signature of that, become its last members.
 *
 * @returns the hash, and the line with its newline
 */
export function sealLine(
  text: string,
  sign: (hash: string) => string,
): { hash: string; text: string; line: Buffer } {
  const hash = createHash('sha256').update(text).digest('hex')
  const whole = `${text.slice(0, -1)},"hash":"${hash}","sig":"${sign(hash)}"}`
  return { hash, text: whole, line: Buffer.from(`${whole}\n`) }
}

/** Reads a line without its newline; undefined if it is not a sealed JSON object. */
export function openLine(line: Buffer): OpenedLine | undefined {
  if (line.length < SUFFIX_BYTES) return undefined
  const [, hash, sig] = SUFFIX.exec(line.subarray(-SUFFIX_BYTES).toString('latin1')) ?? []
  if (hash === undefined || sig === undefined) return undefined
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    if (typeof value !== 'object' || value === null) return undefined
    const found = createHash('sha256').update(line.subarray(0, -SUFFIX_BYTES)).update(CLOSE).digest('hex')
    return { value: value as OpenedLine['value'], hash, sig, intact: found === hash }
  } catch {
    return undefined
  }
}
