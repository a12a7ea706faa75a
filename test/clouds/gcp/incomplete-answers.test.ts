import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GcpClient } from '../../../src/clouds/gcp/client.ts'
import { serviceAccountDisable } from '../../../src/clouds/gcp/interruptions/service-account-disable.ts'
import { gcp } from '../../../src/clouds/gcp/provider.ts'
import type { Identity } from '../../../src/model/identity.ts'
import type { Json } from '../../../src/model/json.ts'
import type { Session } from '../../../src/model/provider.ts'
import { REAL } from '../../../src/model/timing.ts'
import { type Asked, keyFile, refusal, type Said, serve } from './loopback.ts'

const EMAIL = 'build@acme-prod.iam.gserviceaccount.com'
const NAME = `/v1/projects/acme-prod/serviceAccounts/${EMAIL}`

/** Answers as they were recorded of Google: an account without its unique id, and a policy that says the same twice. */
const ANSWERS: { readonly [asked: string]: unknown } = {
  'POST /token': { access_token: 'ya29.test', expires_in: 3600 },
  'GET /v3/projects/acme-prod': { name: 'projects/1', projectId: 'acme-prod', state: 'ACTIVE' },
  'POST /v3/projects/acme-prod:getIamPolicy': {
    bindings: [
      { role: 'roles/editor', members: [`serviceAccount:${EMAIL}`] },
      { role: 'roles/editor', members: [`serviceAccount:${EMAIL}`, 'abcdefg'] },
    ],
  },
  'GET /v1/projects/acme-prod/serviceAccounts': { accounts: [{ email: EMAIL }] },
  [`GET ${NAME}`]: { email: EMAIL },
  [`GET ${NAME}/keys`]: { keys: [{ name: `${NAME}/keys/1`, keyType: 'USER_MANAGED' }] },
  [`POST ${NAME}:getIamPolicy`]: {},
}

let server: Awaited<ReturnType<typeof serve>>
let session: Session<GcpClient>

function answer({ method, url }: Asked): Said {
  const path = decodeURIComponent(new URL(url, 'http://127.0.0.1').pathname)
  const body = ANSWERS[`${method} ${path}`]
  return body === undefined ? refusal(403, 'PERMISSION_DENIED') : { body }
}

async function listed(only?: { kind: string; name: string }[]): Promise<Identity[]> {
  const found: Identity[] = []
  const kinds = ['service-account', 'service-account-key']
  for await (const each of session.inventory({ kinds, ...(only ? { only } : {}) })) found.push(each)
  return found
}

beforeAll(async () => {
  server = await serve(answer)
  const lab = { endpoint: server.endpoint, credentials: keyFile() as Json }
  const { sessions } = await gcp.connect({ timing: REAL, scope: { projects: ['acme-prod'] }, lab })
  session = sessions[0] as Session<GcpClient>
})

afterAll(() => server.close())

describe('a service account without a unique id', () => {
  it('is listed with its keys when it is listed, and when it is looked up', async () => {
    const ids = [`gcp:acme-prod:service-account/${EMAIL}`, 'gcp:acme-prod:service-account-key/1']
    expect((await listed()).map(({ id }) => id)).toEqual(ids)
    expect((await listed([{ kind: 'service-account', name: EMAIL }])).map(({ id }) => id)).toEqual(ids)
  })

  it('reads as the same account when it is asked for by its address', async () => {
    const [identity] = await listed()
    const context = {
      run: '7f3k',
      now: '2026-01-01T00:00:00Z',
      identity: identity!,
      params: {},
      exhausted: [],
    }
    const reading = await serviceAccountDisable.read(session.client, context)
    expect([identity!.uid, reading?.uid]).toEqual([EMAIL, EMAIL])
  })
})

it('roles of a service account are listed once when the policy grants them twice', async () => {
  const [identity] = await listed()
  expect(identity!.facts.roles).toEqual([
    { role: 'roles/editor', resource: 'projects/acme-prod', condition: '' },
  ])
})
