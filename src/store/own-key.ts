import type { KeyObject } from 'node:crypto'
import { Fault } from '../model/fault.ts'
import { readPlainSync, replaceFileSync } from './files-sync.ts'
import { hmacSha256, openSsl } from './sha256.ts'

/** The bytes before the 32 bytes of a seed in PKCS #8 for Ed25519 (RFC 8410, section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Largest file that is kept under a code. */
const MOST_BYTES = 64 * 1024 * 1024

/** The sealing key of this machine. A seal for one purpose is worth nothing for another. */
export class OwnKey {
  readonly #seed: Buffer
  #private: KeyObject | undefined
  #public: KeyObject | undefined

  /** @param seed the 32 bytes of an Ed25519 private key */
  constructor(seed: Buffer) {
    this.#seed = seed
  }

  /** Reads the key from PKCS #8 in PEM, as `seal.pem` holds it. Throws Fault `damaged`. */
  static fromPem(pem: Buffer, path?: string): OwnKey {
    const [, base64 = ''] =
      /^-----BEGIN PRIVATE KEY-----\s([\s\S]+)-----END PRIVATE KEY-----\s*$/.exec(pem.toString('latin1')) ??
      []
    const der = Buffer.from(base64, 'base64')
    if (der.length !== 48 || !der.subarray(0, 16).equals(PKCS8)) throw notAKey(path)
    return new OwnKey(der.subarray(16))
  }

  /** The private half. Not as a JWK, which is faster: newer Nodes (24.22.3) compare its public half, and a seed alone has none. */
  get privateKey(): KeyObject {
    this.#private ??= openSsl().createPrivateKey({
      key: Buffer.concat([PKCS8, this.#seed]),
      format: 'der',
      type: 'pkcs8',
    })
    return this.#private
  }

  /** The public half. */
  get publicKey(): KeyObject {
    this.#public ??= openSsl().createPublicKey(this.privateKey)
    return this.#public
  }

  /** Returns the signature (Ed25519, base64) of a text for a purpose. */
  sign(purpose: string, text: string): string {
    return signatureOf(this.privateKey, `${purpose}\n${text}`)
  }

  /** Whether a signature is by this very key, of this text and for this purpose: keys of other machines do not count. */
  verify(purpose: string, text: string, signature: string): boolean {
    const bytes = signatureBytes(signature)
    return bytes !== undefined && isSignature(this.publicKey, `${purpose}\n${text}`, bytes)
  }

  /**
   * Returns an authentication code (HMAC-SHA-256, hex) of a text for a purpose: it takes a tenth of a signature's time, and only
   * the owner of the key can check it.
   */
  code(purpose: string, text: string): string {
    return hmacSha256(this.#seed, `${purpose}\n${text}`)
  }

  /**
   * Returns the value that {@link write} kept under this purpose; undefined if there is none, or if it was not written with this
   * key. Throws what a file throws that cannot be read.
   */
  read(purpose: string, path: string): unknown {
    const text = readPlainSync(path, MOST_BYTES)?.toString('utf8')
    const end = text?.indexOf('\n') ?? -1
    if (text === undefined || end < 0) return undefined
    const body = text.slice(end + 1)
    return this.code(purpose, body) === text.slice(0, end) ? JSON.parse(body) : undefined
  }

  /**
   * Keeps a JSON value in a file, under a code: a file that somebody else wrote is not used. `durable`: it is on disk when this
   * returns; without it a power failure may take the value, which is for caches. Throws the system's error.
   */
  write(purpose: string, path: string, value: unknown, { durable = false } = {}): void {
    const body = JSON.stringify(value)
    replaceFileSync(path, `${this.code(purpose, body)}\n${body}`, { durable })
  }
}

/** Returns the Fault for a file that is not a key; it does not quote the file. */
export function notAKey(path: string | undefined): Fault {
  return new Fault('damaged', 'not an Ed25519 key in PEM', {
    ...(path === undefined ? {} : { where: path }),
    next: 'put back the original file',
  })
}

/** Returns the Ed25519 signature of a text, base64. */
export function signatureOf(key: KeyObject, text: string): string {
  return openSsl().sign(null, Buffer.from(text), key).toString('base64')
}

/** Whether these 64 bytes are the signature of a text. */
export function isSignature(key: KeyObject, text: string, signature: Buffer): boolean {
  return openSsl().verify(null, Buffer.from(text), key, signature)
}

/** Returns the 64 bytes of a signature; undefined for another spelling than ours, since base64 has several for the same bytes. */
export function signatureBytes(signature: string): Buffer | undefined {
  const bytes = Buffer.from(signature, 'base64')
  return bytes.length === 64 && bytes.toString('base64') === signature ? bytes : undefined
}
