import { createHash, createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { azureLab } from '../../src/lab/azure/index.ts'
import { appId, guid, seedAzure, TENANT } from '../../src/lab/azure/seed/index.ts'
import type { AppManagement, AzureEstate } from '../../src/lab/azure/store.ts'
import type { LabCloud } from '../../src/lab/cloud.ts'
import { type Certified, certify, thumbprintOf } from '../lab/azure/x509.ts'
import type { Scene } from './scene.ts'

export const APP = 'ledger-sync'
/** The certificate whose key was stolen. */
export const STOLEN = guid('certificate ledger-2026')
export const OBJECT = guid(`application ${APP}`)

/** The seed, where the certificate of one application is a real one whose key the thief has. */
export function withLedger(stolen: Certified, appManagement?: AppManagement): LabCloud {
  return azureLab(() => {
    const seed = seedAzure(new Date().toISOString())
    const applications = seed.applications.map(each =>
      each.id === OBJECT
        ? {
            ...each,
            keyCredentials: each.keyCredentials.map(key =>
              key.keyId === STOLEN
                ? {
                    ...key,
                    key: stolen.der.toString('base64'),
                    customKeyIdentifier: thumbprintOf(stolen.der),
                  }
                : key,
            ),
          }
        : each,
    )
    return { ...seed, applications, ...(appManagement === undefined ? {} : { appManagement }) }
  })
}

let made: Certified | undefined

/** Made once: a key of RSA takes its time. */
export function stolenKey(): Certified {
  made ??= certify('ledger')
  return made
}

export const azureEstate = (scene: Scene): AzureEstate =>
  scene.lab.clouds.find(({ cloud }) => cloud === 'azure')?.estate() as AzureEstate

export const certificatesOf = (scene: Scene, app = APP) =>
  azureEstate(scene).applications.find(each => each.appId === appId(app))?.keyCredentials ?? []

/** Contains the stolen certificate, and with `principal` what it signs in as, or that alone. */
export async function containLedger(scene: Scene, principal: boolean | 'only' = false): Promise<string> {
  const path = join(scene.folder, 'stolen-certificate.yaml')
  await writeFile(
    path,
    [
      'version: 1',
      'name: stolen-certificate',
      'title: A certificate was stolen',
      'description: Its key was on a laptop.',
      'status: experimental',
      'severity: high',
      'scope:',
      '  azure: { subscriptions: [all] }',
      'limit: { identities: 3, share: 1 }',
      'steps:',
      ...(principal === 'only'
        ? []
        : [
            '  - name: the certificate',
            `    select: identity.kind == "certificate" && identity.keyId == "${STOLEN}"`,
            '    interrupt: [disable]',
          ]),
      ...(principal
        ? [
            '  - name: its principal',
            `    select: identity.kind == "service-principal" && identity.appId == "${appId(APP)}"`,
            '    interrupt: [azure.service-principal.disable]',
          ]
        : []),
      '',
    ].join('\n'),
  )
  return await scene.contain(path)
}

/** Whether the token endpoint takes an assertion that this key has signed for the application. */
export async function signsIn(
  scene: Scene,
  { keyPem, pem }: Pick<Certified, 'keyPem' | 'pem'>,
): Promise<boolean> {
  const now = Math.floor(Date.now() / 1000)
  const url = `${scene.lab.endpoint}/${TENANT}/oauth2/v2.0/token`
  const x5t = createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url')
  const claims = {
    aud: url,
    iss: appId(APP),
    sub: appId(APP),
    jti: randomUUID(),
    nbf: now - 5,
    exp: now + 300,
  }
  const signed = [{ alg: 'RS256', typ: 'JWT', 'x5t#S256': x5t }, claims]
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const proof = sign('sha256', Buffer.from(signed), createPrivateKey(keyPem)).toString('base64url')
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: appId(APP),
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: `${signed}.${proof}`,
    scope: 'https://graph.microsoft.com/.default',
  })
  return (await fetch(url, { method: 'POST', body })).ok
}

/** The content of the destination, as the workload reads it. */
export interface Kept {
  tenantId: string
  clientId: string
  clientCertificate: string
  thumbprint: string
  keyId: string
  expires: string
}

export const keyOf = ({ clientCertificate }: Kept): Pick<Certified, 'keyPem' | 'pem'> => ({
  keyPem: clientCertificate,
  pem: clientCertificate.slice(clientCertificate.indexOf('-----BEGIN CERTIFICATE-----')),
})
