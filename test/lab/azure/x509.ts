import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'

/** A key and its certificate, as PEM and as DER. */
export interface Certified {
  key: KeyObject
  keyPem: string
  der: Buffer
  pem: string
}

/** A private CA, or a certificate that one signed for `localhost`. RSA, since Entra takes no other for sign-in. */
export function certify(name: string, issuer?: { name: string; by: Certified }): Certified {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const rsaWithSha256 = sequence(oid('2a864886f70d01010b'), tag(0x05))
  const extensions = [
    extension('551d13', sequence(...(issuer === undefined ? [tag(0x01, Buffer.from([0xff]))] : [])), true),
    extension(
      '551d11',
      sequence(tag(0x82, Buffer.from('localhost')), tag(0x87, Buffer.from([127, 0, 0, 1]))),
    ),
  ]
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    rsaWithSha256,
    subject(issuer?.name ?? name),
    sequence(time(-1), time(30)),
    subject(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(...extensions)),
  )
  const proof = sign('sha256', body, issuer?.by.key ?? privateKey)
  const der = sequence(body, rsaWithSha256, tag(0x03, Buffer.from([0]), proof))
  const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  const pem = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  return { key: createPrivateKey(keyPem), keyPem, der, pem }
}

export function thumbprintOf(der: Buffer): string {
  return createHash('sha1').update(der).digest('base64')
}

function subject(name: string): Buffer {
  return sequence(tag(0x31, sequence(oid('550403'), tag(0x0c, Buffer.from(name)))))
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [tag(0x01, Buffer.from([0xff]))] : []), tag(0x04, value))
}

function time(days: number): Buffer {
  const at = new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '')
  return tag(0x18, Buffer.from(at))
}

function oid(hex: string): Buffer {
  return tag(0x06, Buffer.from(hex, 'hex'))
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
