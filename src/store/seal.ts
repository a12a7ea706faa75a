import type { KeyObject } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AllowedSigner } from '../approval/allowed-signers.ts'
import { SEAL } from '../approval/namespaces.ts'
import { Fault } from '../model/fault.ts'
import { createOnce, errno, fileFault, makeFolder, readPlain } from './files.ts'
import { isSignature, notAKey, OwnKey, signatureBytes, signatureOf } from './own-key.ts'
import { looseKeys } from './permissions.ts'
import { openSsl } from './sha256.ts'

/** The key that seals our journals, and the public keys whose journals are believed. Lives outside the state folder. */
export class Seal {
  readonly #config: string
  #ours: Promise<OwnKey> | undefined
  #believed: Promise<Believed[]> | undefined

  constructor(config: string) {
    this.#config = config
  }

  /** Path of the private key. */
  get path(): string {
    return join(this.#config, 'seal.pem')
  }

  /** Folder of the public keys of other machines. */
  get trusted(): string {
    return join(this.#config, 'trusted')
  }

  /** Returns a function that signs a hash (Ed25519 over its hex text, base64). The key is made on first use. */
  async signer(): Promise<(hash: string) => string> {
    const { privateKey } = await this.own()
    return hash => signatureOf(privateKey, hash)
  }

  /** Returns the key of this machine. It is made on first use. */
  async own(): Promise<OwnKey> {
    this.#refuseLoose()
    this.#ours ??= this.#obtain()
    return await this.#ours
  }

  /** The list of those whose machines seal and who may approve; see `src/approval`. */
  get signers(): string {
    return join(this.#config, 'allowed_signers')
  }

  /**
   * Returns a function that checks whether a signature of a hash is by our key or a trusted one. `at`: when it was made (RFC 3339), for
   * keys that the list trusts for a time; without it these do not count.
   */
  async verifier(): Promise<(hash: string, signature: string, at?: string) => boolean> {
    this.#refuseLoose()
    this.#believed ??= this.#load()
    const keys = [...(await this.#believed)]
    return (hash, signature, time) => {
      const bytes = signatureBytes(signature)
      if (bytes === undefined) return false
      const at = keys.findIndex(each => isTimely(each, time) && isSignature(each.key, hash, bytes))
      const [key] = at > 0 ? keys.splice(at, 1) : []
      if (key) keys.unshift(key)
      return at >= 0
    }
  }

  /** Others who can read the key, or write beside it, could make journals that are believed. */
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

  async #obtain(): Promise<OwnKey> {
    try {
      const made = await this.#private()
      if (made) return made
      await makeFolder(this.#config)
      const { privateKey } = openSsl().generateKeyPairSync('ed25519')
      await createOnce(this.path, privateKey.export({ type: 'pkcs8', format: 'pem' }))
      this.#believed = undefined
      // Read back: another process may have been first.
      return (await this.#private()) ?? ownKeyOf(privateKey)
    } catch (error) {
      this.#ours = undefined
      throw fileFault('make the sealing key', this.path, error)
    }
  }

  async #private(): Promise<OwnKey | undefined> {
    const pem = await readPlain(this.path)
    return pem && ownKeyOf(parse(this.path, () => openSsl().createPrivateKey(pem)))
  }

  async #load(): Promise<Believed[]> {
    const ours = await this.#private()
    // Another process, or another part of this one, may be about to make it.
    if (!ours) this.#believed = undefined
    let names: string[] = []
    try {
      names = await readdir(this.trusted)
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw fileFault('read', this.trusted, error)
    }
    const keys: Believed[] = ours ? [{ key: ours.publicKey }] : []
    for (const name of names.filter(each => each.endsWith('.pem')).sort()) {
      const path = join(this.trusted, name)
      const pem = await readPlain(path)
      if (pem) keys.push({ key: parse(path, () => openSsl().createPublicKey(pem)) })
    }
    const listed = await readPlain(this.signers)
    return listed === undefined ? keys : [...keys, ...(await sealing(listed.toString('utf8')))]
  }
}

/** A key whose seals are believed, from and until when; milliseconds since 1970. */
type Believed = { key: KeyObject } & Pick<AllowedSigner, 'after' | 'before'>

/** The keys that a list names for seals: a line without namespaces is for people, and seals nothing. */
async function sealing(text: string): Promise<Believed[]> {
  const { parseAllowedSigners } = await import('../approval/allowed-signers.ts')
  return parseAllowedSigners(text)
    .signers.filter(({ key, namespaces }) => key.type === 'ssh-ed25519' && namespaces?.includes(SEAL))
    .map(({ key: { key }, after, before }) => ({
      key,
      ...(after === undefined ? {} : { after }),
      ...(before === undefined ? {} : { before }),
    }))
}

function isTimely({ after, before }: Believed, time: string | undefined): boolean {
  if (after === undefined && before === undefined) return true
  const at = Date.parse(time ?? '')
  return at >= (after ?? at) && at <= (before ?? at)
}

function ownKeyOf(key: KeyObject): OwnKey {
  return new OwnKey(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'))
}

function parse(path: string, make: () => KeyObject): KeyObject {
  try {
    const key = make()
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Reported below, without the parser's words: they could quote the key.
  }
  throw notAKey(path)
}
