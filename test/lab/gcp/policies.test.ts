import { describe, expect, it } from 'vitest'
import type { Binding } from '../../../src/lab/gcp/store.ts'
import { type Hq, start } from './hq.ts'

const PROJECT = '/v3/projects/acme-prod'
const SHOP = '/v3/projects/acme-shop'
const LEGACY = 'serviceAccount:etl-legacy@acme-prod.iam.gserviceaccount.com'

const read = async ({ call }: Hq, at = PROJECT, version = 3) =>
  (await call('POST', `${at}:getIamPolicy`, { options: { requestedPolicyVersion: version } })).body
const write = ({ call }: Hq, policy: object, at = PROJECT, updateMask?: string) =>
  call('POST', `${at}:setIamPolicy`, { policy, ...(updateMask === undefined ? {} : { updateMask }) })
const without = (bindings: Binding[], member: string) =>
  bindings
    .map(binding => ({ ...binding, members: binding.members.filter(each => each !== member) }))
    .filter(({ members }) => members.length > 0)

describe('allow policies', () => {
  it('have another etag after each write, and refuse a write with an old one', async () => {
    const hq = await start()
    const policy = await read(hq)
    const next = { ...policy, version: 3, bindings: without(policy.bindings, LEGACY) }
    const written = await write(hq, next)
    expect(written.status).toBe(200)
    expect(written.body.etag).not.toBe(policy.etag)
    expect(await write(hq, next)).toMatchObject({
      status: 409,
      body: { error: { status: 'ABORTED', message: expect.stringContaining('concurrent policy changes') } },
    })
  })

  it('that nobody ever set are empty, under one etag', async () => {
    const { call } = await start()
    const path =
      '/v1/projects/acme-prod/serviceAccounts/gke-node@acme-prod.iam.gserviceaccount.com:getIamPolicy'
    expect((await call('POST', `${path}?options.requestedPolicyVersion=3`)).body).toEqual({ etag: 'ACAB' })
  })

  it('hide conditions from whoever does not ask for version 3, and let nobody else write them', async () => {
    const hq = await start()
    const old = await read(hq, PROJECT, 1)
    expect(old.version).toBe(1)
    expect(old.bindings.some(({ condition }: Binding) => condition !== undefined)).toBe(false)
    expect(old.bindings.some(({ role }: Binding) => role.includes('_withcond_'))).toBe(true)
    expect((await write(hq, old)).status).toBe(400)
    const policy = await read(hq)
    expect(policy.version).toBe(3)
    const plain = policy.bindings.filter(({ condition }: Binding) => condition === undefined)
    expect((await write(hq, { etag: policy.etag, version: 1, bindings: plain })).status).toBe(400)
    // A blind write loses them.
    expect((await write(hq, { bindings: plain })).status).toBe(200)
    expect((await read(hq)).bindings.some(({ condition }: Binding) => condition !== undefined)).toBe(false)
  })

  it('keep their audit configs unless the mask names them', async () => {
    const hq = await start()
    const { auditConfigs, ...policy } = await read(hq)
    expect(auditConfigs).toHaveLength(2)
    await write(hq, { ...policy, version: 3 })
    expect((await read(hq)).auditConfigs).toEqual(auditConfigs)
    const { auditConfigs: _, ...again } = await read(hq)
    await write(hq, { ...again, version: 3 }, PROJECT, 'bindings,etag,auditConfigs')
    expect(await read(hq)).not.toHaveProperty('auditConfigs')
  })

  it('take no members that there are not: unknown, deleted, too many, of another organization', async () => {
    const hq = await start()
    const add = async (member: string, at = PROJECT) => {
      const policy = await read(hq, at)
      const bindings = [...(policy.bindings ?? []), { role: 'roles/viewer', members: [member] }]
      return write(hq, { ...policy, version: 3, bindings }, at)
    }
    expect((await add('somebody')).body.error.message).toContain('unknown type')
    expect((await add('serviceAccount:ghost@acme-prod.iam.gserviceaccount.com')).status).toBe(400)
    const deleted = 'deleted:serviceAccount:etl-legacy@acme-prod.iam.gserviceaccount.com?uid=123'
    expect((await add(deleted)).body.error.message).toContain('Inconsistent representation')
    expect((await add('serviceAccount:intern-bot@acme-prod.iam.gserviceaccount.com')).status).toBe(400)
    const many = Array.from({ length: 1499 }, (_, at) => `user:u${at}@acme.example`)
    const policy = await read(hq)
    // With the one who is exempted from audit logs.
    const full = { ...policy, version: 3, bindings: [{ role: 'roles/viewer', members: [...many, LEGACY] }] }
    expect((await write(hq, full)).body.error.message).toContain('(1,501) is larger')
    expect((await write(hq, { ...full, bindings: [{ role: 'roles/viewer', members: [] }] })).status).toBe(400)
  })

  it('let an outsider stay where outsiders are not let in, but not come back', async () => {
    const hq = await start()
    const at = '/v3/projects/acme-data'
    const policy = await read(hq, at)
    const guest = 'user:auditor@bigfour.example'
    const removed = await write(hq, { ...policy, version: 3, bindings: without(policy.bindings, guest) }, at)
    expect(removed.status).toBe(200)
    expect(await write(hq, { ...policy, version: 3, etag: removed.body.etag }, at)).toMatchObject({
      status: 400,
      body: {
        error: {
          status: 'FAILED_PRECONDITION',
          details: [{ '@type': 'type.googleapis.com/google.rpc.PreconditionFailure' }],
        },
      },
    })
    const constraint = '/v2/projects/acme-data/policies/iam.allowedPolicyMemberDomains:getEffectivePolicy'
    expect((await hq.call('GET', constraint)).body.spec.rules).toEqual([
      { values: { allowedValues: ['C01acme42'] } },
    ])
  })

  it('change under a client when somebody else writes between its read and its write', async () => {
    const hq = await start()
    let edits = 0
    hq.gcp.onPolicyRead = resource => {
      edits += 1
      if (edits > 1) return
      hq.gcp.editPolicy(resource, policy => ({
        ...policy,
        bindings: [...policy.bindings, { role: 'roles/run.invoker', members: ['user:other@acme.example'] }],
      }))
    }
    const first = await read(hq)
    expect((await write(hq, { ...first, version: 3 })).status).toBe(409)
    const second = await read(hq)
    expect(second.bindings).toHaveLength(first.bindings.length + 1)
    expect((await write(hq, { ...second, version: 3 })).status).toBe(200)
  })

  it('are the same for the snapshot when they say the same, in whatever order', async () => {
    const hq = await start()
    const before = hq.gcp.snapshot()
    const policy = await read(hq, SHOP)
    const bindings = policy.bindings
      .toReversed()
      .map((binding: Binding) => ({ ...binding, members: binding.members.toReversed() }))
    await write(hq, { ...policy, version: 3, bindings }, SHOP)
    expect(hq.gcp.snapshot()).toEqual(before)
    await write(hq, { version: 3, bindings: bindings.slice(1) }, SHOP)
    expect(hq.gcp.snapshot()).not.toEqual(before)
  })
})
