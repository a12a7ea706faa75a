import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2'
import {
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListVirtualMFADevicesCommand,
  PutUserPolicyCommand,
  paginateGetAccountAuthorizationDetails,
} from '@aws-sdk/client-iam'
import { ListHandshakesForAccountCommand, OrganizationsClient } from '@aws-sdk/client-organizations'
import { DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import type { FaultRule, RecordedExchange } from '../../../src/lab/index.ts'
import { startAwsLab } from '../../aws-lab.ts'
import { DENY_ALL, start, to, town, user } from './town.ts'

const get = new GetUserCommand({ UserName: 'reader' })
const put = new PutUserPolicyCommand({ UserName: 'reader', PolicyName: 'stop', PolicyDocument: DENY_ALL })
const look = new GetUserPolicyCommand({ UserName: 'reader', PolicyName: 'stop' })

describe('an unknown request to the lab', () => {
  it('is answered with 501 and its name, in the format of the service', async () => {
    const lab = await start()
    const none = { $metadata: { httpStatusCode: 501 } }
    await expect(new IAMClient(to(lab)).send(new ListVirtualMFADevicesCommand({}))).rejects.toMatchObject({
      ...none,
      message: expect.stringContaining('iam:ListVirtualMFADevices'),
    })
    await expect(
      new EC2Client(to(lab)).send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1 })),
    ).rejects.toMatchObject({ ...none, message: expect.stringContaining('ec2:RunInstances') })
    await expect(
      new SecretsManagerClient(to(lab)).send(new DeleteSecretCommand({ SecretId: 'prod' })),
    ).rejects.toMatchObject({ ...none, message: expect.stringContaining('secretsmanager:DeleteSecret') })
    await expect(
      new OrganizationsClient(to(lab)).send(new ListHandshakesForAccountCommand({})),
    ).rejects.toMatchObject({
      ...none,
      message: expect.stringContaining('organizations:ListHandshakesForAccount'),
    })
  })
})

