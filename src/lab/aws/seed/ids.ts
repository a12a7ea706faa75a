import { createHash } from 'node:crypto'

export const ACCOUNT = '111122223333'
export const ALIAS = 'acme-prod'
/** From which the organization of `ACCOUNT` is run. */
export const MANAGEMENT_ACCOUNT = '100000000001'
/** The vendor's own account, which the thief of `third-party-stop` sits in. */
export const VENDOR_ACCOUNT = '998877665544'
/** Another partner, who did nothing wrong. */
export const PARTNER_ACCOUNT = '445566778899'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * The same id for the same name in every run: the prefix of the kind (IAM identifiers: AIDA user, AROA role, AKIA key,
 * ASIA session key, AGPA group, ANPA policy, AIPA instance profile, ACCA service-specific credential, APKA SSH key,
 * ASCA certificate) and sixteen characters, or as many as
 * are asked for.
 */
export function idOf(prefix: string, name: string, length = 16): string {
  const bytes = createHash('sha256').update(`${prefix}/${name}`).digest()
  let id = prefix
  for (let at = 0; at < length; at += 1) id += BASE32.charAt((bytes[at] ?? 0) % 32)
  return id
}

/** Forty characters, as an AWS secret access key. It opens nothing but the lab. */
export function secretOf(accessKeyId: string): string {
  return createHash('sha256')
    .update(`lab secret of ${accessKeyId}`)
    .digest('base64')
    .replace('=', '')
    .slice(0, 40)
}

/** The pair of the AWS documentation, which no secret scanner takes for real. */
export const LEAKED_KEY = 'AKIAIOSFODNN7EXAMPLE'

/** Access key id of a user's nth key, from 1. */
export function keyOf(user: string, nth = 1): string {
  return user === 'ci-deploy' && nth === 1 ? LEAKED_KEY : idOf('AKIA', `${user}/${nth}`)
}
