import { sign } from 'node:crypto'
import { idOfKey } from '../../../src/lab/gcp/seed/accounts.ts'
import { KEYS } from '../../../src/lab/gcp/seed/ids.ts'
import { keyPair } from '../../../src/lab/gcp/seed/rsa.ts'

export interface Signer {
  id: string
  privateKey: string
}

/** The key of an account that works for itself. */
export function workKeyOf(email: string, nth = 1): Signer {
  return { id: idOfKey(email.split('@')[0] ?? '', KEYS.work, nth), privateKey: keyPair(KEYS.work).privateKey }
}

export function leakedKey(): Signer {
  return keyPair(KEYS.leaked)
}

/** The request of a key's holder to the token endpoint. */
export function assertion(email: string, { id, privateKey }: Signer, claims: object = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const iat = Math.floor(Date.now() / 1000)
  const payload = {
    iss: email,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    aud: 'https://oauth2.googleapis.com/token',
    iat,
    exp: iat + 3600,
    ...claims,
  }
  const text = `${part({ alg: 'RS256', typ: 'JWT', kid: id })}.${part(payload)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`
}
