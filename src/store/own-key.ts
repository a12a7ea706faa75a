import type { KeyObject } from 'node:crypto'
import { readWhole, replaceWhole } from '../gate/files.ts'
import { hmacSha256, openSsl } from './sha256.ts'

/** What is before the 32 bytes of a seed in PKCS #8 for Ed25519 (RFC 8410, section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The machine's sealing key. What it vouches for under one purpose is worth nothing under another. */
export class Seal {
  readonly #seed: Buffer
  #key: KeyObject | undefined

  constructor(pem: Buffer) {
    const [, base64 = ''] =
      /^-----BEGIN PRIVATE KEY-----\s([\s\S]+)-----END PRIVATE KEY-----\s*$/.exec(pem.toString('latin1')) ??
      []
    const der = Buffer.from(base64, 'base64')
    if (der.length !== 48 || !der.subarray(0, 16).equals(PKCS8))
      throw new Error('the sealing key is no Ed25519 key')
    this.#seed = der.subarray(16)
  }

  /** As a JWK, since OpenSSL takes a millisecond to find out what a PEM is. The public half is not looked at. */
  #private(): KeyObject {
    const d = this.#seed.toString('base64url')
    this.#key ??= openSsl().createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x: d }, format: 'jwk' })
    return this.#key
  }

  sign(purpose: string, text: string): string {
    return openSsl()
      .sign(null, Buffer.from(`${purpose}\n${text}`), this.#private())
      .toString('base64')
  }

  verify(purpose: string, text: string, signature: string): boolean {
    const bytes = Buffer.from(signature, 'base64')
    const { createPublicKey, verify } = openSsl()
    const key = createPublicKey(this.#private())
    return bytes.length === 64 && verify(null, Buffer.from(`${purpose}\n${text}`), key, bytes)
  }

  /**
   * What was kept under this purpose, or undefined when it is not there or was not written with this key: a cache that
   * somebody else wrote is no cache. Only we read it, so a shared secret does, which is quicker than a signature.
   */
  read(purpose: string, path: string): unknown {
    const text = readWhole(path, 64 * 1024 * 1024)?.toString('utf8')
    const end = text?.indexOf('\n') ?? -1
    if (text === undefined || end < 0) return undefined
    const body = text.slice(end + 1)
    return this.code(purpose, body) === text.slice(0, end) ? JSON.parse(body) : undefined
  }

  write(purpose: string, path: string, value: unknown): void {
    const body = JSON.stringify(value)
    replaceWhole(path, `${this.code(purpose, body)}\n${body}`)
  }

  /** An authentication code (HMAC): a tenth of a signature's time, and only who has the key can check it. */
  code(purpose: string, text: string): string {
    return hmacSha256(this.#seed, `${purpose}\n${text}`)
  }
}
