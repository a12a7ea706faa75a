import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { gcp } from '../../../src/clouds/gcp/provider.ts'
import { gcpLab } from '../../../src/lab/gcp/index.ts'
import { seedGcp } from '../../../src/lab/gcp/seed/index.ts'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import type { Json } from '../../../src/model/json.ts'
import { REAL } from '../../../src/model/timing.ts'
import { keyFile, refusal, serve } from './loopback.ts'

const ORGANIZATION = '998877665544'

let lab: Lab
let cloud: ReturnType<typeof gcpLab>

beforeAll(async () => {
  cloud = gcpLab(() => seedGcp(new Date().toISOString()))
  lab = await startLab({ clouds: [cloud], propagationMs: 0 })
})
afterAll(async () => lab.close())

const connect = (scope: Json, run = 'test') =>
  gcp.connect({
    timing: REAL,
    scope,
    run,
    lab: { endpoint: lab.endpoint, credentials: { ...cloud.responder } },
  })
const accounts = async (scope: Json) => (await connect(scope)).sessions.map(({ account }) => account)

describe('the projects of a scope', () => {
  it('are the one of the credentials when nothing is named', async () => {
    const { sessions, unreached } = await connect({})
    expect(unreached).toEqual([])
    expect(sessions).toMatchObject([
      {
        cloud: 'gcp',
        account: 'acme-prod',
        endpoint: lab.endpoint,
        caller: { name: 'incident-response@acme-prod.iam.gserviceaccount.com' },
        client: {
          project: 'acme-prod',
          projectNumber: '123456789012',
          ancestors: ['folders/100200300401', `organizations/${ORGANIZATION}`],
          assetScope: 'projects/acme-prod',
        },
      },
    ])
  })

  it('are named by id, or by number', async () => {
    expect(await accounts({ projects: ['acme-data', 'self'] })).toEqual(['acme-data', 'acme-prod'])
    expect(await accounts({ projects: ['123456789012', 'acme-prod'] })).toEqual(['acme-prod'])
  })

  it('are all below a folder or the organization', async () => {
    expect(await accounts({ folders: ['100200300401'] })).toEqual(['acme-data', 'acme-prod'])
    const { sessions } = await connect({ organization: ORGANIZATION })
    expect(sessions.map(({ account }) => account)).toEqual(['acme-data', 'acme-prod', 'acme-shop'])
    expect(sessions[0]?.client.assetScope).toBe(`organizations/${ORGANIZATION}`)
  })

  it('have every label that is asked for', async () => {
    const { projects } = cloud.estate()
    const [prod] = Object.values(projects).filter(({ id }: { id: string }) => id === 'acme-prod')
    const labels: { [name: string]: string } = prod?.labels ?? {}
    expect(Object.keys(labels)).not.toEqual([])
    expect(await accounts({ labels })).toContain('acme-prod')
    expect(await accounts({ labels: { ...labels, nobody: 'has-this' } })).toEqual([])
    expect(await accounts({ labels, folders: ['100200300402'] })).not.toContain('acme-prod')
  })

  it('that cannot be reached leave the others', async () => {
    const { sessions, unreached } = await connect({ projects: ['acme-prod', 'not-one-of-ours'] })
    expect(sessions.map(({ account }) => account)).toEqual(['acme-prod'])
    expect(unreached).toMatchObject([{ account: 'not-one-of-ours', fault: { code: 'denied' } }])
  })
})

describe('what cannot work', () => {
  it.each<[string, Json]>([
    ['an unknown option', { project: 'acme-prod' }],
    ['a project that would be another path', { projects: ['../organizations/1'] }],
    ['an address that would be another path', { impersonate: 'a@b/../c' }],
    ['no project', { projects: [] }],
    ['a folder by name', { folders: ['Production'] }],
  ])('%s is a wrong playbook', async (_, scope) => {
    await expect(connect(scope)).rejects.toMatchObject({ code: 'invalid-playbook', where: 'scope.gcp' })
  })

  it('credentials that are refused are told once', async () => {
    const server = await serve(() => ({ status: 400, body: { error: 'invalid_grant' } }))
    const { sessions, unreached } = await gcp.connect({
      timing: REAL,
      scope: { projects: ['acme-prod', 'acme-data'] },
      lab: { endpoint: server.endpoint, credentials: keyFile() as unknown as Json },
    })
    expect(sessions).toEqual([])
    expect(unreached).toMatchObject([{ account: 'self', fault: { code: 'not-authenticated' } }])
    expect(server.asked).toHaveLength(1)
    await server.close()
  })

  it('credentials of a lab that are none', async () => {
    const { unreached } = await gcp.connect({
      timing: REAL,
      scope: {},
      lab: { endpoint: lab.endpoint, credentials: {} },
    })
    expect(unreached).toMatchObject([{ account: 'self', fault: { code: 'not-authenticated' } }])
  })

  it('what is above and may not be read is told, and not looked beyond', async () => {
    const server = await serve(({ url }) => {
      if (url === '/token') return { body: { access_token: 'x', expires_in: 3600 } }
      if (url.startsWith('/v3/projects/')) {
        return { body: { name: 'projects/1', projectId: 'acme-prod', parent: 'folders/7', state: 'ACTIVE' } }
      }
      return refusal(403, 'PERMISSION_DENIED')
    })
    const { sessions } = await gcp.connect({
      timing: REAL,
      scope: {},
      lab: { endpoint: server.endpoint, credentials: keyFile() as unknown as Json },
    })
    expect(sessions).toMatchObject([
      {
        client: { ancestors: [] },
        warnings: [{ message: expect.stringContaining('folders/7'), refuse: false }],
      },
    ])
    await server.close()
  })
})

