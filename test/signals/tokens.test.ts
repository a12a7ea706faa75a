import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseTokenIssuers, type SignalOptions, type TokenIssuer } from '../../src/signals/index.ts'
import { Evaluator } from '../../src/watch/index.ts'
import { signalsOf } from './reader.ts'

const ISSUER = 'https://id.example.com/'
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type'
const RISC = 'https://schemas.openid.net/secevent/risc/event-type'
const AT = 1_795_340_875

let keys: Awaited<ReturnType<typeof generateKeyPair>>
let others: Awaited<ReturnType<typeof generateKeyPair>>
let issuer: TokenIssuer
let options: SignalOptions

beforeAll(async () => {
  keys = await generateKeyPair('RS256', { extractable: true })
  others = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'RS256' }
  issuer = { issuer: ISSUER, keys: { keys: [jwk] } }
  options = { tokens: { audience: 'https://interdict.example', issuers: [issuer] } }
})

const claims = (more: JWTPayload = {}): JWTPayload => ({
  iss: ISSUER,
  aud: 'https://interdict.example',
  jti: 'set-1',
  iat: AT,
  sub_id: { format: 'email', email: 'etl@acme-prod.iam.gserviceaccount.com' },
  events: { [`${RISC}/credential-compromise`]: { credential_type: 'api-key', event_timestamp: AT - 5 } },
  ...more,
})

async function token(payload: JWTPayload, header: object = {}, key = keys.privateKey): Promise<string> {
  return await new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', typ: 'secevent+jwt', kid: 'k1', ...header })
    .sign(key)
}

describe('who may send them, from a file', () => {
  test('is what a token is checked with', async () => {
    const file = `audience: https://interdict.example\nissuers:\n  - issuer: ${ISSUER}\n    keys: ${JSON.stringify(issuer.keys)}\n`
    const { signals } = await signalsOf(await token(claims()), {
      tokens: parseTokenIssuers(file, 'who.yaml'),
    })
    expect(signals).toHaveLength(1)
  })

  test.each([
    ['issuers: []', /who\.yaml:1/],
    ['audience: a\nissuers:\n  - issuer: b\n    keys: file:///etc/passwd\n', /who\.yaml:4/],
    ['audience: [', /who\.yaml:1/],
  ])('that is none is refused with its place: %s', (text, place) => {
    expect(() => parseTokenIssuers(text, 'who.yaml')).toThrow(
      expect.objectContaining({ where: expect.stringMatching(place) }),
    )
  })
})

describe('a security event token', () => {
  test('that is well is a signal about its subject', async () => {
    expect(await signalsOf(await token(claims()), options)).toMatchObject({
      signals: [
        {
          id: `${ISSUER} set-1`,
          time: new Date((AT - 5) * 1_000).toISOString(),
          cloud: 'gcp',
          account: 'acme-prod',
          identity: { id: 'gcp:acme-prod:service-account/etl@acme-prod.iam.gserviceaccount.com' },
          action: 'risc:credential-compromise',
          finding: { category: 'credential-compromise', severity: 80 },
          format: 'security-event-token',
          details: { claim_credential_type: 'api-key' },
        },
      ],
    })
  })

  test.each<[string, JWTPayload, object]>([
    [
      'an ARN',
      { format: 'uri', uri: 'arn:aws:iam::111122223333:role/ci/deployer' },
      { cloud: 'aws', account: '111122223333', identity: { id: 'aws:111122223333:role/deployer' } },
    ],
    [
      'an id of the inventory',
      { format: 'opaque', id: 'aws:111122223333:user/svc' },
      { cloud: 'aws', identity: { id: 'aws:111122223333:user/svc', kind: 'user', name: 'svc' } },
    ],
    [
      'issuer and subject in Entra',
      {
        format: 'iss_sub',
        iss: 'https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0',
        sub: '33333333-0000-4000-8000-000000000003',
      },
      {
        cloud: 'azure',
        identity: {
          id: 'azure:11111111-1111-4111-8111-111111111111:service-principal/33333333-0000-4000-8000-000000000003',
        },
      },
    ],
    [
      'a complex subject',
      { user: { format: 'email', email: 'someone@example.com' }, session: { format: 'opaque', id: 's1' } },
      { cloud: 'other', identity: { name: 'someone@example.com', session: 's1' } },
    ],
  ])('names its subject by %s', async (_, subject, expected) => {
    const { signals } = await signalsOf(await token(claims({ sub_id: subject })), options)
    expect(signals).toMatchObject([expected])
    expect(Object.keys(signals[0]?.identity ?? {})).toContain('name')
  })

  test('a change of risk has the severity of its level', async () => {
    const events = { [`${CAEP}/risk-level-change`]: { principal: 'USER', current_level: 'HIGH' } }
    const { signals } = await signalsOf(await token(claims({ events })), options)
    expect(signals).toMatchObject([
      { action: 'caep:risk-level-change', finding: { category: 'risk-level-change', severity: 80 } },
    ])
  })

  test('the verification of a stream says nothing', async () => {
    const events = { 'https://schemas.openid.net/secevent/ssf/event-type/verification': { state: 'x' } }
    expect(await signalsOf(await token(claims({ events })), options)).toEqual({ signals: [] })
  })
})

