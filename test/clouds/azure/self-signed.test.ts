import { createPrivateKey, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { selfSigned } from '../../../src/clouds/azure/rotations/self-signed.ts'

const FROM = '2026-11-23T10:00:07.891Z'

test('a certificate that OpenSSL reads: version 3, for client authentication, signed by its own key', async () => {
  const made = await selfSigned('c0ffee', FROM, '2027-05-22T10:00:07Z')
  const certificate = new X509Certificate(made.certificate)
  expect(certificate.raw.equals(made.der)).toBe(true)
  expect(certificate.subject).toBe('CN=c0ffee')
  expect(certificate.issuer).toBe('CN=c0ffee')
  expect(certificate.ca).toBe(false)
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
  expect(new Date(certificate.validFrom).toISOString()).toBe('2026-11-23T10:00:07.000Z')
  expect(new Date(certificate.validTo).toISOString()).toBe('2027-05-22T10:00:07.000Z')
  expect(certificate.fingerprint.replaceAll(':', '')).toBe(made.thumbprint)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.checkPrivateKey(createPrivateKey(made.privateKey))).toBe(true)
  expect(createPrivateKey(made.privateKey).asymmetricKeyDetails?.modulusLength).toBe(2048)
})

test('years from 2050 have four digits', async () => {
  const { certificate } = await selfSigned('late', '2049-12-31T23:59:58Z', '2050-01-01T00:00:00Z')
  const { validFrom, validTo } = new X509Certificate(certificate)
  expect([validFrom, validTo]).toEqual(['Dec 31 23:59:58 2049 GMT', 'Jan  1 00:00:00 2050 GMT'])
})

test('two of one name are two keys and two serial numbers', async () => {
  const [a, b] = await Promise.all([
    selfSigned('same', FROM, '2027-01-01T00:00:00Z'),
    selfSigned('same', FROM, '2027-01-01T00:00:00Z'),
  ])
  expect(a.privateKey).not.toBe(b.privateKey)
  const serials = [a, b].map(each => new X509Certificate(each.certificate).serialNumber)
  expect(new Set(serials).size).toBe(2)
  // Twenty bytes at most, and positive: the first bit is not set.
  for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/)
})

test('a long name needs a longer length, in DER’s own form', async () => {
  const name = 'x'.repeat(300)
  const { certificate } = await selfSigned(name, FROM, '2027-01-01T00:00:00Z')
  expect(new X509Certificate(certificate).subject).toBe(`CN=${name}`)
})
