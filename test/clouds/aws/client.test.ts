import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toAwsFault } from '../../../src/clouds/aws/http/faults.ts'
import type { Fault } from '../../../src/model/fault.ts'
import { answer, fail, ScriptedIam } from './scripted-iam.ts'

let iam: ScriptedIam

beforeEach(async () => {
  iam = await new ScriptedIam().start()
})

afterEach(async () => {
  await iam.stop()
})

const faultOf = (call: Promise<unknown>): Promise<Fault> =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Fault) => error,
  )

describe('errors', () => {
  it.each([
    ['AccessDenied', 403, 'denied'],
    ['NoSuchEntity', 404, 'gone'],
    ['LimitExceeded', 409, 'quota'],
    ['UnmodifiableEntity', 400, 'unmodifiable'],
    ['MalformedPolicyDocument', 400, 'rejected'],
    ['InvalidInput', 400, 'rejected'],
    ['ValidationError', 400, 'rejected'],
    ['InvalidClientTokenId', 403, 'not-authenticated'],
    ['ExpiredToken', 403, 'not-authenticated'],
    ['SignatureDoesNotMatch', 403, 'not-authenticated'],
    ['SomethingNew', 418, 'rejected'],
    ['NotImplemented', 501, 'unsupported'],
  ])('%s is %s: %s', async (wire, status, code) => {
    iam.script = (_, response) => fail(response, wire, status)
    const fault = await faultOf(iam.client().iam('GetUser', { UserName: 'ci' }))
    expect(fault).toMatchObject({ name: 'Fault', code, where: 'iam:GetUser in 111122223333' })
    if (['denied', 'quota', 'not-authenticated', 'unmodifiable'].includes(code)) {
      expect(fault.next).toMatch(/\S/)
    }
  })

  it('an error without a message says its name', async () => {
    iam.script = (_, response) => {
      response.statusCode = 410
      response.end(
        '<ErrorResponse><Error><Type>Sender</Type><Code>ReportNotPresent</Code></Error></ErrorResponse>',
      )
    }
    await expect(iam.client().iam('GetCredentialReport', {})).rejects.toMatchObject({
      message: 'iam:GetCredentialReport: CredentialReportNotPresentException',
    })
  })

  it('a page in place of an answer is reported with its status, and as not implemented by an emulator', async () => {
    iam.script = (_, response) => {
      response.statusCode = 501
      response.end('<!doctype html>\n<html lang=en>\n<title>501 Not Implemented</title>\n<h1>No</h1>')
    }
    const simulate = { PolicySourceArn: 'arn:aws:iam::111122223333:user/ci', ActionNames: ['s3:GetObject'] }
    expect(await faultOf(iam.client().iam('SimulatePrincipalPolicy', simulate))).toMatchObject({
      code: 'unsupported',
      message:
        'iam:SimulatePrincipalPolicy: the endpoint does not implement it (it answers with a page of HTML) (HTTP 501)',
      emulator: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    })
  })

  it.each([502, 503, 504])('a page of a proxy (HTTP %i) is not an emulator’s', async status => {
    const page = Object.assign(new Error('char 1: XML parse error: <html>'), {
      $response: { statusCode: status },
    })
    const fault = toAwsFault(page, 'iam:GetUser', '', 'http://127.0.0.1:1')
    expect(fault).toMatchObject({ code: 'unavailable', emulator: undefined })
  })

  it.each([
    ['another machine', 'http://10.0.0.5:4566'],
    ['AWS', undefined],
  ])('an operation that %s does not implement is not an emulator’s', (_, custom) => {
    const error = Object.assign(new Error('no such thing'), {
      name: 'NotImplemented',
      $metadata: { httpStatusCode: 501 },
    })
    expect(toAwsFault(error, 'iam:GetUser', '', custom)).toMatchObject({
      code: 'unsupported',
      emulator: undefined,
    })
  })

  it('asks an emulator once for an operation that it does not have, however many ask at once', async () => {
    iam.script = ({ action }, response) => {
      if (action === 'GetUser') return answer(response, '')
      // As moto does.
      response.statusCode = 500
      response.end('<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>')
    }
    const client = iam.client()
    await client.iam('GetUser', { UserName: 'ci' })
    const codes = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        faultOf(client.iam('ListSSHPublicKeys', { UserName: `ci-${at}` })).then(({ code }) => code),
      ),
    )
    expect(new Set(codes)).toEqual(new Set(['unsupported']))
    expect(iam.received.filter(({ action }) => action === 'ListSSHPublicKeys')).toHaveLength(1)
  })

  it('a page of a proxy that fails for a moment is asked for again', async () => {
    iam.script = (_, response, nth) => {
      if (nth > 1) return answer(response, '<User><UserName>ci</UserName></User>', 'GetUser')
      response.statusCode = 502
      response.end('<!doctype html>\n<html lang=en>\n<title>502 Bad Gateway</title>')
    }
    expect((await iam.client().iam('GetUser', { UserName: 'ci' })).User?.UserName).toBe('ci')
  })

  it('those that wait for the first answer of an operation ask for themselves when it is a failure', async () => {
    iam.script = ({ action, input }, response) => {
      if (action === 'ListUsers') return answer(response, '')
      if (input.UserName === 'ci-0') return fail(response, 'AccessDenied', 403)
      answer(response, `<User><UserName>${input.UserName}</UserName></User>`, 'GetUser')
    }
    const client = iam.client()
    await client.iam('ListUsers', {})
    const names = await Promise.allSettled(
      [0, 1, 2].map(async at => (await client.iam('GetUser', { UserName: `ci-${at}` })).User?.UserName),
    )
    expect(names.map(each => (each.status === 'fulfilled' ? each.value : each.reason.code))).toEqual([
      'denied',
      'ci-1',
      'ci-2',
    ])
  })

  it('a closed port is unavailable', async () => {
    const client = iam.client()
    await iam.stop()
    expect(await faultOf(client.iam('GetUser', { UserName: 'ci' }))).toMatchObject({ code: 'unavailable' })
  })

  it('credentials that cannot be had are not-authenticated', async () => {
    const credentials = () =>
      Promise.reject(Object.assign(new Error('no keys'), { name: 'CredentialsProviderError' }))
    const fault = await faultOf(iam.client({ credentials }).iam('GetUser', { UserName: 'ci' }))
    expect(fault).toMatchObject({ code: 'not-authenticated', next: expect.stringContaining('sign in') })
    expect(iam.received).toEqual([])
  })
})

