import { createHmac, randomUUID } from 'node:crypto'
import type { Json } from './store.ts'

/** Every token of the lab is signed with this: it opens nothing else. */
const KEY = 'tokens of the lab'

export interface Claims {
  aud: string
  iss: string
  tid: string
  /** Client id. */
  appid: string
  /** Object id of the service principal; absent in a token that only stands for an agent. */
  oid: string
  sub: string
  idtyp: 'app'
  /** Seconds since 1970 of the lab's clock. */
  iat: number
  nbf: number
  exp: number
  uti: string
  ver: '1.0'
  /** App permissions on the audience, as they were when it was issued. */
  roles: string[]
  /** Templates of directory roles, as they were. */
  wids: string[]
  /** Ids of groups, as they were. */
  groups: string[]
  /** `['cp1']`: the client can handle continuous access evaluation. */
  xms_cc?: string[]
  /** Resource id, of a managed identity. */
  xms_mirid?: string
  /** 1 secret, 2 certificate or federated. */
  appidacr: string
  /** Of a token with which a blueprint stands in for an agent: the agent's app id. */
  fmi?: string
}

export function mint(claims: Omit<Claims, 'uti' | 'ver' | 'idtyp' | 'sub'> & { sub?: string }): string {
  const whole: Claims = { sub: claims.oid, ...claims, idtyp: 'app', ver: '1.0', uti: randomUUID() }
  const signed = `${part({ typ: 'JWT', alg: 'HS256', kid: 'lab' })}.${part(whole)}`
  return `${signed}.${signature(signed)}`
}

/** Tokens come again and again, and never change. */
const KNOWN = new Map<string, Readonly<Claims>>()
const MOST = 1_000

/** The claims of a token that this lab issued, whether or not it has expired; undefined for any other text. */
export function read(token: string): Readonly<Claims> | undefined {
  const known = KNOWN.get(token)
  if (known !== undefined) return known
  const claims = verified(token)
  if (claims === undefined) return undefined
  if (KNOWN.size >= MOST) KNOWN.clear()
  KNOWN.set(token, claims)
  return claims
}

function verified(token: string): Claims | undefined {
  const [header, payload, proof] = token.split('.')
  if (header === undefined || payload === undefined || proof !== signature(`${header}.${payload}`)) {
    return undefined
  }
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims
}

/** Header, claims and signed part of any JWT, unverified. */
export function decode(token: string):
  | {
      header: { [name: string]: Json }
      claims: { [name: string]: Json }
      signed: string
      proof: Buffer
    }
  | undefined {
  const [header, payload, proof] = token.split('.')
  if (header === undefined || payload === undefined || proof === undefined) return undefined
  try {
    return {
      header: JSON.parse(Buffer.from(header, 'base64url').toString('utf8')),
      claims: JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')),
      signed: `${header}.${payload}`,
      proof: Buffer.from(proof, 'base64url'),
    }
  } catch {
    return undefined
  }
}

function signature(text: string): string {
  return createHmac('sha256', KEY).update(text).digest('base64url')
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
