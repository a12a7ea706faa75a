import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { azureLab } from '../../../src/lab/azure/index.ts'
import { seedAzure } from '../../../src/lab/azure/seed/index.ts'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import { type OverTls, overTls } from '../../lab/azure/over-tls.ts'
import { jwt } from './scripted-azure.ts'

const run = promisify(execFile)
const program = fileURLToPath(new URL('./sign-in.ts', import.meta.url))
const estate = seedAzure(new Date().toISOString())
const federated = estate.federatedCredentials.find(({ subject }) => subject !== null)
const application = estate.applications.find(({ id }) => id === federated?.application)

let folder: string
let lab: Lab
let proxy: OverTls

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interdict-azure-'))
  estate.switches.pageSize = 7
  lab = await startLab({ clouds: [azureLab(() => estate)], propagationMs: 0 })
  proxy = await overTls(lab.endpoint)
  await writeFile(join(folder, 'ca.pem'), proxy.authority)
})

afterAll(async () => {
  await proxy.close()
  await lab.close()
  await rm(folder, { recursive: true })
})

async function signIn(scope: object, env: { [name: string]: string }, ...more: string[]) {
  const { stdout } = await run(process.execPath, [program, JSON.stringify(scope), ...more], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      INTERDICT_AZURE_ENDPOINT: proxy.endpoint,
      AZURE_TENANT_ID: estate.tenant.id,
      ...env,
    },
  })
  return JSON.parse(stdout)
}

test('the lab is signed in to by the real library with a secret, and listed whole over TLS', async () => {
  const { clientId, clientSecret } = estate.responder
  const result = await signIn({}, { AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: clientSecret }, 'list')
  expect(result).toMatchObject({ account: estate.tenant.id, unreached: [], warnings: [] })
  expect(result.caller.name).toContain(clientId)
  const { servicePrincipals, applications, federatedCredentials, identities } = estate
  const holders = [...servicePrincipals, ...applications]
  expect(result.listed).toBe(
    holders.length +
      holders.flatMap(each => [...each.passwordCredentials, ...each.keyCredentials]).length +
      federatedCredentials.length +
      identities.flatMap(each => each.federatedCredentials).length,
  )
})

test('with a federated token, as a pipeline does', async () => {
  const now = Math.floor(Date.now() / 1_000)
  const { issuer: iss, subject: sub, audiences } = federated ?? {}
  const token = jwt({ iss, sub, aud: audiences?.[0], iat: now, nbf: now, exp: now + 300 })
  await writeFile(join(folder, 'token'), token)
  const env = { AZURE_CLIENT_ID: application?.appId ?? '', AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token') }
  const result = await signIn({ credential: 'workload-identity' }, env)
  expect(result.account).toBe(estate.tenant.id)
  const principal = estate.servicePrincipals.find(({ appId }) => appId === application?.appId)
  expect(result.caller.uids).toContain(principal?.id)
})

test('an application that is not there is told so, without a stack trace', async () => {
  const env = { AZURE_CLIENT_ID: '00000000-0000-4000-8000-000000000000', AZURE_CLIENT_SECRET: 's3cr3t-t3xt' }
  const result = await signIn({}, env)
  expect(result.account).toBeUndefined()
  expect(result.unreached).toMatchObject([{ fault: { code: 'not-authenticated' } }])
  expect(JSON.stringify(result)).not.toContain('s3cr3t-t3xt')
})
