import { describe, expect, it } from 'vitest'
import { start } from './hq.ts'
import { assertion, leakedKey, workKeyOf } from './keys.ts'

const ORDERS = 'orders@acme-prod.iam.gserviceaccount.com'
const LEGACY = 'etl-legacy@acme-prod.iam.gserviceaccount.com'
const account = (email: string) => `/v1/projects/acme-prod/serviceAccounts/${email}`
const secret = '/v1/projects/acme-prod/secrets/orders-database/versions/latest:access'

describe('tokens', () => {
  it('of a disabled account are rejected, and accepted again once it is enabled', async () => {
    const { call, token } = await start()
    const held = await token(ORDERS)
    const read = () => call('GET', secret, undefined, held)
    expect(await read()).toMatchObject({
      status: 200,
      body: { payload: { data: expect.any(String) } },
    })
    expect(await call('POST', `${account(ORDERS)}:disable`, {})).toEqual({ status: 200, body: {} })
    expect(await read()).toMatchObject({
      status: 401,
      body: { error: { status: 'UNAUTHENTICATED', details: [{ reason: 'ACCOUNT_STATE_INVALID' }] } },
    })
    await expect(token(ORDERS)).rejects.toThrow('account not found')
    await call('POST', `${account(ORDERS)}:enable`, {})
    expect((await read()).status).toBe(200)
  })

  it('outlive the key that they were made with', async () => {
    const { call, token } = await start()
    const held = await token(ORDERS)
    const key = workKeyOf(ORDERS)
    await call('POST', `${account(ORDERS)}/keys/${key.id}:disable`, {})
    expect((await call('GET', secret, undefined, held)).status).toBe(200)
    await expect(token(ORDERS)).rejects.toThrow('Invalid JWT Signature')
    const own = assertion(ORDERS, key)
    expect((await call('GET', secret, undefined, own)).status).toBe(401)
    await call('POST', `${account(ORDERS)}/keys/${key.id}:enable`, {})
    expect((await call('GET', secret, undefined, own)).status).toBe(200)
  })

  it('expire after an hour; twelve hours only where the constraint allows', async () => {
    const { lab, call, token } = await start()
    const held = await token(LEGACY).catch(() => undefined)
    expect(held).toBeUndefined() // the first of its keys is the leaked one
    const orders = await token(ORDERS)
    lab.clock.advance(3601)
    expect(await call('GET', secret, undefined, orders)).toMatchObject({
      status: 401,
      body: { error: { details: [{ reason: 'ACCESS_TOKEN_EXPIRED' }] } },
    })
    // The responder's own lasts as long as a rehearsal.
    lab.clock.advance(30 * 86_400)
    expect((await call('GET', account(ORDERS))).status).toBe(200)
  })

  it('are refused for a signature by another key', async () => {
    const { lab } = await start()
    const forged = assertion(ORDERS, { ...workKeyOf(ORDERS), privateKey: leakedKey().privateKey })
    const answer = await fetch(`${lab.endpoint}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: forged,
      }),
    })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('are made for whoever may impersonate, up to the lifetime allowed', async () => {
    const { call, token, lab } = await start()
    const etl = await (async () => {
      const form = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: assertion(LEGACY, leakedKey()),
      })
      const answer = await fetch(`${lab.endpoint}/token`, { method: 'POST', body: form })
      return ((await answer.json()) as { access_token: string }).access_token
    })()
    const url = (email: string) => `/v1/projects/-/serviceAccounts/${email}:generateAccessToken`
    const body = { scope: ['https://www.googleapis.com/auth/cloud-platform'] }
    const made = await call('POST', url(LEGACY), body, etl)
    expect(made).toMatchObject({ status: 200, body: { accessToken: expect.any(String) } })
    expect((await call('POST', url(LEGACY), { ...body, lifetime: '7200s' }, etl)).status).toBe(400)
    expect((await call('POST', url(ORDERS), body, etl)).status).toBe(403)
    expect((await call('POST', url('nobody@acme-prod.iam.gserviceaccount.com'), body, etl)).status).toBe(403)
    expect((await call('POST', url(ORDERS), body, await token(ORDERS))).status).toBe(403)
    const info = await call('POST', `/tokeninfo?access_token=${made.body.accessToken}`, undefined, null)
    expect(info.body).toMatchObject({
      azp: expect.stringMatching(/^\d{21}$/),
      expires_in: expect.any(String),
    })
    expect(info.body).not.toHaveProperty('email')
  })
})
