import { createHmac } from 'node:crypto'
import { openObjectStore } from '../../src/toolkit/object-store.ts'
import { skippingTime } from '../skipping-time.ts'
import { holdToLaws } from '../store/objects/laws.ts'
import { losingProxy } from '../store/objects/losing-proxy.ts'

const connection = Object.fromEntries(
  (process.env['INTERDICT_TEST_AZURITE_BLOB'] ?? '').split(';').map(part => {
    const at = part.indexOf('=')
    return [part.slice(0, at), part.slice(at + 1)]
  }),
)
const { AccountName: account = '', AccountKey: key = '', BlobEndpoint: endpoint = '' } = connection

/** Returns a SAS of the account for its blobs ("Create an account SAS", version 2020-12-06 and later). */
function sas(): string {
  const given = { sp: 'rwdlac', ss: 'b', srt: 'sco', se: '2099-01-01T00:00:00Z', sv: '2023-11-03' }
  const { sp, ss, srt, se, sv } = given
  const text = `${[account, sp, ss, srt, '', se, '', '', sv, ''].join('\n')}\n`
  const sig = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64')
  return new URLSearchParams({ ...given, sig }).toString()
}

/** Azurite answers a taken name with 409 and another tag with 412, as Azure does. */
holdToLaws('blobs of Azurite', async () => {
  if (endpoint === '') throw new Error('run this suite with: npm run test:moto')
  const { origin, pathname } = new URL(endpoint)
  const proxy = await losingProxy(origin)
  const made = await fetch(`${origin}${pathname}/team?restype=container&${sas()}`, {
    method: 'PUT',
    headers: { 'x-ms-version': '2023-11-03' },
  })
  if (made.status !== 201) throw new Error(`Azurite answers ${made.status}: ${await made.text()}`)
  const environment = { AZURE_STORAGE_SAS_TOKEN: sas() }
  return {
    open: () =>
      openObjectStore(`${proxy.origin}${pathname}/team/cases`, { environment, timing: skippingTime() }),
    loseAnswer: () => proxy.lose(1, 'PUT'),
    writes: () => proxy.count('PUT'),
    clock: () => Date.now(),
    close: () => proxy.close(),
  }
})
