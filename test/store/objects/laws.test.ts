import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ObjectLab, startObjects } from '../../../src/lab/objects/index.ts'
import { REAL } from '../../../src/model/timing.ts'
import { folderObjects } from '../../../src/store/objects/folder.ts'
import { type ObjectService, Unanswered } from '../../../src/store/objects/object-store.ts'
import { repeated } from '../../../src/store/objects/repeated.ts'
import { openObjectStore } from '../../../src/toolkit/object-store.ts'
import { skippingTime } from '../../skipping-time.ts'
import { holdToLaws } from './laws.ts'
import { losingProxy } from './losing-proxy.ts'

/** The services of the lab, by the cloud that they are of. */
const SERVICES: {
  [name: string]: { url: (origin: string) => string; write: string; env: NodeJS.ProcessEnv }
} = {
  s3: { url: () => 's3://team/cases/2026', write: 'PUT', env: {} },
  gcs: { url: () => 'gs://team/cases/2026', write: 'POST', env: {} },
  blob: {
    url: origin => `${origin}/account/team/cases/2026`,
    write: 'PUT',
    env: { AZURE_STORAGE_SAS_TOKEN: 'sig=x' },
  },
}

const environmentOf = (name: string, origin: string): NodeJS.ProcessEnv => ({
  ...SERVICES[name]?.env,
  AWS_ENDPOINT_URL_S3: origin,
  STORAGE_EMULATOR_HOST: origin,
})

beforeAll(() => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-central-1',
  })
})

for (const [name, { url, write }] of Object.entries(SERVICES)) {
  holdToLaws(`${name} of the lab`, async () => {
    const lab = await startObjects({ pageSize: 7 })
    lab.clock.advance(3 * 86_400)
    lab.bucket('team')
    const proxy = await losingProxy(lab.endpoint)
    const { origin } = proxy
    return {
      open: () =>
        openObjectStore(url(origin), { environment: environmentOf(name, origin), timing: skippingTime() }),
      loseAnswer: () => proxy.lose(1, write),
      writes: () => proxy.count(write),
      clock: () => lab.clock.ms(),
      async close() {
        await proxy.close()
        await lab.close()
      },
    }
  })
}

holdToLaws('a folder of this machine', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'interdict-objects-'))
  let loses = 0
  let writes = 0
  const losing = (service: ObjectService): ObjectService => ({
    ...service,
    async put(...given) {
      writes += 1
      const written = await service.put(...given)
      if (loses-- > 0) throw new Unanswered('lost')
      return written
    },
  })
  return {
    open: async () => repeated(losing(folderObjects(join(folder, 'objects'), REAL)), skippingTime()),
    loseAnswer: () => {
      loses = 1
    },
    writes: () => writes,
    clock: () => REAL.date(),
    close: () => rm(folder, { recursive: true, force: true }),
  }
})

describe('a service that refuses or does not answer', () => {
  let lab: ObjectLab
  beforeAll(async () => {
    lab = await startObjects()
    lab.bucket('team')
  })
  afterAll(() => lab.close())

  const open = (name: string, bucket = 'team') =>
    openObjectStore((SERVICES[name]?.url(lab.endpoint) ?? '').replace('team', bucket), {
      environment: environmentOf(name, lab.endpoint),
      timing: skippingTime(),
    })

  it('repeats an upload that raced another one (409 ConditionalRequestConflict)', async () => {
    lab.faults.add({
      trouble: { kind: 'error', code: 'ConditionalRequestConflict', status: 409 },
      operation: 'PutObject',
    })
    const store = await open('s3')
    expect(await store.put('raced', Buffer.from('x'), { ifAbsent: true })).toMatchObject({ kind: 'written' })
  })

  it.each(Object.keys(SERVICES))('%s: counts a deletion as done when its answer is lost', async name => {
    const store = await open(name)
    const written = await store.put('deleted', Buffer.from('x'), { ifAbsent: true })
    lab.faults.add({ trouble: { kind: 'applied-then-reset' } })
    expect(await store.remove('deleted', written.kind === 'written' ? written.tag : '')).toBe(true)
    expect(await store.get('deleted')).toBeUndefined()
    lab.faults.clear()
  })

  it.each(Object.keys(SERVICES))('%s: gives up with a Fault of the journal after six tries', async name => {
    lab.faults.clear()
    lab.calls.clear()
    lab.faults.add({ trouble: { kind: 'reset' }, times: 0 })
    const store = await open(name)
    await expect(store.get('x')).rejects.toMatchObject({
      code: 'journal',
      message: /cannot read x in the store/,
    })
    expect(lab.calls.toJSON().total).toBe(6)
    lab.faults.clear()
  })

  it.each(Object.keys(SERVICES))('%s: refuses a bucket that does not exist', async name => {
    const store = await open(name, 'nowhere')
    await expect(store.list('')).rejects.toMatchObject({ code: 'usage' })
    await expect(store.put('x', Buffer.from('x'), { ifAbsent: true })).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it.each(Object.keys(SERVICES))('%s: reports a refusal as denied, and does not repeat it', async name => {
    lab.calls.clear()
    lab.faults.add({ trouble: { kind: 'error', code: 'AccessDenied', status: 403 } })
    const store = await open(name)
    await expect(store.get('x')).rejects.toMatchObject({ code: 'denied', message: /403/ })
    expect(lab.calls.toJSON().total).toBe(1)
  })

  it.each([
    's3://B/prefix',
    's3://bucket/a b',
    's3://bucket/../x',
    'gs://',
    'https://account.blob.core.windows.net/',
    'http://account.blob.core.windows.net/container',
    'ftp://bucket',
  ])('refuses %s as usage', async url => {
    await expect(openObjectStore(url, { environment: {}, timing: REAL })).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it('refuses a SAS in the URL without quoting it', async () => {
    const url = 'https://account.blob.core.windows.net/container?sv=1&sig=geheim'
    const fault = await openObjectStore(url, { environment: {}, timing: REAL }).catch(error => error)
    expect(fault).toMatchObject({ code: 'usage' })
    expect(JSON.stringify([fault.message, fault.next, fault.where])).not.toContain('geheim')
  })
})
