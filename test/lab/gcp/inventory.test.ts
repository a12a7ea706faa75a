import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { permissionsOf } from '../../../src/lab/gcp/index.ts'
import { crowdedGcp, largeGcp } from '../../../src/lab/gcp/seed/index.ts'
import { RESPONDER_PERMISSIONS } from '../../../src/lab/gcp/seed/responder.ts'
import { type Hq, start } from './hq.ts'

const AT = '2026-11-23T12:00:00.000Z'
const PROD = '/v1/projects/acme-prod'
const key = (email: string) => `${PROD}/serviceAccounts/${email}@acme-prod.iam.gserviceaccount.com/keys`

async function all({ call }: Hq, path: string, member: string) {
  const found: { [name: string]: unknown }[] = []
  let pages = 0
  let token = ''
  do {
    const { status, body } = await call(
      'GET',
      `${path}${token === '' ? '' : `${path.includes('?') ? '&' : '?'}pageToken=${token}`}`,
    )
    expect(status, JSON.stringify(body)).toBe(200)
    found.push(...(body[member] ?? []))
    token = body.nextPageToken ?? ''
    pages += 1
  } while (token !== '')
  return { found, pages }
}

describe('lists', () => {
  it('of accounts come in pages of twenty, without service agents', async () => {
    const hq = await start()
    const { found, pages } = await all(hq, `${PROD}/serviceAccounts`, 'accounts')
    expect(pages).toBe(2)
    const emails = found.map(({ email }) => email)
    expect(emails).toContain('123456789012-compute@developer.gserviceaccount.com')
    expect(emails.some(email => String(email).includes('cloudservices'))).toBe(false)
    expect(found.filter(({ disabled }) => disabled === true)).toHaveLength(2)
    expect((await all(hq, `${PROD}/serviceAccounts?pageSize=100`, 'accounts')).pages).toBe(1)
  })

  it('of projects, folders and organizations are by parent or by query', async () => {
    const hq = await start()
    const ids = async (path: string, member = 'projects') =>
      (await all(hq, path, member)).found.map(each => each.projectId ?? each.name)
    expect(await ids('/v3/projects:search')).toEqual(['acme-data', 'acme-prod', 'acme-shop'])
    expect(await ids(`/v3/projects:search?query=${encodeURIComponent('labels.env:prod')}`)).toEqual([
      'acme-data',
      'acme-prod',
    ])
    expect(await ids('/v3/projects?parent=folders/100200300402')).toEqual(['acme-shop'])
    expect(await ids('/v3/folders?parent=organizations/998877665544', 'folders')).toHaveLength(2)
    expect(await ids('/v3/organizations:search', 'organizations')).toEqual(['organizations/998877665544'])
    expect((await hq.call('GET', '/v3/projects/123456789012')).body).toMatchObject({
      projectId: 'acme-prod',
      name: 'projects/123456789012',
      parent: 'folders/100200300401',
    })
    expect((await hq.call('GET', '/v3/projects/elsewhere')).status).toBe(403)
  })

  it('of pools leave out those of clusters', async () => {
    const hq = await start()
    const pools = `${PROD}/locations/global/workloadIdentityPools`
    const { found } = await all(hq, `${pools}?pageSize=1`, 'workloadIdentityPools')
    expect(found.map(({ name }) => String(name).split('/').at(-1))).toEqual(['github', 'old-ci'])
    const providers = await all(hq, `${pools}/github/providers?pageSize=1`, 'workloadIdentityPoolProviders')
    expect(providers).toMatchObject({ pages: 2, found: [{ oidc: { issuerUri: expect.any(String) } }, {}] })
  })

  it('of 20,000 accounts over 500 projects are answered page by page', async () => {
    const hq = await start({ seed: () => largeGcp(AT) })
    const { found, pages } = await all(hq, '/v3/projects:search?pageSize=200', 'projects')
    expect([found.length, pages]).toEqual([503, 3])
    const accounts = await all(hq, '/v1/projects/bench-0499/serviceAccounts?pageSize=20', 'accounts')
    expect([accounts.found.length, accounts.pages]).toEqual([40, 2])
  })

  it('have sixty accounts with one role where that is asked for', async () => {
    const hq = await start({ seed: () => crowdedGcp(AT) })
    const policy = await hq.call('POST', '/v3/projects/acme-shop:getIamPolicy', {
      options: { requestedPolicyVersion: 3 },
    })
    const sizes = policy.body.bindings.map(({ members }: { members: string[] }) => members.length)
    expect(Math.max(...sizes)).toBe(60)
  })
})

