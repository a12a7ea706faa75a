import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
} from '@azure/identity'
import { describe, expect, onTestFinished, test } from 'vitest'
import { workflowToken } from '../../../src/lab/actors/azure-credentials.ts'
import { appId, secretOf, TENANT } from '../../../src/lab/azure/seed/index.ts'
import { type OverTls, overTls } from './over-tls.ts'
import { ARM, GRAPH, type Town, town } from './town.ts'
import { type Certified, certify, thumbprintOf } from './x509.ts'

async function secured({ lab }: Town): Promise<OverTls> {
  const proxy = await overTls(lab.endpoint)
  onTestFinished(() => proxy.close())
  return proxy
}

function options({ endpoint, authority }: OverTls) {
  return {
    authorityHost: endpoint,
    disableInstanceDiscovery: true,
    tlsOptions: { ca: authority },
    retryOptions: { maxRetries: 0 },
  }
}

describe('the real sign-in library, over TLS with a private CA', () => {
  test('gets a token for a client secret, and Graph takes it', async () => {
    const here = await town()
    const more = options(await secured(here))
    const { clientId, clientSecret } = here.lab.responders['azure'] as {
      clientId: string
      clientSecret: string
    }
    const { token } = await new ClientSecretCredential(TENANT, clientId, clientSecret, more).getToken(
      `${GRAPH}/.default`,
    )
    expect((await here.call('GET', '/v1.0/organization', token)).status).toBe(200)
  })

  test('gets a token for what GitHub says of a workflow', async () => {
    const here = await town()
    const more = options(await secured(here))
    const assertion = async () => workflowToken('repo:acme/docs:ref:refs/heads/main')
    const credential = new ClientAssertionCredential(TENANT, appId('docs-deploy'), assertion, more)
    expect((await credential.getToken(`${ARM}/.default`)).token).toMatch(/^ey/)
    const other = async () => workflowToken('repo:acme/docs:pull_request')
    const refused = new ClientAssertionCredential(TENANT, appId('docs-deploy'), other, more)
    await expect(refused.getToken(`${ARM}/.default`)).rejects.toThrow(/AADSTS700213/)
  })

  test('signs in with a certificate that the application has, and with no other', async () => {
    const [known, unknown] = [certify('ledger'), certify('stranger')]
    const here = await town(({ applications }) => {
      const application = applications.find(({ displayName }) => displayName === 'ledger-sync')
      application?.keyCredentials.push({
        keyId: '11111111-1111-4111-8111-111111111111',
        type: 'AsymmetricX509Cert',
        usage: 'Verify',
        displayName: 'CN=ledger',
        startDateTime: '2026-01-01T00:00:00.000Z',
        endDateTime: '2199-01-01T00:00:00.000Z',
        customKeyIdentifier: thumbprintOf(known.der),
        key: known.der.toString('base64'),
      })
    })
    const more = options(await secured(here))
    const as = ({ pem, keyPem }: Certified) =>
      new ClientCertificateCredential(TENANT, appId('ledger-sync'), { certificate: `${keyPem}${pem}` }, more)
    expect((await as(known).getToken(`${ARM}/.default`)).token).toMatch(/^ey/)
    await expect(as(unknown).getToken(`${ARM}/.default`)).rejects.toThrow(/AADSTS700027/)
  })

  test('is told when an application is disabled', async () => {
    const here = await town()
    const more = options(await secured(here))
    const [app, secret] = [appId('retired-importer'), secretOf('retired-importer/old')]
    const credential = new ClientSecretCredential(TENANT, app, secret, more)
    await expect(credential.getToken(`${ARM}/.default`)).rejects.toThrow(/AADSTS7000112/)
  })
})
