import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../model/fault.ts'
import { createOnce, errno, fileFault, makeFolder, readPlain, syncFolder } from './files.ts'
import { looseKeys } from './permissions.ts'

/** Signs a text with the key of this machine, and checks such signatures. */
export interface OwnKey {
  sign(text: string): string
  /** Whether the signature is by this very key: keys of other machines do not count. */
  verify(text: string, signature: string): boolean
}

/** The key that seals our journals, and the public keys whose journals are believed. Lives outside the state folder. */
export class Seal {
  readonly #config: string
  #ours: Promise<KeyObject> | undefined
  #believed: Promise<KeyObject[]> | undefined

  constructor(config: string) {
    this.#config = config
  }

  get path(): string {
    return join(this.#config, 'seal.pem')
  }

  get trusted(): string {
    return join(this.#config, 'trusted')
  }

  /** A function that signs a hash (Ed25519 over its hex text, base64). The key is made on first use. */
  async signer(): Promise<(hash: string) => string> {
    this.#refuseLoose()
    this.#ours ??= this.#obtain()
    const key = await this.#ours
    return hash => sign(null, Buffer.from(hash), key).toString('base64')
  }

  /** The key for files that only this machine reads again. It is made on first use. */
  async own(): Promise<OwnKey> {
    const sign = await this.signer()
    const key = createPublicKey(await (this.#ours ?? this.#obtain()))
    return {
      sign,
      verify: (text, signature) => {
        const bytes = signatureBytes(signature)
        return bytes !== undefined && verify(null, Buffer.from(text), key, bytes)
      },
    }
  }

  /** A function that tells whether a signature is by our key or a trusted one. */
  async verifier(): Promise<(hash: string, signature: string) => boolean> {
    this.#refuseLoose()
    this.#believed ??= this.#load()
    const keys = [...(await this.#believed)]
    return (hash, signature) => {
      const bytes = signatureBytes(signature)
      if (bytes === undefined) return false
      const at = keys.findIndex(key => verify(null, Buffer.from(hash), key, bytes))
      const [key] = at > 0 ? keys.splice(at, 1) : []
      if (key) keys.unshift(key)
      return at >= 0
    }
  }

  /** Whoever can read the key, or write beside it, can make journals that are believed. */
  #refuseLoose(): void {
    const [loose] = looseKeys(this.#config)
    if (!loose) return
    throw new Fault(
      'tampered',
      `others can ${loose.path === this.path ? 'read' : 'write'} this (mode ${loose.mode}), and so forge journals`,
      {
        where: loose.path,
        next: loose.fix,
      },
    )
  }

  async #obtain(): Promise<KeyObject> {
    try {
      const made = await this.#private()
      if (made) return made
      await makeFolder(this.#config)
      const { privateKey } = generateKeyPairSync('ed25519')
      await createOnce(this.path, privateKey.export({ type: 'pkcs8', format: 'pem' }))
      await syncFolder(this.#config)
      this.#believed = undefined
      // Read back: another process may have been first.
      return (await this.#private()) ?? privateKey
    } catch (error) {
      this.#ours = undefined
      throw fileFault('make the sealing key', this.path, error)
    }
  }

  async #private(): Promise<KeyObject | undefined> {
    const pem = await readPlain(this.path)
    return pem && parse(this.path, () => createPrivateKey(pem))
  }

  async #load(): Promise<KeyObject[]> {
    const ours = await this.#private()
    let names: string[] = []
    try {
      names = await readdir(this.trusted)
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw fileFault('read', this.trusted, error)
    }
    const keys = ours ? [createPublicKey(ours)] : []
    for (const name of names.filter(each => each.endsWith('.pem')).sort()) {
      const path = join(this.trusted, name)
      const pem = await readPlain(path)
      if (pem) keys.push(parse(path, () => createPublicKey(pem)))
    }
    return keys
  }
}

/** Base64 has several spellings of the same bytes; only ours counts. */
function signatureBytes(signature: string): Buffer | undefined {
  const bytes = Buffer.from(signature, 'base64')
  return bytes.length === 64 && bytes.toString('base64') === signature ? bytes : undefined
}

function parse(path: string, make: () => KeyObject): KeyObject {
  try {
    const key = make()
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Said below, without the parser's words: they could quote the key.
  }
  throw new Fault('damaged', 'not an Ed25519 key in PEM', { where: path, next: 'put back the original file' })
}
