import { z } from 'zod'
import { documentFault } from '../model/document/problems.ts'
import { readDocument } from '../model/document/read-document.ts'
import type { TokenOptions } from './formats/security-event-token.ts'

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) })

const file = z.strictObject({
  audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  issuers: z
    .array(
      z.strictObject({
        issuer: z.string().min(1),
        keys: z.union([z.url({ protocol: /^https?$/ }), keySet]),
      }),
    )
    .min(1)
    .max(50),
})

const ISSUERS_FILE = { noun: 'a file of token issuers', schema: file }

/**
 * Reads who may send security event tokens (YAML): `audience`, and `issuers` with `issuer` and `keys`, a JWKS or where it
 * is. Throws Fault `invalid-input` with everything that is wrong, each with its place.
 */
export function parseTokenIssuers(source: string, name: string): TokenOptions {
  const { report, value } = readDocument(source, name, ISSUERS_FILE)
  if (value === undefined) {
    throw documentFault(
      report.problems(),
      'audience, and issuers with issuer and keys (a JWKS, or its https address)',
    )
  }
  const { audience, issuers } = value
  return {
    audience,
    issuers: issuers.map(({ issuer, keys }) => ({
      issuer,
      keys: typeof keys === 'string' ? new URL(keys) : keys,
    })),
  }
}
