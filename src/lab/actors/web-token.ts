import { createHash, randomUUID } from 'node:crypto'
import { EKS, GITHUB } from '../aws/seed/documents.ts'

/** The token that GitHub gives a workflow: valid for five minutes, one audience, a subject that says which repository and why. */
export function githubToken(sub: string): string {
  const [, repository = ''] = /^repo:([^:]+)/.exec(sub) ?? []
  return token(`https://${GITHUB}`, sub, 300, {
    repository,
    workflow: 'deploy',
    event_name: 'workflow_dispatch',
  })
}

/** The token that the kubelet mounts into a pod: valid for a day, the cluster's issuer, the service account. */
export function podToken(namespace: string, account: string): string {
  return token(`https://${EKS}`, `system:serviceaccount:${namespace}:${account}`, 86_400, {})
}

/**
 * The shape of a token that an issuer signed. The lab holds no issuer's key: it takes any signature, and lets issuer,
 * audience, subject and expiry decide.
 */
function token(iss: string, sub: string, seconds: number, claims: object): string {
  const iat = Math.floor(Date.now() / 1000)
  const payload = {
    iss,
    sub,
    aud: 'sts.amazonaws.com',
    iat,
    nbf: iat,
    exp: iat + seconds,
    jti: randomUUID(),
    ...claims,
  }
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: 'lab' })}.${part(payload)}`
  return `${signed}.${createHash('sha256').update(signed).digest('base64url')}`
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
