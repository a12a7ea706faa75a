import type { JSONWebKeySet } from 'jose'

/** Whose security event tokens are believed. */
export interface TokenOptions {
  /** What `aud` has to name. */
  audience: string | readonly string[]
  issuers: readonly TokenIssuer[]
}

export interface TokenIssuer {
  /** Exactly as in `iss`. */
  issuer: string
  /** Its public keys, or where they are (https, or http on loopback). */
  keys: JSONWebKeySet | URL
}