describe('keys', () => {
  it('of Google cannot be changed, and those that Google disabled not be enabled', async () => {
    const { call } = await start()
    const { keys } = (await call('GET', key('image-resizer'))).body
    const [exposed] = keys.filter(
      ({ disableReason }: { disableReason?: string }) => disableReason !== undefined,
    )
    expect(exposed).toMatchObject({
      disabled: true,
      disableReason: 'SERVICE_ACCOUNT_KEY_DISABLE_REASON_EXPOSED',
      extendedStatus: [{ key: 'SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_EXPOSED', value: expect.any(String) }],
    })
    expect((await call('POST', `/v1/${exposed.name}:enable`, {})).body.error.status).toBe(
      'FAILED_PRECONDITION',
    )
    const system = keys.find(({ keyType }: { keyType: string }) => keyType === 'SYSTEM_MANAGED')
    expect((await call('POST', `/v1/${system.name}:disable`, {})).body.error.status).toBe(
      'FAILED_PRECONDITION',
    )
    const users = await call('GET', `${key('image-resizer')}?keyTypes=USER_MANAGED`)
    expect(users.body.keys).toHaveLength(2)
  })

  it('for storage and for APIs are written with their etag', async () => {
    const { call } = await start()
    const { items } = (await call('GET', '/storage/v1/projects/acme-prod/hmacKeys')).body
    expect(items).toHaveLength(3)
    const [hmac] = items.filter(({ state }: { state: string }) => state === 'ACTIVE')
    const path = `/storage/v1/projects/acme-prod/hmacKeys/${hmac.accessId}`
    const off = await call('PUT', path, { state: 'INACTIVE', etag: hmac.etag })
    expect(off.body).toMatchObject({ kind: 'storage#hmacKeyMetadata', state: 'INACTIVE' })
    expect((await call('PUT', path, { state: 'ACTIVE', etag: hmac.etag })).status).toBe(412)

    const { keys } = (await call('GET', '/v2/projects/123456789012/locations/global/keys')).body
    const [maps] = keys.filter(({ displayName }: { displayName: string }) => displayName === 'maps')
    const restrictions = { serverKeyRestrictions: { allowedIps: ['192.0.2.1'] } }
    const patched = await call('PATCH', `/v2/${maps.name}?updateMask=restrictions`, {
      restrictions,
      etag: maps.etag,
    })
    await call('GET', `/v2/${patched.body.name}`)
    expect((await call('GET', `/v2/${patched.body.name}`)).body).toMatchObject({
      done: true,
      response: { restrictions },
    })
    expect(
      (await call('PATCH', `/v2/${maps.name}?updateMask=restrictions`, { etag: maps.etag })).status,
    ).toBe(409)
    expect(JSON.stringify(keys)).not.toContain('lab-key-')
    const found = await call('GET', `/v2/keys:lookupKey?keyString=${'x'.repeat(39)}`)
    expect(found.status).toBe(404)
  })
})

describe('the readings about access', () => {
  it('is found by member across the organization, as matching bindings only', async () => {
    const hq = await start()
    const query = encodeURIComponent('policy:"serviceAccount:etl-legacy@acme-prod.iam.gserviceaccount.com"')
    const path = `/v1/organizations/998877665544:searchAllIamPolicies?query=${query}&pageSize=2`
    const { found, pages } = await all(hq, path, 'results')
    expect(pages).toBeGreaterThan(1)
    expect(found.map(({ resource }) => resource)).toContain(
      '//cloudresourcemanager.googleapis.com/projects/acme-data',
    )
    for (const { policy } of found as { policy: { bindings: { members: string[] }[] } }[]) {
      for (const { members } of policy.bindings) expect(members.join()).toContain('etl-legacy')
    }
  })

  it('says on which day an account was used', async () => {
    const { call } = await start()
    const email = 'orders@acme-prod.iam.gserviceaccount.com'
    const name = `//iam.googleapis.com/projects/acme-prod/serviceAccounts/${email}`
    const filter = encodeURIComponent(`activities.fullResourceName="${name}"`)
    const type = 'locations/global/activityTypes/serviceAccountLastAuthentication'
    expect((await call('GET', `${PROD}/${type}/activities:query?filter=${filter}`)).body.activities).toEqual([
      expect.objectContaining({
        fullResourceName: name,
        activity: expect.objectContaining({ lastAuthenticatedTime: expect.stringMatching(/T07:00:00Z$/) }),
      }),
    ])
  })
})

describe('the lab', () => {
  it('keeps its Google Cloud in its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-gcp-'))
    const file = join(folder, 'lab.json')
    const first = await start({ file })
    const orders = `${PROD}/serviceAccounts/orders@acme-prod.iam.gserviceaccount.com`
    await first.call('POST', `${orders}:disable`, {})
    await first.lab.close()
    const second = await start({ file })
    expect((await second.call('GET', orders)).body.disabled).toBe(true)
    expect(second.gcp.snapshot()).toEqual(first.gcp.snapshot())
    await rm(folder, { recursive: true })
  })

  it('declares what each method asks, by the names that roles have', () => {
    expect(permissionsOf('iam.projects.serviceAccounts.disable')).toEqual(['iam.serviceAccounts.disable'])
    expect(permissionsOf('iam.policies.createPolicy')).toEqual(['iam.denypolicies.create'])
    expect(permissionsOf('nothing.at.all')).toBeUndefined()
    expect(new Set(RESPONDER_PERMISSIONS).size).toBe(RESPONDER_PERMISSIONS.length)
  })
})