it('acts as another service account where the scope says so', async () => {
  const server = await serve(({ url }) => {
    if (url === '/token') return { body: { access_token: 'own', expires_in: 3600 } }
    if (url.endsWith(':generateAccessToken')) {
      return { body: { accessToken: 'another', expireTime: new Date(Date.now() + 3_600_000).toISOString() } }
    }
    return { body: { name: 'projects/1', projectId: 'acme-prod', displayName: 'Production' } }
  })
  const { sessions } = await gcp.connect({
    timing: REAL,
    scope: { impersonate: 'break-glass@acme-prod.iam.gserviceaccount.com', quotaProject: 'acme-quota' },
    run: '7f3k',
    lab: { endpoint: server.endpoint, credentials: keyFile() as unknown as Json },
  })
  expect(sessions).toMatchObject([
    { alias: 'Production', caller: { name: 'break-glass@acme-prod.iam.gserviceaccount.com' } },
  ])
  expect(server.asked.at(-1)?.headers).toMatchObject({
    authorization: 'Bearer another',
    'x-goog-request-reason': 'interdict-7f3k',
    'x-goog-user-project': 'acme-quota',
  })
  await server.close()
})

describe('outside of a lab', () => {
  const before = { ...process.env }
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  })

  it('looks at the environment as Google’s tools do, and at the endpoint of an emulator', async () => {
    const server = await serve(({ url }) => {
      if (url === '/token') return { body: { access_token: 'own', expires_in: 3600 } }
      if (url.endsWith(':generateAccessToken')) {
        return {
          body: { accessToken: 'another', expireTime: new Date(Date.now() + 3_600_000).toISOString() },
        }
      }
      return { body: { name: 'projects/2', projectId: 'acme-data' } }
    })
    const folder = await mkdtemp(join(tmpdir(), 'interdict-gcp-'))
    await writeFile(join(folder, 'key.json'), JSON.stringify(keyFile()))
    Object.assign(process.env, {
      INTERDICT_GCP_ENDPOINT: server.endpoint,
      GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'key.json'),
      GOOGLE_CLOUD_PROJECT: 'acme-data',
      GOOGLE_CLOUD_QUOTA_PROJECT: 'acme-quota',
      CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: 'break-glass@acme-prod.iam.gserviceaccount.com',
    })
    const { sessions, unreached } = await gcp.connect({ timing: REAL, scope: {} })
    expect(unreached).toEqual([])
    expect(sessions).toMatchObject([
      {
        account: 'acme-data',
        caller: { name: 'break-glass@acme-prod.iam.gserviceaccount.com' },
        endpoint: server.endpoint,
      },
    ])
    expect(sessions[0]?.advice).toEqual([])
    delete process.env['GOOGLE_CLOUD_QUOTA_PROJECT']
    const without = await gcp.connect({ timing: REAL, scope: {} })
    // Charged is the project of whom we act as.
    expect(without.sessions[0]?.advice).toEqual([
      expect.stringMatching(/counted against project acme-prod, .* Set GOOGLE_CLOUD_QUOTA_PROJECT/),
    ])
    process.env['GOOGLE_CLOUD_QUOTA_PROJECT'] = 'acme-quota'
    await gcp.connect({ timing: REAL, scope: {} })
    const last = server.asked.at(-1)
    expect(last?.url).toBe('/v3/projects/acme-data')
    expect(last?.headers['x-goog-user-project']).toBe('acme-quota')
    await server.close()
    await rm(folder, { recursive: true })
  })

  it('says what is missing where there are no credentials', async () => {
    process.env.GOOGLE_APPLICATION_CREDENTIALS = '/nowhere/key.json'
    const { sessions, unreached } = await gcp.connect({ timing: REAL, scope: {} })
    expect(sessions).toEqual([])
    expect(unreached).toMatchObject([{ account: 'self', fault: { code: 'not-authenticated' } }])
  })
})