describe('faults', () => {
  const upset = async (rule: FaultRule) => {
    const lab = await start()
    lab.faults.add(rule)
    return { lab, iam: new IAMClient(to(lab)) }
  }

  it('strike the nth call of an operation, as often as told', async () => {
    const { iam } = await upset({ trouble: { kind: 'throttle' }, operation: 'GetUser', nth: 2, times: 2 })
    await iam.send(get)
    for (const _ of [2, 3]) {
      await expect(iam.send(get)).rejects.toMatchObject({
        name: 'Throttling',
        $metadata: { httpStatusCode: 400 },
      })
    }
    await iam.send(get)
  })

  it('strike only the calls that they describe', async () => {
    const { iam } = await upset({
      trouble: { kind: 'error', code: 'ConcurrentModification', status: 409 },
      operation: 'GetUser',
      params: { UserName: 'somebody' },
      times: 0,
    })
    await iam.send(get)
    await expect(iam.send(new GetUserCommand({ UserName: 'somebody' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 409 },
    })
  })

  it('reset and hang without doing anything', async () => {
    const { lab, iam } = await upset({ trouble: { kind: 'reset' }, operation: 'PutUserPolicy' })
    await expect(iam.send(put)).rejects.toMatchObject({ code: 'ECONNRESET' })
    lab.faults.add({ trouble: { kind: 'hang' }, operation: 'PutUserPolicy' })
    const waiting = new AbortController()
    const hung = iam.send(put, { abortSignal: waiting.signal })
    const refused = expect(hung).rejects.toMatchObject({ name: 'AbortError' })
    while (lab.calls.count('iam:PutUserPolicy') < 2) await iam.send(get)
    waiting.abort()
    await refused
    await expect(iam.send(look)).rejects.toMatchObject({ name: 'NoSuchEntityException' })
  })

  it('apply and then say that they did not', async () => {
    for (const kind of ['applied-then-503', 'applied-then-reset'] as const) {
      const { iam } = await upset({ trouble: { kind }, operation: 'PutUserPolicy' })
      await expect(iam.send(put)).rejects.toBeDefined()
      await iam.send(look)
    }
  })

  it('show the state before the last write', async () => {
    const { iam } = await upset({ trouble: { kind: 'stale' }, operation: 'GetUserPolicy', times: 2 })
    await iam.send(put)
    for (const _ of [1, 2])
      await expect(iam.send(look)).rejects.toMatchObject({ name: 'NoSuchEntityException' })
    await iam.send(look)
  })

  it('make an identity vanish after it was listed', async () => {
    const { iam } = await upset({
      trouble: { kind: 'vanish', of: 'user', name: 'reader' },
      operation: 'GetAccountAuthorizationDetails',
    })
    for await (const page of paginateGetAccountAuthorizationDetails({ client: iam }, { Filter: ['User'] })) {
      expect(page.UserDetailList).toHaveLength(1)
    }
    await expect(iam.send(get)).rejects.toMatchObject({ name: 'NoSuchEntityException' })
  })
})

describe('the lab itself', () => {
  const ask = async (url: string, method = 'GET', body?: unknown) => {
    const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }

  it('is steered over HTTP', async () => {
    const lab = await start()
    const iam = new IAMClient(to(lab))
    const at = `${lab.endpoint}/_lab`
    expect((await ask(at)).body).toMatchObject({ id: lab.id, responders: { aws: lab.responder } })
    const before = (await ask(`${at}/estate`)).body
    await iam.send(put)
    const after = (await ask(`${at}/estate`)).body
    expect(after).not.toEqual(before)
    expect(after).toEqual({ aws: lab.snapshot() })
    expect((await ask(`${at}/calls`)).body).toEqual({
      total: 1,
      operations: { 'iam:PutUserPolicy': 1 },
      callers: { [lab.responder.accessKeyId]: 1 },
    })
    await ask(`${at}/calls`, 'DELETE')
    expect(lab.calls.toJSON().total).toBe(0)
    await ask(`${at}/faults`, 'POST', { trouble: { kind: 'throttle' }, operation: 'GetUser' })
    await expect(iam.send(get)).rejects.toMatchObject({ name: 'Throttling' })
    await ask(`${at}/reset`, 'POST')
    expect((await ask(`${at}/estate`)).body).toEqual(before)
    const ahead = Date.now() + 3600_000
    await ask(`${at}/advance`, 'POST', { seconds: 3600 })
    expect(lab.clock.ms()).toBeGreaterThanOrEqual(ahead)
    for (const [path, body] of [
      ['advance', { seconds: -1 }],
      ['faults', { kind: 'none' }],
      ['advance', undefined],
    ] as const) {
      expect((await ask(`${at}/${path}`, 'POST', body)).status).toBe(400)
    }
    expect((await ask(`${at}/nothing`)).status).toBe(404)
  })

  it('records every exchange as it was on the wire', async () => {
    const seen: RecordedExchange[] = []
    const lab = await start({ record: exchange => seen.push(exchange) })
    await new IAMClient(to(lab)).send(get)
    expect(seen).toMatchObject([
      {
        service: 'iam',
        operation: 'GetUser',
        params: { Action: 'GetUser', UserName: 'reader', Version: '2010-05-08' },
        status: 200,
        headers: { 'content-type': 'text/xml' },
        body: expect.stringContaining('<UserName>reader</UserName>'),
      },
    ])
  })

  it('keeps its estate, its clock and its name in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'interdict-lab-'))
    try {
      const file = join(folder, 'deep', 'lab.json')
      const first = await start({ file })
      await new IAMClient(to(first)).send(put)
      await fetch(`${first.endpoint}/_lab/advance`, { method: 'POST', body: '{"seconds":7200}' })
      await first.close()
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ id: first.id })
      const second = await startAwsLab({ file, propagationMs: 0, estate: town() })
      try {
        expect(second.id).toBe(first.id)
        expect(second.clock.ms()).toBeGreaterThan(Date.now() + 7000_000)
        await new IAMClient(to(second)).send(look)
        expect(second.snapshot()).toEqual(first.snapshot())
      } finally {
        await second.close()
      }
      for (const text of [
        '{"version":1}',
        '{"version":2,"id":"lab-1","clockOffset":0,"estates":{"aws":[]}}',
      ]) {
        await writeFile(file, text)
        await expect(startAwsLab({ file, estate: town() })).rejects.toThrow(/no lab|no estate/)
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('lists ten thousand identities in pages of a thousand', async () => {
    const users = Array.from({ length: 10_000 }, (_, at) => user(`worker-${at}`))
    const sizes: number[] = []
    const lab = await start({ estate: town({ users }), record: ({ body }) => sizes.push(body.length) })
    let count = 0
    const request = { Filter: ['User' as const] }
    const client = new IAMClient(to(lab))
    for await (const page of paginateGetAccountAuthorizationDetails({ client, pageSize: 1000 }, request)) {
      count += page.UserDetailList?.length ?? 0
    }
    expect(count).toBe(10_001)
    expect(sizes).toHaveLength(11)
    expect(Math.max(...sizes)).toBeLessThan(1_000_000)
  })
})
