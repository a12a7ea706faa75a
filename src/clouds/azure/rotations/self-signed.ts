import { createHash, generateKeyPair, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'

/** A new key and the certificate of its public part. */
export interface SelfSigned {
  /** PKCS #8, as PEM. Secret. */
  privateKey: string
  /** The certificate, as PEM. */
  certificate: string
  /** The same, as DER. */
  der: Buffer
  /** SHA-1 of the certificate, as Entra names it; hexadecimal, in capitals. */
  thumbprint: string
}

/** A certificate that Entra takes to sign in with (Microsoft identity platform, "Certificate credentials"). */
const BITS = 2048

/**
 * An RSA key made here and now, with a certificate that it signs itself: X.509 version 3 (RFC 5280) for client
 * authentication and nothing else.
 *
 * @param name the common name; printable text
 * @param from RFC 3339; whole seconds count
 * @param until RFC 3339
 */
export async function selfSigned(name: string, from: string, until: string): Promise<SelfSigned> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: BITS })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const body = sequence(
    tag(0xa0, integer(Buffer.from([2]))),
    integer(serial()),
    SHA256_WITH_RSA,
    nameOf(name),
    sequence(time(from), time(until)),
    nameOf(name),
    spki,
    tag(0xa3, sequence(...extensions(spki))),
  )
  const der = sequence(body, SHA256_WITH_RSA, bits(sign('sha256', body, privateKey)))
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: pem(der),
    der,
    thumbprint: createHash('sha1').update(der).digest('hex').toUpperCase(),
  }
}

const SHA256_WITH_RSA = sequence(oid('2a864886f70d01010b'), tag(0x05))
const COMMON_NAME = '550403'
const BASIC_CONSTRAINTS = '551d13'
const KEY_USAGE = '551d0f'
const EXTENDED_KEY_USAGE = '551d25'
const SUBJECT_KEY_ID = '551d0e'
const CLIENT_AUTHENTICATION = '2b06010505070302'

function extensions(spki: Buffer): Buffer[] {
  const digest = createHash('sha1').update(spki).digest()
  return [
    // No authority; digitalSignature alone, which is the first bit of eight, seven unused.
    extension(BASIC_CONSTRAINTS, sequence(), true),
    extension(KEY_USAGE, tag(0x03, Buffer.from([7, 0x80])), true),
    extension(EXTENDED_KEY_USAGE, sequence(oid(CLIENT_AUTHENTICATION))),
    extension(SUBJECT_KEY_ID, tag(0x04, digest)),
  ]
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [tag(0x01, Buffer.from([0xff]))] : []), tag(0x04, value))
}

/** Positive, not zero, without a leading zero byte, at most twenty bytes. */
function serial(): Buffer {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0)
  return bytes
}

function nameOf(name: string): Buffer {
  return sequence(tag(0x31, sequence(oid(COMMON_NAME), tag(0x0c, Buffer.from(name, 'utf8')))))
}

/** RFC 5280, 4.1.2.5: two digits of the year until 2049, four from 2050. */
function time(at: string): Buffer {
  const whole = `${new Date(at).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
  return whole < '2050' ? tag(0x17, Buffer.from(whole.slice(2))) : tag(0x18, Buffer.from(whole))
}

function integer(bytes: Buffer): Buffer {
  return tag(0x02, bytes)
}

function bits(content: Buffer): Buffer {
  return tag(0x03, Buffer.from([0]), content)
}

function oid(hex: string): Buffer {
  return tag(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...parts: Buffer[]): Buffer {
  return tag(0x30, ...parts)
}

/** A tag, the length in as few bytes as DER wants, and the content. */
function tag(number: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([number, ...size]), content])
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
