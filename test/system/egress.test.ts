import { spawn } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RecordingProxy } from '../egress/recording-proxy.ts'
import { COMPILED } from '../programs/run.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

let folder: string
let proxy: RecordingProxy

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interdict-egress-'))
  proxy = await RecordingProxy.start(folder)
})
afterEach(() => proxy.clear())
afterAll(async () => {
  await proxy.close()
  await rm(folder, { recursive: true })
})

interface Ended {
  text: string
  code: number | null
}

/** The program with a home of its own; nothing of it may leave this machine but through the proxy. */
function interdict(args: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        INTERDICT_STATE: join(folder, 'state'),
        INTERDICT_CONFIG: join(folder, 'config'),
        AWS_EC2_METADATA_DISABLED: 'true',
        NO_COLOR: '1',
        NODE_COMPILE_CACHE: COMPILED,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 50_000,
      killSignal: 'SIGKILL',
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', data => (text += data))
    child.once('error', reject)
    child.once('close', code => resolve({ text, code }))
  })
}

const doctor = (cloud: string, env: NodeJS.ProcessEnv) =>
  interdict(['doctor', '--cloud', cloud, '--json'], { HTTPS_PROXY: proxy.url, ...env })

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAX', AWS_SECRET_ACCESS_KEY: 'x', AWS_REGION: 'eu-west-1' }

const PRINCIPAL = {
  AZURE_TENANT_ID: '11111111-1111-4111-8111-111111111111',
  AZURE_CLIENT_ID: '22222222-2222-4222-8222-222222222222',
  AZURE_CLIENT_SECRET: 'x',
}

async function googleKey(): Promise<NodeJS.ProcessEnv> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const file = join(folder, 'google.json')
  const key = {
    type: 'service_account',
    project_id: 'acme-prod',
    private_key_id: 'k',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'ir@acme-prod.iam.gserviceaccount.com',
    client_id: '1',
  }
  await writeFile(file, JSON.stringify(key), { mode: 0o600 })
  return { GOOGLE_APPLICATION_CREDENTIALS: file }
}

const caller =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ir</Arn><UserId>AIDAX</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>'