describe('tries', () => {
  it('a quota once: waiting does not raise it', async () => {
    iam.script = (_, response) => fail(response, 'LimitExceeded', 409)
    const put = { UserName: 'ci', PolicyName: 'p', PolicyDocument: '{}' }
    expect(await faultOf(iam.client().iam('PutUserPolicy', put))).toMatchObject({ code: 'quota' })
    expect(iam.received).toHaveLength(1)
  })

  it.each([
    ['ConcurrentModification', 409],
    ['EntityTemporarilyUnmodifiable', 409],
    ['Throttling', 400],
    ['ServiceFailure', 500],
  ])('%s again, until it passes', async (code, status) => {
    iam.script = (_, response, nth) => (nth < 3 ? fail(response, code, status) : answer(response, ''))
    const client = iam.client()
    await client.iam('DeleteUserPolicy', { UserName: 'ci', PolicyName: 'p' })
    expect(iam.received).toHaveLength(3)
    expect(client.tally.operations).toEqual({ 'iam:DeleteUserPolicy': 1 })
  })

  it('a conflict that stays is a conflict', async () => {
    iam.script = (_, response) => fail(response, 'ConcurrentModification', 409)
    const fault = await faultOf(iam.client().iam('DeleteUserPolicy', { UserName: 'ci', PolicyName: 'p' }))
    expect(fault.code).toBe('conflict')
    expect(iam.received.length).toBeGreaterThan(3)
  })
})

describe('requests', () => {
  it('name us, are signed for the region of IAM, and leave out what was not given', async () => {
    const client = iam.client({ run: '7f3k' })
    await client.iam('GetUser', { UserName: 'ci' })
    const [{ headers, input } = iam.received[0]!] = iam.received
    expect(headers['user-agent']).toMatch(/ interdict\/\d+\.\d+\.\d+\S* run\/7f3k/)
    expect(headers.authorization).toContain('/us-east-1/iam/aws4_request')
    expect(input).toEqual({ Action: 'GetUser', Version: '2010-05-08', UserName: 'ci' })
  })

  it('tell where they went when that is not AWS', async () => {
    const client = iam.client()
    expect(client.endpoint()).toBeUndefined()
    await client.iam('GetUser', { UserName: 'ci' })
    expect(client.endpoint()).toBe(iam.endpoint)
  })

  it('that read, however many hang, do not hold up one that writes', async () => {
    const held: ServerResponse[] = []
    iam.script = ({ action }, response) => {
      if (action === 'GetUser') held.push(response)
      else answer(response, '')
    }
    const client = iam.client()
    const reads = Array.from({ length: 40 }, () => client.iam('GetUser', { UserName: 'ci' }))
    await client.iam('UpdateAccessKey', { UserName: 'ci', AccessKeyId: 'AKIA', Status: 'Inactive' })
    const waiting = held.length
    expect(waiting).toBeLessThan(40)
    iam.script = (_, response) => answer(response, '')
    for (const response of held) answer(response, '')
    await Promise.all(reads)
    expect(client.tally.operations).toEqual({ 'iam:GetUser': 40, 'iam:UpdateAccessKey': 1 })
  })
})
