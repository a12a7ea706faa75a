import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hostsOf } from '../../../src/clouds/gcp/http/hosts.ts'
import { actAs, authorizationOf, signIn } from '../../../src/clouds/gcp/sign-in/auth.ts'
import { callerOf, introduced, selfOf, warningsFor } from '../../../src/clouds/gcp/sign-in/caller.ts'
import { findCredentials, parseCredentials } from '../../../src/clouds/gcp/sign-in/credential-file.ts'
import { type Asked, keyFile, type Said, serve } from './loopback.ts'

const EXPIRES = new Date(Date.now() + 3_600_000).toISOString()
const RESPONDER = 'responder@acme-prod.iam.gserviceaccount.com'
const BREAK_GLASS = 'break-glass@acme-prod.iam.gserviceaccount.com'
const PROVIDER = 'projects/123/locations/global/workloadIdentityPools/github/providers/actions'

/** Answers as Google's token endpoints do. */
function google({ url }: Asked): Said {
  if (url === '/token') return { body: { access_token: 'from-key', expires_in: 3600, token_type: 'Bearer' } }
  if (url === '/v1/token')
    return { body: { access_token: 'federated', expires_in: 3600, token_type: 'Bearer' } }
  if (url === '/tokeninfo') return { body: { email: 'jo@acme.example', scope: 'openid' } }
  if (url.endsWith(':generateAccessToken'))
    return { body: { accessToken: 'as-another', expireTime: EXPIRES } }
  return { status: 404 }
}

let folder = ''
let servers: (() => Promise<void>)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interdict-gcp-'))
  await writeFile(join(folder, 'subject-token'), 'a.jwt.of-the-pipeline')
})
afterAll(async () => rm(folder, { recursive: true }))
afterEach(async () => {
  for (const close of servers) await close()
  servers = []
})

async function against(answer: (asked: Asked, nth: number) => Said | undefined = google) {
  const server = await serve(answer)
  servers.push(server.close)
  const hosts = hostsOf(undefined, server.endpoint)
  return { server, hosts, sign: (file: unknown) => signIn(parseCredentials(file, 'a file'), hosts) }
}

const federated = (more: Record<string, unknown> = {}) => ({
  type: 'external_account',
  audience: `//iam.googleapis.com/${PROVIDER}`,
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: { file: join(folder, 'subject-token') },
  ...more,
})
const through = (email: string) =>
  `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`

describe('ways to sign in', () => {
  it('a key file', async () => {
    const { server, hosts, sign } = await against()
    const { client, chain, project } = await sign(keyFile())
    expect(await authorizationOf(client, hosts.origin('iam'))).toBe('Bearer from-key')
    expect(server.asked).toMatchObject([{ method: 'POST', url: '/token' }])
    const assertion = new URLSearchParams(server.asked[0]?.body).get('assertion')?.split('.')[1] ?? ''
    expect(JSON.parse(Buffer.from(assertion, 'base64url').toString())).toMatchObject({
      iss: RESPONDER,
      aud: 'https://oauth2.googleapis.com/token',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    })
    expect(project).toBe('acme-prod')
    expect(selfOf(chain)).toMatchObject({
      emails: [RESPONDER],
      uids: ['100000000000000000001'],
      keys: ['key-1'],
    })
  })

  it('as another service account, through a third', async () => {
    const { server, hosts, sign } = await against()
    const source = await sign(keyFile())
    const { client, chain } = await actAs(
      source,
      ['hop@acme-prod.iam.gserviceaccount.com', BREAK_GLASS],
      hosts,
    )
    expect(await authorizationOf(client, hosts.origin('iam'))).toBe('Bearer as-another')
    const [, asked] = server.asked
    expect(asked?.url).toBe(`/v1/projects/-/serviceAccounts/${BREAK_GLASS}:generateAccessToken`)
    expect(asked?.headers.authorization).toBe('Bearer from-key')
    expect(JSON.parse(asked?.body ?? '')).toMatchObject({
      delegates: ['projects/-/serviceAccounts/hop@acme-prod.iam.gserviceaccount.com'],
      lifetime: '3600s',
    })
    expect(selfOf(chain).emails).toEqual([BREAK_GLASS, 'hop@acme-prod.iam.gserviceaccount.com', RESPONDER])
    expect(callerOf(chain).name).toBe(BREAK_GLASS)
  })

  it('a file that says to act as another', async () => {
    const { hosts, sign } = await against()
    const { client, chain } = await sign({
      type: 'impersonated_service_account',
      service_account_impersonation_url: through(BREAK_GLASS),
      source_credentials: keyFile(),
      delegates: ['projects/-/serviceAccounts/hop@acme-prod.iam.gserviceaccount.com'],
    })
    expect(await authorizationOf(client, hosts.origin('iam'))).toBe('Bearer as-another')
    expect(selfOf(chain)).toMatchObject({
      emails: [BREAK_GLASS, 'hop@acme-prod.iam.gserviceaccount.com', RESPONDER],
      keys: ['key-1'],
    })
  })

  it('workload identity federation', async () => {
    const { server, hosts, sign } = await against()
    const { client, chain } = await sign(federated())
    expect(await authorizationOf(client, hosts.origin('iam'))).toBe('Bearer federated')
    expect(new URLSearchParams(server.asked[0]?.body).get('subject_token')).toBe('a.jwt.of-the-pipeline')
    expect(selfOf(chain).federation).toEqual([PROVIDER, PROVIDER.replace('/providers/actions', '')])
    expect(warningsFor(chain)).toEqual([])
  })

  it('workload identity federation, then as a service account', async () => {
    const { server, hosts, sign } = await against()
    const { client, chain } = await sign(federated({ service_account_impersonation_url: through(RESPONDER) }))
    expect(await authorizationOf(client, hosts.origin('iam'))).toBe('Bearer as-another')
    expect(server.asked.map(({ url }) => url)).toEqual([
      '/v1/token',
      `/v1/projects/-/serviceAccounts/${RESPONDER}:generateAccessToken`,
    ])
    expect(chain).toMatchObject([{ email: RESPONDER }, { provider: PROVIDER }])
  })

  it('a person, who is asked of Google', async () => {
    const { server, hosts, sign } = await against()
    const signedIn = await sign({
      type: 'authorized_user',
      client_id: 'id',
      client_secret: 'secret',
      refresh_token: 'refresh',
    })
    const chain = await introduced(signedIn, hosts, undefined)
    expect(callerOf(chain).name).toBe('jo@acme.example')
    expect(warningsFor(chain)).toEqual([])
    expect(server.asked.at(-1)).toMatchObject({
      method: 'POST',
      url: '/tokeninfo',
      body: 'access_token=from-key',
    })
  })

  it('nobody acts whose name is not known', async () => {
    const { hosts, sign } = await against(asked =>
      asked.url === '/tokeninfo' ? { status: 400, body: { error: 'invalid_token' } } : google(asked),
    )
    const file = { type: 'authorized_user', client_id: 'id', client_secret: 's', refresh_token: 'r' }
    expect(warningsFor(await introduced(await sign(file), hosts, undefined))).toMatchObject([
      { refuse: true },
    ])
  })
})