describe('AWS', () => {
  it('goes through HTTPS_PROXY with each of its services, and believes AWS_CA_BUNDLE', async () => {
    proxy.answer = (_, response, body) =>
      body.includes('GetCallerIdentity') ? response.end(caller) : response.writeHead(403).end()
    const { text } = await doctor('aws', { ...KEYS, AWS_CA_BUNDLE: proxy.ca })
    expect(text).toContain('arn:aws:iam::111122223333:user/ir')
    expect(proxy.hosts()).toEqual(
      expect.arrayContaining(['iam.amazonaws.com', 'sts.eu-west-1.amazonaws.com']),
    )
    expect(proxy.received).toContain('POST iam.amazonaws.com/')
  })

  it('sends the whole address to HTTP_PROXY for an endpoint over http', async () => {
    proxy.answer = (_, response) => response.writeHead(403).end()
    await interdict(['doctor', '--cloud', 'aws', '--json'], {
      ...KEYS,
      HTTP_PROXY: proxy.url.replace('//', '//user:p%40ss@'),
      AWS_ENDPOINT_URL: 'http://aws.invalid',
    })
    expect(proxy.asked).toContain('POST http://aws.invalid/')
    expect(proxy.authorizations[0]).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`)
  })

  it('gets the credentials of a chain of roles through it', async () => {
    await writeFile(
      join(folder, 'config'),
      [
        '[profile responder]',
        'role_arn = arn:aws:iam::111122223333:role/responder',
        'source_profile = base',
        'region = eu-west-1',
        '[profile base]',
        'aws_access_key_id = AKIAX',
        'aws_secret_access_key = x',
      ].join('\n'),
    )
    await doctor('aws', {
      AWS_PROFILE: 'responder',
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_CA_BUNDLE: proxy.ca,
    })
    expect(proxy.hosts()).toEqual(['sts.eu-west-1.amazonaws.com'])
    expect(proxy.received.length).toBeGreaterThan(0)
  })

  it('gets the credentials of single sign-on through it', async () => {
    const start = 'https://acme.awsapps.com/start'
    await mkdir(join(folder, '.aws', 'sso', 'cache'), { recursive: true })
    await writeFile(
      join(folder, '.aws', 'sso', 'cache', `${createHash('sha1').update('acme').digest('hex')}.json`),
      JSON.stringify({
        startUrl: start,
        region: 'eu-west-1',
        accessToken: 'token',
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    )
    await writeFile(
      join(folder, 'config'),
      [
        '[profile sso]',
        'sso_session = acme',
        'sso_account_id = 111122223333',
        'sso_role_name = Responder',
        'region = eu-west-1',
        '[sso-session acme]',
        `sso_start_url = ${start}`,
        'sso_region = eu-west-1',
      ].join('\n'),
    )
    await doctor('aws', {
      AWS_PROFILE: 'sso',
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_CA_BUNDLE: proxy.ca,
    })
    expect(proxy.hosts()).toEqual(['portal.sso.eu-west-1.amazonaws.com'])
    expect(proxy.received[0]).toMatch(/^GET portal\.sso\.eu-west-1\.amazonaws\.com\/federation\/credentials/)
  })

  it('connects directly where NO_PROXY names the host', async () => {
    await doctor('aws', { ...KEYS, NO_PROXY: 'aws.invalid', AWS_ENDPOINT_URL: 'https://aws.invalid' })
    expect(proxy.asked).toEqual([])
  })

  it.each([
    ['a bundle that is not there', 'no-such.pem', 'cannot be read (ENOENT)'],
    ['a bundle without a certificate', 'config', 'holds no certificate in PEM'],
  ])('reports %s', async (_, file, text) => {
    await writeFile(join(folder, 'config'), '[default]\n')
    const ended = await doctor('aws', { ...KEYS, AWS_CA_BUNDLE: join(folder, file) })
    expect(ended.text).toContain(text)
    expect(ended.code).toBe(2)
  })
})

describe('Google Cloud', () => {
  it('signs in and calls through HTTPS_PROXY', async () => {
    proxy.answer = (request, response) =>
      request.url === '/token'
        ? response
            .setHeader('content-type', 'application/json')
            .end(JSON.stringify({ access_token: 'ya29.x', expires_in: 3600, token_type: 'Bearer' }))
        : response.writeHead(403).end('{"error":{"code":403,"status":"PERMISSION_DENIED","message":"no"}}')
    await doctor('gcp', { ...(await googleKey()), NODE_EXTRA_CA_CERTS: proxy.ca })
    expect(proxy.hosts()).toEqual(
      expect.arrayContaining(['cloudresourcemanager.googleapis.com', 'oauth2.googleapis.com']),
    )
    expect(proxy.received).toContain('POST oauth2.googleapis.com/token')
    expect(proxy.received.join('\n')).toMatch(/GET cloudresourcemanager\.googleapis\.com\/v3\/projects/)
  })

  it('does not look for the metadata of this machine through it', async () => {
    // Asked for at an address of this machine, as the library lets one name it.
    await doctor('gcp', { GCE_METADATA_HOST: '127.0.0.1:9', HTTP_PROXY: proxy.url })
    expect(proxy.asked).toEqual([])
  })
})

describe('Azure', () => {
  it('signs in and calls through HTTPS_PROXY', async () => {
    const claims = Buffer.from(
      JSON.stringify({
        tid: PRINCIPAL.AZURE_TENANT_ID,
        oid: PRINCIPAL.AZURE_CLIENT_ID,
        appid: PRINCIPAL.AZURE_CLIENT_ID,
      }),
    ).toString('base64url')
    proxy.answer = (request, response) => {
      response.setHeader('content-type', 'application/json')
      const authority = `https://login.microsoftonline.com/${PRINCIPAL.AZURE_TENANT_ID}`
      if (request.url?.includes('/openid-configuration')) {
        response.end(
          JSON.stringify({
            issuer: `${authority}/v2.0`,
            authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
            token_endpoint: `${authority}/oauth2/v2.0/token`,
            jwks_uri: `${authority}/discovery/v2.0/keys`,
          }),
        )
      } else if (request.url?.includes('/oauth2/')) {
        response.end(
          JSON.stringify({ access_token: `e30.${claims}.x`, expires_in: 3600, token_type: 'Bearer' }),
        )
      } else response.writeHead(403).end('{"error":{"code":"Forbidden","message":"no"}}')
    }
    await doctor('azure', { ...PRINCIPAL, NODE_EXTRA_CA_CERTS: proxy.ca })
    expect(proxy.hosts()).toEqual(
      expect.arrayContaining(['graph.microsoft.com', 'login.microsoftonline.com', 'management.azure.com']),
    )
    expect(proxy.received.join('\n')).toMatch(/POST login\.microsoftonline\.com\/.*\/token/)
    expect(proxy.received.join('\n')).toMatch(/GET graph\.microsoft\.com\/v1\.0\//)
  })

  it('does not look for a managed identity through it', async () => {
    await doctor('azure', {
      HTTP_PROXY: proxy.url,
      NO_PROXY: '',
      IDENTITY_ENDPOINT: '',
      AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9',
    })
    expect(proxy.hosts().filter(host => /^(169\.254|127\.|localhost)/.test(host))).toEqual([])
  })
})

/** Runs `doctor` over all clouds at once, and returns the fault of each. */
async function faultsOfAll(env: NodeJS.ProcessEnv): Promise<Ended & { faults: { [cloud: string]: Fault } }> {
  const all = { HTTPS_PROXY: proxy.url, ...KEYS, ...(await googleKey()), ...PRINCIPAL, ...env }
  const ended = await interdict(['doctor', '--json'], all)
  const { accounts } = JSON.parse(ended.text) as { accounts: { cloud: string; fault: Fault }[] }
  return { ...ended, faults: Object.fromEntries(accounts.map(({ cloud, fault }) => [cloud, fault])) }
}

interface Fault {
  message: string
  next: string
}

it('a proxy that opens TLS with an authority that is not trusted is reported for each cloud, with the variable to set', async () => {
  const { faults, text, code } = await faultsOfAll({})
  expect(proxy.asked.length).toBeGreaterThan(0)
  expect(proxy.received).toEqual([])
  for (const [cloud, variable] of [
    ['aws', 'NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE'],
    ['gcp', 'NODE_EXTRA_CA_CERTS'],
    ['azure', 'NODE_EXTRA_CA_CERTS'],
  ] as const)
    expect(JSON.stringify(faults[cloud]), cloud).toContain(`set ${variable} to its PEM file`)
  expect(text).not.toContain('use-system-ca')
  expect(code).toBe(2)
})

it('a proxy that refuses is named for each cloud, with what to check and without its password', async () => {
  proxy.refuse = 407
  const { faults, text } = await faultsOfAll({ HTTPS_PROXY: proxy.url.replace('//', '//user:hunter2@') })
  for (const cloud of ['aws', 'gcp', 'azure']) {
    expect(faults[cloud]?.message, cloud).toContain(`the proxy ${proxy.url} answered 407`)
    expect(faults[cloud]?.next, cloud).toContain('check HTTPS_PROXY')
  }
  expect(text).not.toContain('hunter2')
})