describe('the age of a token', () => {
  const at = (seconds: number) => ({ sent: (AT + seconds) * 1000, most: 86_400_000 })
  const doubt = async (payload: JWTPayload, seconds: number) => {
    const { signals } = await signalsOf(await token(payload), { ...options, age: at(seconds) })
    return signals.map(signal => signal.doubt)
  }

  test('is that of its issue, whatever time its event says', async () => {
    expect(await doubt(claims(), 60)).toEqual([undefined])
    expect(await doubt(claims(), 3 * 86_400)).toEqual([expect.stringMatching(/3 days old/)])
    const events = { [`${RISC}/credential-compromise`]: { event_timestamp: AT + 2 * 86_400 } }
    expect(await doubt(claims({ events }), 2 * 86_400)).toEqual([expect.stringMatching(/2 days|48 hours/)])
    expect(await doubt(claims({ iat: AT + 3_600 }), 0)).toEqual([expect.stringMatching(/future/)])
  })

  test('is needed', async () => {
    const { iat: _, ...without } = claims()
    const { poison } = await signalsOf(await token(without), options)
    expect(poison?.reason).toMatch(/not accepted/)
  })

  test('counts once, also after a restart and among many others', async () => {
    const found = (await signalsOf(await token(claims()), options)).signals
    const [signal] = found
    if (signal === undefined) throw new Error('no signal')
    const first = new Evaluator([], { ids: 10 })
    expect(first.observe(signal, AT * 1000).duplicate).toBe(false)
    for (let n = 0; n < 100; n++) first.observe({ ...signal, id: `r${n}`, format: 'cloudtrail' }, AT * 1000)
    const second = new Evaluator([], { ids: 10 })
    second.load(JSON.parse(JSON.stringify(first.save())))
    expect(second.observe(signal, AT * 1000).duplicate).toBe(true)
  })
})

describe('a token with many events', () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`https://idp.example/event/${n}`, {}]))

  test('is read whole', async () => {
    const { signals, poison } = await signalsOf(await token(claims({ events: many(20) })), options)
    expect(signals).toHaveLength(20)
    expect(poison).toBeUndefined()
  })

  test('or refused', async () => {
    const { signals, poison } = await signalsOf(await token(claims({ events: many(1_000) })), options)
    expect(signals).toEqual([])
    expect(poison?.reason).toMatch(/more than 20 events/)
  })
})

describe('poison', () => {
  const refused = async (given: string, reason: RegExp) => {
    const { signals, poison, again } = await signalsOf(given, options)
    expect(signals).toEqual([])
    expect(poison?.reason).toMatch(reason)
    expect(again).toBeUndefined()
  }
  const part = (of: object) => Buffer.from(JSON.stringify(of)).toString('base64url')

  test('a token that is not signed', async () => {
    const header = part({ alg: 'none', typ: 'secevent+jwt' })
    await refused(`${header}.${part(claims())}.`, /not allowed|malformed/)
    await refused(`${header}.${part(claims())}.${part({ a: 1 })}`, /not allowed|malformed/)
  })

  test('one that is signed with the public key as a secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(keys.publicKey)))
    const made = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', typ: 'secevent+jwt' })
      .sign(secret)
    await refused(made, /not allowed/)
  })

  test('one with the signature of somebody else, or altered', async () => {
    await refused(await token(claims(), {}, others.privateKey), /signature is wrong/)
    const [header = '', , signature = ''] = (await token(claims())).split('.')
    await refused(`${header}.${part(claims({ jti: 'other' }))}.${signature}`, /signature is wrong/)
  })

  test('one for another audience, of another issuer, of another kind, or without an id', async () => {
    await refused(await token(claims({ aud: 'https://other.example' })), /audience/)
    await refused(await token(claims({ iss: 'https://evil.example' })), /issuer that is not configured/)
    await refused(await token(claims(), { typ: 'at+jwt' }), /issuer, audience or type/)
    await refused(await token(claims({ jti: '' })), /without jti/)
    await refused(await token(claims({ events: [] as never })), /without events/)
  })

  test('one with a key that the issuer does not have', async () => {
    await refused(await token(claims(), { kid: 'k2' }), /key that the issuer does not have/)
  })
})

describe('keys that are fetched', () => {
  let status = 200
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(issuer.keys))
  })
  beforeAll(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)))
  afterAll(() => new Promise(resolve => server.close(resolve)))
  const fetching = (protocol = 'http:'): SignalOptions => {
    const { port } = server.address() as AddressInfo
    const at = new URL(protocol === 'http:' ? `http://127.0.0.1:${port}/jwks` : `http://192.0.2.1/jwks`)
    return { tokens: { audience: 'https://interdict.example', issuers: [{ issuer: ISSUER, keys: at }] } }
  }

  test('are used', async () => {
    status = 200
    expect((await signalsOf(await token(claims()), fetching())).signals).toHaveLength(1)
  })

  test('and cannot be had: the token may be read later', async () => {
    status = 503
    expect(await signalsOf(await token(claims()), fetching())).toMatchObject({
      signals: [],
      poison: { reason: 'the keys of the issuer cannot be fetched' },
      again: true,
    })
  })

  test('never over plain http from elsewhere', async () => {
    const { poison } = await signalsOf(await token(claims()), fetching('other'))
    expect(poison?.reason).toMatch(/https only/)
  })
})
