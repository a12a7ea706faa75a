import { z } from 'zod'
import { readYaml } from '../model/document/yaml.ts'
import { Fault } from '../model/fault.ts'
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

/**
 * Reads who may send security event tokens (YAML): `audience`, and `issuers` with `issuer` and `keys`, a JWKS or where it
 * is. Fault `invalid-input` with the place of what is wrong.
 */
export function parseTokenIssuers(source: string, name: string): TokenOptions {
  const yaml = readYaml(source, name)
  const [problem] = yaml.problems
  if (problem !== undefined) {
    throw new Fault('invalid-input', problem.message, { where: `${name}:${problem.line}:${problem.column}` })
  }
  const parsed = file.safeParse(yaml.data)
  if (parsed.success) {
    const { audience, issuers } = parsed.data
    return {
      audience,
      issuers: issuers.map(({ issuer, keys }) => ({
        issuer,
        keys: typeof keys === 'string' ? new URL(keys) : keys,
      })),
    }
  }
  const [issue] = parsed.error.issues
  const where = issue?.path.filter(part => typeof part !== 'symbol') ?? []
  const { line, column } = yaml.place(where)
  throw new Fault('invalid-input', `'${where.at(-1) ?? 'the file'}': ${issue?.message ?? 'is wrong'}`, {
    where: `${name}:${line}:${column}`,
    next: 'audience, and issuers with issuer and keys (a JWKS, or its https address)',
  })
}
