import { afterEach, beforeEach, expect, it } from 'vitest'
import { appId, objectId, secretOf, TENANT } from '../../src/lab/azure/seed/index.ts'
import type { Context } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { type AzureRange, openAzure } from './azure-range.ts'
import { interruption } from './azure-subjects.ts'
import { find } from './suite.ts'

let range: AzureRange
beforeEach(async () => {
  range = await openAzure()
})
afterEach(() => range.close())

/** A new token for a service, or the code that it is refused with. */
async function tokenFor(audience: string): Promise<string | number> {
  const answer = await fetch(`${range.lab.endpoint}/${TENANT}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: appId('billing-export'),
      client_secret: secretOf('billing-export/ci'),
      scope: `${audience}/.default`,
    }),
  })
  const body = (await answer.json()) as { access_token?: string; error_codes?: number[] }
  return body.access_token ?? body.error_codes?.[0] ?? 0
}

const readSecret = async (token: string | number) => {
  const url = `${range.lab.endpoint}/vault/kv-acme-prod/secrets/billing-sap?api-version=7.4`
  return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status
}

async function cut(id: string) {
  const subject = interruption(id)
  const { client } = range.session
  const identity = await find(range.session, subject.on, objectId('billing-export'))
  const params = subject.params.parse({}) as Json
  const base: Context = { run: 'c0de', now: range.now(), identity, params, exhausted: [] }
  const reading = await subject.read(client, base)
  if (!reading) throw new Error('gone')
  const context: Context = { ...base, ...(reading.seen === undefined ? {} : { seen: reading.seen }) }
  const to = subject.cut(reading.facet, context)
  await subject.write(client, reading.facet, to, context)
  return () => subject.write(client, to, reading.facet, context)
}

it('a disabled principal gets no new token; the one that it has reads on until its roles go', async () => {
  const token = await tokenFor('https://vault.azure.net')
  expect(await readSecret(token)).toBe(200)
  const enable = await cut('azure.service-principal.disable')
  expect(await tokenFor('https://vault.azure.net')).toBe(7000112)
  expect(await readSecret(token)).toBe(200)
  // A deny assignment can deny neither reads nor data actions.
  await cut('azure.service-principal.quarantine')
  expect(await readSecret(token)).toBe(200)
  const attach = await cut('azure.service-principal.detach')
  expect(await readSecret(token)).toBe(403)
  // And that is why a restore waits: with the roles, the old token is good again.
  await attach()
  expect(await readSecret(token)).toBe(200)
  await enable()
  expect(typeof (await tokenFor('https://vault.azure.net'))).toBe('string')
})
