import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { SshReader, sshString } from './ssh-wire.ts'

/** A public key as SSH writes it. */
export interface SshKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, or one of a hardware key: `sk-ssh-ed25519@openssh.com`, … */
  type: string
  /** The key on the wire; two keys are the same if these bytes are. */
  blob: Buffer
  key: KeyObject
  /** Of a hardware key: the application that it was made for, which the device signs too. */
  application?: string
}

/** DER before a raw public key: RFC 8410 for Ed25519, RFC 5480 for an uncompressed point of P-256. */
const ED25519 = Buffer.from('302a300506032b6570032100', 'hex')
const P256 = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex')

const SK = '@openssh.com'

/**
 * Reads a public key from its bytes; undefined for bytes that are none, and for a kind that does not count: RSA, DSA and certificates are
 * not needed for this.
 */
export function readSshKey(blob: Buffer): SshKey | undefined {
  try {
    const reader = new SshReader(blob)
    const type = reader.text()
    const key = pointOf(type, reader)
    if (key === undefined) return undefined
    const application = type.startsWith('sk-') ? { application: reader.text() } : {}
    return reader.atEnd ? { type, blob, key, ...application } : undefined
  } catch {
    // Cut off, or no point of its curve.
    return undefined
  }
}

function pointOf(type: string, reader: SshReader): KeyObject | undefined {
  switch (type.replace(/^sk-/, '').replace(SK, '')) {
    case 'ssh-ed25519':
      return publicKey(ED25519, reader.string(), 32)
    case 'ecdsa-sha2-nistp256':
      return reader.text() === 'nistp256' ? publicKey(P256, reader.string(), 65) : undefined
    default:
      return undefined
  }
}

function publicKey(prefix: Buffer, point: Buffer, length: number): KeyObject | undefined {
  if (point.length !== length) return undefined
  return createPublicKey({ key: Buffer.concat([prefix, point]), format: 'der', type: 'spki' })
}

/** Reads a key as it stands in a `.pub` file and in `allowed_signers`: its type, a space, its bytes in base64. */
export function parseSshKey(type: string, base64: string): SshKey | undefined {
  const blob = Buffer.from(base64, 'base64')
  const key = readSshKey(blob)
  return key?.type === type && blob.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
    ? key
    : undefined
}

/** The bytes of an Ed25519 public key on the wire. */
export function ed25519Blob(key: KeyObject): Buffer {
  const point = key.export({ format: 'der', type: 'spki' }).subarray(ED25519.length)
  return Buffer.concat([sshString('ssh-ed25519'), sshString(point)])
}

/** A key as `.pub` files and `allowed_signers` have it. */
export function sshKeyText({ type, blob }: Pick<SshKey, 'type' | 'blob'>): string {
  return `${type} ${blob.toString('base64')}`
}

/** `SHA256:` and the hash in base64 without padding, as `ssh-keygen -l` prints it. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}
