import { sha256 } from './sha256.ts'

/**
 * Lines of which each has the hash of the line before it, its own hash, and a proof of that: a signature or an authentication code.
 * A line that is altered, missing, added or in another place is noticed; a cut-off end is not, which is why each log keeps its
 * head elsewhere.
 */

/** The hash that the first line names as the line before it. */
const GENESIS = '0'.repeat(64)

/** Where a chain has got to: number and hash of its newest line. */
export interface ChainEnd {
  /** -1: no line is in it. */
  seq: number
  hash: string
}

/** Returns what the line after this end has as the hash of the line before it. */
export function prevOf(end: ChainEnd | undefined): string {
  return end === undefined || end.seq < 0 ? GENESIS : end.hash
}

/** The proof of a line's hash. */
export type Proof =
  /** A signature (Ed25519), base64. */
  | { sig: string; mac?: undefined }
  /** An authentication code (HMAC-SHA-256), hex. */
  | { mac: string; sig?: undefined }

/** A line of a chain, as it was read. */
export interface ChainLine {
  /** The object, with its hash and its proof. */
  value: { readonly [name: string]: unknown }
  /** SHA-256 that the line claims, in hex. */
  hash: string
  /** The caller checks it. */
  proof: Proof
  /** Whether the text has that hash. */
  intact: boolean
}

/**
 * Closes the text of a JSON object with at least one member: its SHA-256, and a proof of that, become its last members.
 *
 * @returns the hash, the text, and the line with its newline
 */
export function closeLine(
  text: string,
  prove: (hash: string) => Proof,
): { hash: string; text: string; line: Buffer } {
  const hash = sha256(text)
  const { sig, mac } = prove(hash)
  const proof = sig === undefined ? `"mac":"${mac}"` : `"sig":"${sig}"`
  const whole = `${text.slice(0, -1)},"hash":"${hash}",${proof}}`
  return { hash, text: whole, line: Buffer.from(`${whole}\n`) }
}

// Of fixed length, so the text that was hashed is the line without it.
const SIGNED = /^,"hash":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{86}==)"\}$/
const SIGNED_BYTES = 9 + 64 + 9 + 88 + 2
const CODED = /^,"hash":"([0-9a-f]{64})","mac":"([0-9a-f]{64})"\}$/
const CODED_BYTES = 9 + 64 + 9 + 64 + 2
const CLOSE = Buffer.from('}')

/** Reads a line without its newline; undefined if it is not a JSON object with a hash and a proof. */
export function openLine(line: Buffer): ChainLine | undefined {
  const signed = endOf(line, SIGNED, SIGNED_BYTES)
  const [, hash, proof] = signed ?? endOf(line, CODED, CODED_BYTES) ?? []
  if (hash === undefined || proof === undefined) return undefined
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    if (typeof value !== 'object' || value === null) return undefined
    const body = Buffer.concat([line.subarray(0, signed ? -SIGNED_BYTES : -CODED_BYTES), CLOSE])
    return {
      value: value as ChainLine['value'],
      hash,
      proof: signed ? { sig: proof } : { mac: proof },
      intact: sha256(body) === hash,
    }
  } catch {
    return undefined
  }
}

function endOf(line: Buffer, form: RegExp, bytes: number): RegExpExecArray | undefined {
  return line.length < bytes ? undefined : (form.exec(line.subarray(-bytes).toString('latin1')) ?? undefined)
}