describe('failures', () => {
  it('are told as what they are, and not repeated by the library', async () => {
    for (const [status, error] of [
      [400, { name: 'Fault', code: 'not-authenticated' }],
      [503, { name: 'GoogleError', http: 503 }],
    ] as const) {
      const { server, hosts, sign } = await against(() => ({
        status,
        body: { error: 'invalid_grant', error_description: 'no' },
      }))
      const { client } = await sign(keyFile())
      await expect(authorizationOf(client, hosts.origin('iam'))).rejects.toMatchObject(error)
      expect(server.asked).toHaveLength(1)
    }
  })

  it('a refused impersonation is no lacking permission of the run', async () => {
    const { hosts, sign } = await against(asked =>
      asked.url.endsWith(':generateAccessToken')
        ? { status: 403, body: { error: { code: 403, status: 'PERMISSION_DENIED', message: 'no' } } }
        : google(asked),
    )
    const { client } = await actAs(await sign(keyFile()), [BREAK_GLASS], hosts)
    await expect(authorizationOf(client, hosts.origin('iam'))).rejects.toMatchObject({
      code: 'not-authenticated',
      next: expect.stringContaining('serviceAccountTokenCreator'),
    })
  })
})

describe('credential files are not trusted', () => {
  it.each<[string, Record<string, unknown>]>([
    ['a key file', keyFile({ token_uri: 'https://evil.example/token' })],
    ['federation', federated({ token_url: 'https://sts.googleapis.com.evil.example/v1/token' })],
    [
      'federation with impersonation',
      federated({
        service_account_impersonation_url: through('x@y').replace('googleapis.com', 'evil.example'),
      }),
    ],
    [
      'impersonation',
      {
        type: 'impersonated_service_account',
        service_account_impersonation_url: 'http://evil.example/serviceAccounts/a@b:generateAccessToken',
        source_credentials: keyFile(),
      },
    ],
  ])('%s that leads elsewhere is refused', async (_, file) => {
    const { server, sign } = await against()
    await expect(sign(file)).rejects.toThrow(/which is not Google's/)
    expect(server.asked).toEqual([])
  })

  it('a file for another universe is refused, and says what to set', async () => {
    const file = parseCredentials(keyFile({ universe_domain: 's3nsapis.fr' }), 'a file')
    await expect(signIn(file, hostsOf())).rejects.toMatchObject({
      code: 'not-authenticated',
      next: 'GOOGLE_CLOUD_UNIVERSE_DOMAIN=s3nsapis.fr',
    })
  })

  it('what is wrong with one is told without what is in it', async () => {
    const broken = keyFile({ client_email: undefined })
    expect(() => parseCredentials(broken, 'key.json')).toThrow(
      'key.json: not credentials that we know (client_email)',
    )
    expect(() => parseCredentials({ type: 'other' }, 'x')).toThrow(/type/)
    const path = join(folder, 'broken.json')
    await writeFile(path, '{"private_key": "-----BEGIN')
    await expect(findCredentials(path, {})).rejects.toThrow(/broken\.json: not JSON$/)
    await expect(findCredentials(join(folder, 'none.json'), {})).rejects.toThrow(/ENOENT/)
  })

  it('are found where Google’s tools put them', async () => {
    expect(await findCredentials(undefined, { CLOUDSDK_CONFIG: join(folder, 'nothing') })).toBeUndefined()
    await writeFile(join(folder, 'application_default_credentials.json'), JSON.stringify(keyFile()))
    expect(await findCredentials(undefined, { CLOUDSDK_CONFIG: folder })).toMatchObject({
      client_email: RESPONDER,
    })
    const named = join(folder, 'named.json')
    await writeFile(
      named,
      JSON.stringify(keyFile({ client_email: 'named@acme-prod.iam.gserviceaccount.com' })),
    )
    const environment = { CLOUDSDK_CONFIG: folder, GOOGLE_APPLICATION_CREDENTIALS: named }
    expect(await findCredentials(undefined, environment)).toMatchObject({
      client_email: expect.stringMatching(/^named/),
    })
  })
})
