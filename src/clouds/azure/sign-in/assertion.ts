import { constants, createHash, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { Timing } from '../../../model/timing.ts'

/** The proof of an application's identity. */
export type ClientProof = { clientId: string } & (
  | { clientSecret: string }
  /** The certificate as DER, and its key. */
  | { certificate: Buffer; privateKey: KeyObject }
)

/** Seconds; a longer one is no use, since it is sent at once. */
const LIFETIME = 300

/**
 * The form members of a request for a token: the secret, or a token of our own that the key has signed (Microsoft identity
 * platform, "Certificate credentials": PS256, named by the certificate's SHA-256).
 *
 * @param audience address of the token endpoint
 */
export function proofOf(as: ClientProof, audience: string, timing: Timing): { [parameter: string]: string } {
  if ('clientSecret' in as) return { client_secret: as.clientSecret }
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion(as, audience, timing),
  }
}

function assertion(
  { clientId, certificate, privateKey }: { clientId: string; certificate: Buffer; privateKey: KeyObject },
  audience: string,
  { date }: Timing,
): string {
  // By the clock of this machine: the service that checks it does not know the lab's.
  const now = Math.floor(date() / 1000)
  const thumbprint = createHash('sha256').update(certificate).digest('base64url')
  const header = { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint }
  const claims = {
    aud: audience,
    iss: clientId,
    sub: clientId,
    jti: randomUUID(),
    nbf: now - 60,
    exp: now + LIFETIME,
  }
  const signed = [header, claims]
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const proof = sign('sha256', Buffer.from(signed), {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  })
  return `${signed}.${proof.toString('base64url')}`
}
