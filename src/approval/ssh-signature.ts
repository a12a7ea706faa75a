import { createHash, verify } from 'node:crypto'
import { readSshKey, type SshKey } from './ssh-key.ts'
import { SshReader, sshString } from './ssh-wire.ts'

/** A signature over a text, as `ssh-keygen -Y sign` writes it (OpenSSH PROTOCOL.sshsig). Not checked yet. */
export interface SshSignature {
  key: SshKey
  namespace: string
  hash: 'sha256' | 'sha512'
  /** The signature itself, in the form of its key's kind. */
  signature: Buffer
}

const MAGIC = 'SSHSIG'
const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\s*$/
/** A larger one is none of ours. */
const MOST_CHARACTERS = 16_384

/** Reads a signature in its armour; undefined for what is none, or is by a kind of key that does not count. */
export function readSshSignature(text: string): SshSignature | undefined {
  const [, base64] = (text.length > MOST_CHARACTERS ? null : ARMOUR.exec(text)) ?? []
  if (base64 === undefined) return undefined
  try {
    const reader = new SshReader(Buffer.from(base64, 'base64'))
    if (reader.take(MAGIC.length).toString('latin1') !== MAGIC || reader.uint32() !== 1) return undefined
    const key = readSshKey(reader.string())
    const namespace = reader.text()
    // Reserved; its bytes are part of what is signed, and we sign none.
    const reserved = reader.string()
    const hash = reader.text()
    const signature = reader.string()
    if (key === undefined || namespace === '' || reserved.length > 0 || !reader.atEnd) return undefined
    return hash === 'sha256' || hash === 'sha512' ? { key, namespace, hash, signature } : undefined
  } catch {
    return undefined
  }
}

/**
 * Why a signature does not stand for this text; undefined where it does. A hardware key counts only if somebody touched it.
 *
 * @param namespace what the signature has to be for: one for something else, such as a commit, is worth nothing here
 */
export function signatureFlaw(
  { key, namespace: of, hash, signature }: SshSignature,
  message: string,
  namespace: string,
): string | undefined {
  if (of !== namespace) return `it is a signature for ${JSON.stringify(of)}, not for ${namespace}`
  const digest = createHash(hash).update(message).digest()
  const signed = Buffer.concat([
    Buffer.from(MAGIC),
    ...[namespace, '', hash, digest].map(each => sshString(each)),
  ])
  try {
    return key.application === undefined
      ? plainFlaw(key, signature, signed)
      : hardwareFlaw(key, key.application, signature, signed)
  } catch {
    return FALSE
  }
}

const FALSE = 'the signature is not of this text'
/** Flag of a device: somebody touched it (OpenSSH PROTOCOL.u2f). */
const TOUCHED = 0x01

function plainFlaw(key: SshKey, signature: Buffer, signed: Buffer): string | undefined {
  const reader = new SshReader(signature)
  if (reader.text() !== key.type) return FALSE
  const value = reader.string()
  return reader.atEnd && isSigned(key, signed, value) ? undefined : FALSE
}

/** A device signs the hash of the application, its flags, its counter and the hash of the text. */
function hardwareFlaw(
  key: SshKey,
  application: string,
  signature: Buffer,
  signed: Buffer,
): string | undefined {
  const reader = new SshReader(signature)
  if (reader.text() !== key.type) return FALSE
  const value = reader.string()
  const flags = reader.byte()
  const counter = reader.take(4)
  if (!reader.atEnd) return FALSE
  const sha256 = (of: Buffer | string) => createHash('sha256').update(of).digest()
  const device = Buffer.concat([sha256(application), Buffer.from([flags]), counter, sha256(signed)])
  if (!isSigned(key, device, value)) return FALSE
  return (flags & TOUCHED) === 0 ? 'the hardware key was not touched' : undefined
}

function isSigned({ type, key }: SshKey, signed: Buffer, value: Buffer): boolean {
  if (type.includes('ed25519')) return value.length === 64 && verify(null, signed, key, value)
  const reader = new SshReader(value)
  const numbers = [reader.string(), reader.string()].map(fixed)
  return reader.atEnd && verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat(numbers))
}

/** A number of SSH (RFC 4251, `mpint`) as the 32 bytes that P-256 has. */
function fixed(number: Buffer): Buffer {
  const digits = number[0] === 0 ? number.subarray(1) : number
  if (digits.length > 32) throw new RangeError('a number of a signature is too long')
  return Buffer.concat([Buffer.alloc(32 - digits.length), digits])
}
