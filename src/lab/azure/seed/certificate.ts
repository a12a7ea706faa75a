import { createHash } from 'node:crypto'

/**
 * A certificate in DER, the same for the same name in every run: Ed25519, a public key without a private one and a
 * signature that nobody made. It can be read and compared, and that is all that it is for.
 */
export function certificateOf(name: string, from: string, until: string): Buffer {
  const algorithm = sequence(tag(0x06, Buffer.from([0x2b, 0x65, 0x70])))
  const commonName = sequence(tag(0x06, Buffer.from([0x55, 0x04, 0x03])), tag(0x0c, Buffer.from(name)))
  const subject = sequence(tag(0x31, commonName))
  const key = sequence(algorithm, bits(hash(`public key of ${name}`)))
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.concat([Buffer.from([1]), hash(`serial of ${name}`).subarray(0, 8)])),
    algorithm,
    subject,
    sequence(time(from), time(until)),
    subject,
    key,
  )
  return sequence(body, algorithm, bits(Buffer.concat([hash(`r of ${name}`), hash(`s of ${name}`)])))
}

export function thumbprint(certificate: Buffer): string {
  return createHash('sha1').update(certificate).digest('base64')
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function time(at: string): Buffer {
  const digits = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')
  return tag(0x18, Buffer.from(digits))
}

function bits(content: Buffer): Buffer {
  return tag(0x03, Buffer.concat([Buffer.from([0]), content]))
}

function sequence(...parts: Buffer[]): Buffer {
  return tag(0x30, ...parts)
}

function tag(number: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([number, ...size]), content])
}
