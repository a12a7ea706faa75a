import { afterEach, describe, expect, it } from 'vitest'
import { newcomers as ofAws } from '../../src/clouds/aws/inventory/newcomers.ts'
import { newcomers as ofAzure } from '../../src/clouds/azure/inventory/newcomers.ts'
import { gcpClient } from '../../src/clouds/gcp/client.ts'
import { newcomers as ofGcp } from '../../src/clouds/gcp/inventory/newcomers.ts'
import { digestOf } from '../../src/model/newcomer.ts'
import type { Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import { awsCase } from '../cases/aws.ts'
import { azureCase } from '../cases/azure.ts'
import { type Case, openCase } from '../cases/case.ts'
import { gcpCase } from '../cases/gcp.ts'
import { tokenOf } from '../lab/gcp/hq.ts'
import { answer, fail, ScriptedIam } from './aws/scripted-iam.ts'
import { ScriptedAzure } from './azure/scripted-azure.ts'
import { refusal, type Said, serve, transportTo } from './gcp/loopback.ts'

const SINCE = '2026-11-30T04:00:00.500Z'
const BEFORE = '2026-11-30T03:59:59Z'
const AFTER = '2026-11-30T04:00:07Z'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

describe('AWS', () => {
  const user = (name: string, at: string) =>
    `<member><UserName>${name}</UserName><UserId>AIDA${name}</UserId><Path>/</Path><Arn>a</Arn><CreateDate>${at}</CreateDate></member>`
  const role = (name: string, at: string) =>
    `<member><RoleName>${name}</RoleName><RoleId>AROA${name}</RoleId><Path>/</Path><Arn>a</Arn><CreateDate>${at}</CreateDate></member>`
  const key = (id: string, at: string) =>
    `<member><AccessKeyId>${id}</AccessKeyId><Status>Active</Status><CreateDate>${at}</CreateDate></member>`

  async function scripted() {
    const iam = await new ScriptedIam().start()
    closers.push(() => iam.stop())
    return iam
  }

  it('finds users, roles and keys by when they were created, with the command that asks CloudTrail who', async () => {
    const iam = await scripted()
    iam.script = ({ action, input }, response) => {
      if (action === 'ListUsers') {
        answer(response, `<Users>${user('old', BEFORE)}${user('new', AFTER)}</Users>`, action)
      } else if (action === 'ListRoles') {
        answer(
          response,
          `<Roles>${role('back', '2026-11-30T04:00:00Z')}${role('was', BEFORE)}</Roles>`,
          action,
        )
      } else if (action === 'ListAccessKeys' && input.UserName === 'new') {
        fail(response, 'NoSuchEntity', 404)
      } else {
        const keys = `${key('AKIAOLD', BEFORE)}${key('AKIANEW', AFTER)}`
        answer(response, `<AccessKeyMetadata>${keys}</AccessKeyMetadata>`, action)
      }
    }
    const { found, problems } = await ofAws(iam.client(), { time: SINCE })
    expect(problems).toEqual([])
    expect(found.map(({ identity: { kind, name, uid } }) => [kind, name, uid])).toEqual([
      ['role', 'back', 'AROAback'],
      ['user', 'new', 'AIDAnew'],
      ['access-key', 'AKIANEW', 'AKIANEW'],
    ])
    expect(found[0]).toMatchObject({
      created: '2026-11-30T04:00:00.000Z',
      ask: `aws cloudtrail lookup-events --region us-east-1 --start-time ${SINCE} --lookup-attributes AttributeKey=ResourceName,AttributeValue=back`,
    })
    expect(found[2]?.identity.owner).toContain('user/old')
  })

  it('makes no command of a name that a shell would act on', async () => {
    const iam = await scripted()
    iam.script = ({ action }, response) =>
      answer(response, action === 'ListRoles' ? `<Roles>${role('$(id)', AFTER)}</Roles>` : '', action)
    const { found } = await ofAws(iam.client(), { time: SINCE })
    expect(found).toHaveLength(1)
    expect(found[0]?.ask).toBeUndefined()
  })

  it('says that keys are not looked for where there are many users', async () => {
    const iam = await scripted()
    const many = Array.from({ length: 101 }, (_, at) => user(`u${at}`, BEFORE)).join('')
    iam.script = ({ action }, response) =>
      answer(response, action === 'ListUsers' ? `<Users>${many}</Users>` : '', action)
    const { problems } = await ofAws(iam.client(), { time: SINCE })
    expect(problems).toEqual([expect.stringContaining('101 users')])
    expect(iam.received.map(({ action }) => action).sort()).toEqual(['ListRoles', 'ListUsers'])
  })
})

describe('Google Cloud', () => {
  const email = (name: string) => `${name}@town.iam.gserviceaccount.com`
  const account = (name: string) => ({ name: `x/${email(name)}`, email: email(name), uniqueId: `1${name}` })
  const accounts = { accounts: ['old', 'new'].map(account) }
  const entry = (method: string, response: object) => ({
    timestamp: AFTER,
    protoPayload: {
      methodName: `google.iam.admin.v1.${method}`,
      authenticationInfo: { principalEmail: email('thief') },
      response,
    },
  })
  const known = new Set([digestOf('1old')])

  async function client(log: Said) {
    const server = await serve(({ url }) => (url.startsWith('/v2/entries:list') ? log : { body: accounts }))
    closers.push(() => server.close())
    return {
      server,
      client: gcpClient({
        timing: REAL,
        project: 'town',
        projectNumber: '1',
        ancestors: [],
        transport: transportTo(server.endpoint),
        authClient: {} as never,
      }),
    }
  }

  it('finds accounts that were not there before, and keys, with who made them by the log', async () => {
    const entries = [
      entry('CreateServiceAccount', { email: email('new'), unique_id: '1new' }),
      entry('CreateServiceAccountKey', { name: `projects/town/serviceAccounts/${email('old')}/keys/abc` }),
    ]
    const { client: it, server } = await client({ body: { entries } })
    const { found, problems } = await ofGcp(it, { time: SINCE, known })
    expect(problems).toEqual([])
    expect(found).toMatchObject([
      { identity: { kind: 'service-account', name: email('new'), uid: '1new' }, created: AFTER },
      { identity: { kind: 'service-account-key', name: 'abc' }, maker: { name: email('thief') } },
    ])
    expect(found[0]?.maker).toEqual({ name: email('thief') })
    expect(server.asked.find(({ url }) => url.startsWith('/v2/'))?.body).toContain(
      `timestamp>=\\"${SINCE}\\"`,
    )
  })

  it('finds accounts without the log, and says what is not known without it', async () => {
    const { client: it } = await client(refusal(403, 'PERMISSION_DENIED', 'no logs for you'))
    const { found, problems } = await ofGcp(it, { time: SINCE, known })
    expect(found.map(({ identity }) => identity.name)).toEqual([email('new')])
    expect(found[0]).not.toHaveProperty('maker')
    expect(problems).toEqual([expect.stringContaining('no logs for you')])
  })

  it('says that it does not know who was there where the run did not note it', async () => {
    const { client: it } = await client({ body: {} })
    const { found, problems } = await ofGcp(it, { time: SINCE })
    expect(found).toEqual([])
    expect(problems).toEqual([expect.stringContaining('not known')])
  })
})

describe('Azure', () => {
  const application = { id: 'a-new', appId: 'app', displayName: 'backup', createdDateTime: AFTER }
  const principal = {
    id: 'p-old',
    displayName: 'payroll',
    servicePrincipalType: 'Application',
    createdDateTime: BEFORE,
    passwordCredentials: [
      { keyId: 'k-old', startDateTime: BEFORE, endDateTime: '2030-01-01T00:00:00Z' },
      { keyId: 'k-new', startDateTime: AFTER, endDateTime: '2030-01-01T00:00:00Z' },
    ],
  }

  async function client(audits: { status?: number; body?: unknown }) {
    const azure = await new ScriptedAzure().start()
    closers.push(() => azure.stop())
    azure.graph.script = ({ url }) => {
      if (url.includes('directoryAudits')) return audits
      if (url.includes('/applications')) return { body: { value: [application] } }
      return { body: { value: [principal] } }
    }
    return { azure, client: await azure.client() }
  }

  it('finds what was created and secrets that were added, with who did it by the audit log', async () => {
    const by = { app: { servicePrincipalId: 'thief-id', displayName: 'ci' } }
    const value = [
      { initiatedBy: by, targetResources: [{ id: 'A-NEW' }] },
      { initiatedBy: { user: { id: 'u', userPrincipalName: 'eve@x' } }, targetResources: [{ id: 'p-old' }] },
    ]
    const { client: it } = await client({ body: { value } })
    const { found, problems } = await ofAzure(it, { time: SINCE })
    expect(problems).toEqual([])
    expect(found).toMatchObject([
      { identity: { kind: 'application', uid: 'a-new' }, maker: { name: 'ci', uid: 'thief-id' } },
      { identity: { kind: 'client-secret' }, maker: { name: 'eve@x', uid: 'u' } },
    ])
    expect(found[1]?.identity.name).toContain('k-new')
  })

  it('finds them without the audit log, and says why nobody knows who', async () => {
    const error = { code: 'Authorization_RequestDenied', message: 'AuditLog.Read.All is missing' }
    const { client: it } = await client({ status: 403, body: { error } })
    const { found, problems } = await ofAzure(it, { time: SINCE })
    expect(found).toHaveLength(2)
    expect(problems).toEqual([expect.stringContaining('AuditLog.Read.All is missing')])
  })

  it('reads no audit log where nothing is new', async () => {
    const { azure, client: it } = await client({ body: { value: [] } })
    expect(await ofAzure(it, { time: '2027-01-01T00:00:00Z' })).toEqual({ found: [], problems: [] })
    expect(azure.graph.received.filter(({ url }) => url.includes('directoryAudits'))).toEqual([])
  })
})

/** The lab is asked as a cloud is: an identity of it is found under the id that the inventory gives it. */
describe.each<[string, () => Case, string]>([
  ['AWS', () => awsCase(), 'user'],
  ['Google Cloud', () => gcpCase(), 'service-account'],
  ['Azure', () => azureCase(), 'application'],
])('%s in the lab', (_, open, kind) => {
  it('names a newcomer as the inventory does', async () => {
    const { lab, sessions } = await openCase(open())
    closers.push(() => lab.close(), ...sessions.map(each => () => each.close()))
    const [session] = sessions as [Session]
    const ids = new Set<string>()
    for await (const identity of session.inventory({ kinds: [kind] }))
      ids.add(`${identity.id} ${identity.uid}`)
    const found = await session.newcomers?.({ time: '2000-01-01T00:00:00Z', known: new Set() })
    const names = (found?.found ?? []).filter(({ identity }) => identity.kind === kind)
    expect(names.length).toBeGreaterThan(0)
    expect(new Set(names.map(({ identity }) => `${identity.id} ${identity.uid}`))).toEqual(ids)
    const later = await session.newcomers?.({
      time: '2100-01-01T00:00:00Z',
      known: new Set(((await session.present?.()) ?? []).map(digestOf)),
    })
    expect(later?.found).toEqual([])
  })
})

it('names who made an account in the lab of Google Cloud', async () => {
  const owner = 'orders@acme-prod.iam.gserviceaccount.com'
  const made = gcpCase(({ policies }) => {
    const binding = { role: 'roles/owner', members: [`serviceAccount:${owner}`] }
    policies['projects/acme-prod']?.bindings.push(binding)
  })
  const { lab, sessions } = await openCase(made)
  closers.push(() => lab.close(), ...sessions.map(each => () => each.close()))
  const [session] = sessions as [Session]
  const time = new Date(lab.clock.ms() - 1000).toISOString()
  const known = new Set(((await session.present?.()) ?? []).map(digestOf))
  const { status } = await fetch(`${lab.endpoint}/v1/projects/acme-prod/serviceAccounts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await tokenOf(lab.endpoint, owner)}` },
    body: JSON.stringify({ accountId: 'night-backup' }),
  })
  expect(status).toBe(200)
  const name = 'night-backup@acme-prod.iam.gserviceaccount.com'
  expect(await session.newcomers?.({ time, known })).toMatchObject({
    problems: [],
    found: [{ identity: { name }, maker: { name: owner }, created: expect.any(String) }],
  })
})
