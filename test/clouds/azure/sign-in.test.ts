import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { privateAuthority } from './private-authority.ts'
import { bearer, jwt, type Received, TENANT } from './scripted-azure.ts'

const run = promisify(execFile)
const program = fileURLToPath(new URL('./sign-in.ts', import.meta.url))
const CLIENT = '22222222-2222-4222-8222-222222222222'
const OBJECT = '33333333-3333-4333-8333-333333333333'
const SUBSCRIPTION = '99999999-9999-4999-8999-999999999999'
const CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'

let folder: string
let server: Server
let endpoint: string
let received: Received[] = []

const forms = () =>
  received
    .filter(({ url }) => url.includes('/oauth2/v2.0/token'))
    .map(({ text }) => new URLSearchParams(text))

/** Everything on one host, as an emulator is: Entra's metadata and tokens, Graph, ARM. */
function answer({ url, headers, text, method }: Received): {
  status: number
  body: unknown
  challenge?: string
} {
  const { pathname } = new URL(url, endpoint)
  if (pathname.endsWith('/.well-known/openid-configuration')) {
    const at = `${endpoint}/${pathname.split('/')[1]}`
    return {
      status: 200,
      body: {
        issuer: `${at}/v2.0`,
        token_endpoint: `${at}/oauth2/v2.0/token`,
        authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
        jwks_uri: `${at}/discovery/v2.0/keys`,
      },
    }
  }
  if (pathname.endsWith('/oauth2/v2.0/token')) {
    const form = new URLSearchParams(text)
    const aud = form.get('scope')?.split(' ')[0]?.replace('/.default', '')
    const claims = { aud, oid: OBJECT, appid: CLIENT, tid: TENANT, roles: [], challenged: form.has('claims') }
    return { status: 200, body: { token_type: 'Bearer', expires_in: 3_599, access_token: jwt(claims) } }
  }
  const { aud, challenged } = bearer({ url, headers, text, method })
  const graph = /^\/(v1\.0|beta)\//.test(pathname)
  if (aud !== (graph ? 'https://graph.microsoft.com' : 'https://management.azure.com')) {
    return {
      status: 401,
      body: { error: { code: 'InvalidAuthenticationToken', message: `audience ${aud}` } },
    }
  }
  if (pathname === '/v1.0/challenged' && !challenged) {
    const encoded = Buffer.from(CLAIMS).toString('base64')
    return { status: 401, body: {}, challenge: `Bearer error="insufficient_claims", claims="${encoded}"` }
  }
  if (pathname === '/subscriptions') {
    const one = { subscriptionId: SUBSCRIPTION, displayName: 'prod', state: 'Enabled', tenantId: TENANT }
    return { status: 200, body: { value: [one] } }
  }
  if (pathname === `/v1.0/servicePrincipals/${OBJECT}`) {
    return { status: 200, body: { id: OBJECT, appId: CLIENT, displayName: 'responder' } }
  }
  if (pathname === '/v1.0/organization') return { status: 200, body: { value: [{ displayName: 'Acme' }] } }
  if (pathname === '/v1.0/roleManagement/directory/roleAssignments')
    return { status: 200, body: { value: [] } }
  const known = ['/v1.0/challenged', '/subscriptions/again'].includes(pathname)
  return known
    ? { status: 200, body: {} }
    : { status: 404, body: { error: { code: 'Request_ResourceNotFound', message: '-' } } }
}

const file = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interdict-azure-'))
  await privateAuthority(folder)
  await writeFile(
    file('app.pem'),
    (await readFile(file('app.key'))) + (await readFile(file('app.crt'), 'utf8')),
  )
  await writeFile(file('token'), jwt({ iss: 'https://token.actions.githubusercontent.com', sub: 'repo:a/b' }))
  server = createServer(
    { key: await readFile(file('host.key')), cert: await readFile(file('host.pem')) },
    async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      const { method = '', url = '', headers } = request
      const one: Received = { method, url, headers, text }
      received.push(one)
      const { status, body, challenge } = answer(one)
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
      })
      response.end(JSON.stringify(body))
    },
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  endpoint = `https://localhost:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await rm(folder, { recursive: true })
})

beforeEach(() => {
  received = []
})

async function signIn(scope: object, env: { [name: string]: string }, ...more: string[]) {
  const { stdout } = await run(process.execPath, [program, JSON.stringify(scope), ...more], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      NODE_EXTRA_CA_CERTS: file('ca.pem'),
      INTERDICT_AZURE_ENDPOINT: endpoint,
      AZURE_TENANT_ID: TENANT,
      AZURE_CLIENT_ID: CLIENT,
      ...env,
    },
  })
  return JSON.parse(stdout)
}

const signedIn = {
  account: TENANT,
  alias: 'Acme',
  caller: { name: `responder (${CLIENT})`, uids: [OBJECT] },
  subscriptions: [{ id: SUBSCRIPTION, name: 'prod' }],
  warnings: [],
  unreached: [],
}

test('a client secret, by the real library over TLS of a private authority', async () => {
  const result = await signIn({}, { AZURE_CLIENT_SECRET: 's3cr3t-t3xt' }, 'again')
  expect(result).toMatchObject({ ...signedIn, endpoint })
  const [first] = forms()
  expect(first?.get('grant_type')).toBe('client_credentials')
  expect(first?.get('client_secret')).toBe('s3cr3t-t3xt')
  const scopes = forms().map(form => form.get('scope')?.split(' ')[0])
  expect(new Set(scopes)).toEqual(
    new Set(['https://graph.microsoft.com/.default', 'https://management.azure.com/.default']),
  )
  // One token for each service, and one more for the challenge.
  expect(forms()).toHaveLength(3)
  expect(forms().filter(form => form.get('claims')?.includes('1700000000'))).toHaveLength(1)
})

test('a federated token from a file', async () => {
  const env = { AZURE_FEDERATED_TOKEN_FILE: file('token') }
  expect(await signIn({ credential: 'workload-identity', tenant: TENANT }, env)).toMatchObject(signedIn)
  const [first] = forms()
  expect(first?.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
  expect(first?.get('client_assertion')).toBe(await readFile(file('token'), 'utf8'))
})

test('a certificate', async () => {
  const env = { AZURE_CLIENT_CERTIFICATE_PATH: file('app.pem') }
  expect(await signIn({ credential: 'environment' }, env)).toMatchObject(signedIn)
  const assertion = forms()[0]?.get('client_assertion') ?? ''
  const claims = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8'))
  expect(claims).toMatchObject({ iss: CLIENT, sub: CLIENT })
})

test('nothing is sent to a host whose certificate nobody vouches for', async () => {
  const result = await signIn({}, { AZURE_CLIENT_SECRET: 's3cr3t-t3xt', NODE_EXTRA_CA_CERTS: '' })
  expect(result.unreached).toHaveLength(1)
  expect(JSON.stringify(result)).not.toContain('s3cr3t-t3xt')
  expect(received).toEqual([])
})

test('the tenant that was asked for is the one that is signed in to', async () => {
  const tenant = '44444444-4444-4444-8444-444444444444'
  const result = await signIn({ tenant }, { AZURE_CLIENT_SECRET: 's3cr3t-t3xt' })
  expect(result.account).toBeUndefined()
  expect(result.unreached).toMatchObject([{ account: tenant, fault: { code: 'wrong-target' } }])
})
