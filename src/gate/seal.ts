import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { readWhole, replaceWhole } from './files.ts'

/** The machine's sealing key. What a purpose signed is worth nothing for another. */
export class Seal {
  readonly #key: KeyObject
  #public: KeyObject | undefined

  constructor(pem: Buffer) {
    this.#key = createPrivateKey(pem)
    if (this.#key.asymmetricKeyType !== 'ed25519') throw new Error('the sealing key is not an Ed25519 key')
  }

  sign(purpose: string, text: string): string {
    return sign(null, Buffer.from(`${purpose}\n${text}`), this.#key).toString('base64')
  }

  verify(purpose: string, text: string, signature: string): boolean {
    this.#public ??= createPublicKey(this.#key)
    const bytes = Buffer.from(signature, 'base64')
    return bytes.length === 64 && verify(null, Buffer.from(`${purpose}\n${text}`), this.#public, bytes)
  }

  /**
   * What was kept under this purpose, or undefined when it is not there or was not written with this key: a cache that
   * somebody else wrote is no cache.
   */
  read(purpose: string, path: string): unknown {
    const text = readWhole(path, 64 * 1024 * 1024)?.toString('utf8')
    const end = text?.indexOf('\n') ?? -1
    if (text === undefined || end < 0) return undefined
    const body = text.slice(end + 1)
    return this.verify(purpose, body, text.slice(0, end)) ? JSON.parse(body) : undefined
  }

  write(purpose: string, path: string, value: unknown): void {
    const body = JSON.stringify(value)
    replaceWhole(path, `${this.sign(purpose, body)}\n${body}`)
  }
}
