import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'

/** Bytes of a MAC. */
const LENGTH = 24

/** Opened texts that a sealer remembers. */
const MOST = 1_000

/**
 * Tokens that carry what they are about, so that the lab keeps none of those that it issued: text that only a holder
 * of the key can have made. It is not encrypted.
 */
export class Sealer {
  readonly #key: KeyObject
  /** A client sends the same token with each call, and its content never changes. */
  readonly #opened = new Map<string, unknown>()

  /** @param secret of the estate: the same after the lab was started again on its file */
  constructor(secret: string) {
    this.#key = createSecretKey(createHash('sha256').update(`lab tokens\n${secret}`).digest())
  }

  /** base64url characters only. */
  seal(value: unknown): string {
    const body = Buffer.from(JSON.stringify(value))
    return Buffer.concat([this.#mac(body), body]).toString('base64url')
  }

  /** Returns the sealed value, which callers do not change; `undefined` for text that was not made with this key. */
  open(text: string): unknown {
    const known = this.#opened.get(text)
    if (known !== undefined) return known
    const value = this.#verified(text)
    if (value === undefined) return undefined
    if (this.#opened.size >= MOST) this.#opened.clear()
    this.#opened.set(text, value)
    return value
  }

  #verified(text: string): unknown {
    const bytes = Buffer.from(text, 'base64url')
    const body = bytes.subarray(LENGTH)
    // Base64 has several texts for the same bytes; only the one that was issued is a token.
    if (body.length === 0 || bytes.toString('base64url') !== text) return undefined
    if (!timingSafeEqual(bytes.subarray(0, LENGTH), this.#mac(body))) return undefined
    return JSON.parse(body.toString('utf8'))
  }

  #mac(body: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(body).digest().subarray(0, LENGTH)
  }
}
