import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GcpClient } from '../../../src/clouds/gcp/client.ts'
import { resourcesBinding } from '../../../src/clouds/gcp/inventory/assets.ts'
import { permissionsFor } from '../../../src/clouds/gcp/permission-map.ts'
import { gcp } from '../../../src/clouds/gcp/provider.ts'
import { gcpLab, permissionsOf } from '../../../src/lab/gcp/index.ts'
import { seedGcp } from '../../../src/lab/gcp/seed/index.ts'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import type { Identity } from '../../../src/model/identity.ts'
import type { Session } from '../../../src/model/provider.ts'
import { REAL } from '../../../src/model/timing.ts'

let lab: Lab
let cloud: ReturnType<typeof gcpLab>
let session: Session<GcpClient>
let all: Identity[]

beforeAll(async () => {
  cloud = gcpLab(() => seedGcp(new Date().toISOString()))
  lab = await startLab({ clouds: [cloud], propagationMs: 0 })
  session = await open({ organization: '998877665544' })
  all = await listed(session)
})
afterAll(async () => lab.close())

async function open(scope: { organization?: string }, account = 'acme-prod') {
  const { sessions } = await gcp.connect({
    timing: REAL,
    scope,
    lab: { endpoint: lab.endpoint, credentials: { ...cloud.responder } },
  })
  const found = sessions.find(each => each.account === account)
  if (!found) throw new Error(`no session for ${account}`)
  return found
}

async function listed(of: Session<GcpClient>, kinds?: string[]) {
  const found: Identity[] = []
  for await (const each of of.inventory(kinds ? { kinds } : {})) found.push(each)
  return found
}

const account = (name: string) => {
  const found = all.find(each => each.kind === 'service-account' && each.name.startsWith(`${name}@`))
  if (!found) throw new Error(`no ${name}`)
  return found
}
const ofKind = (kind: string) => all.filter(each => each.kind === kind)

describe('service accounts', () => {
  it('are all there, over several pages, and service agents are not', () => {
    const names = ofKind('service-account').map(({ name }) => name)
    const estate = cloud.estate()
    const made = estate.serviceAccounts.filter(({ project }) => project === 'acme-prod')
    expect(new Set(names)).toEqual(new Set(made.map(({ email }) => email)))
    expect(names.filter(each => /@(cloudservices|gcp-sa-)/.test(each))).toEqual([])
  })

  it('are named by address, and known by their unique id', () => {
    const { id, uid, name, facts } = account('etl-legacy')
    expect(id).toBe(`gcp:acme-prod:service-account/${name}`)
    expect(uid).toMatch(/^\d{21}$/)
    expect(facts).toMatchObject({ enabled: true, class: 'user-made', description: 'owner: data-team' })
    expect(facts.keys).toHaveLength(2)
  })

  it('tell the default ones', () => {
    const defaults = ofKind('service-account').filter(({ facts }) => facts.class === 'default')
    expect(defaults.map(({ name }) => name)).toEqual([
      '123456789012-compute@developer.gserviceaccount.com',
      'acme-prod@appspot.gserviceaccount.com',
    ])
  })

  it('have roles from the project, the folder and the organization, with their conditions', () => {
    const roles = account('analytics').facts.roles
    const resources = Array.isArray(roles) ? roles.map(each => Object(each).resource) : []
    expect(new Set(resources)).toContain('folders/100200300401')
    expect(roles).toContainEqual({
      role: 'roles/storage.objectAdmin',
      resource: 'projects/acme-prod',
      condition: 'resource.name.startsWith("projects/_/buckets/acme-reports")',
    })
  })

  it('say who may act as them, and which of those are workloads', () => {
    expect(account('checkout').facts).toMatchObject({
      impersonators: [
        {
          member: 'serviceAccount:acme-prod.svc.id.goog[shop/checkout]',
          role: 'roles/iam.workloadIdentityUser',
          condition: '',
        },
      ],
      workloads: ['serviceAccount:acme-prod.svc.id.goog[shop/checkout]'],
    })
  })

  it('say on which day they were last used', () => {
    expect(account('analytics').facts).toMatchObject({
      lastUsed: expect.stringMatching(/T07:00:00\.000Z$/),
      neverUsed: false,
    })
  })

  it('ask for no keys unless keys are listed', async () => {
    const fresh = await open({})
    const found = await listed(fresh, ['service-account'])
    expect(found.every(({ facts }) => facts.keys === undefined)).toBe(true)
    const calls = fresh.calls()
    expect(calls['iam.projects.serviceAccounts.keys.list']).toBeUndefined()
    const made = Object.values(calls).reduce((sum, each) => sum + each, 0)
    expect(made, 'calls do not grow with the accounts').toBeLessThan(12)
  })
})

describe('credentials', () => {
  it('are keys that users made, with what Google says of them', () => {
    const exposed = ofKind('service-account-key').filter(({ facts }) => facts.exposed === true)
    const disabled = exposed.filter(({ facts }) => facts.enabled === false)
    expect(exposed).toHaveLength(2)
    expect(disabled).toMatchObject([
      {
        owner: expect.stringContaining('service-account/image-resizer@'),
        facts: { disabledBy: 'google', disableReason: 'EXPOSED' },
      },
    ])
    const uploaded = ofKind('service-account-key').find(({ facts }) => facts.origin === 'user')
    expect(uploaded?.facts.expires).toBeDefined()
  })

  it('of one account are its keys, HMAC keys and API keys', async () => {
    const kinds = async (name: string) =>
      (await session.credentials(account(name))).map(({ kind }) => kind).sort()
    expect(await kinds('etl-legacy')).toEqual(['hmac-key', 'service-account-key', 'service-account-key'])
    expect(await kinds('gemini-caller')).toEqual(['api-key'])
    const gone = { ...account('gemini-caller'), name: 'nobody@acme-prod.iam.gserviceaccount.com' }
    expect(await session.credentials(gone)).toEqual([])
  })

  it('never hold what opens anything', () => {
    expect(JSON.stringify(all)).not.toMatch(/AIza|PRIVATE KEY|keyString|secret"/)
    expect(Object.keys(session.calls()).filter(each => /getKeyString|lookupKey/.test(each))).toEqual([])
  })

  it('an address that would be another path is refused', async () => {
    const odd = { ...account('orders'), name: '../../acme-data/serviceAccounts/x@y' }
    await expect(session.credentials(odd)).rejects.toMatchObject({ code: 'invalid-input' })
  })
})

describe('other kinds', () => {
  it('pools and their providers', () => {
    expect(ofKind('workload-provider').find(({ name }) => name === 'github/github-actions')).toMatchObject({
      uid: 'projects/123456789012/locations/global/workloadIdentityPools/github/providers/github-actions',
      facts: {
        idp: 'github',
        issuer: 'https://token.actions.githubusercontent.com',
        attributeCondition: "assertion.repository_owner == 'acme'",
      },
    })
    expect(ofKind('workload-pool').find(({ name }) => name === 'github')?.facts.enabled).toBe(true)
  })

  it('API keys, bound or not', () => {
    const keys = ofKind('api-key')
    expect(keys.filter(({ owner }) => owner === undefined).length).toBeGreaterThan(0)
    expect(keys.find(({ facts }) => facts.restriction === 'browser')?.facts.referrers).toEqual([
      'https://www.acme.example/*',
    ])
  })

  it('deny policies, when they are named', async () => {
    expect(ofKind('deny-policy')).toEqual([])
    expect(await listed(session, ['deny-policy'])).toMatchObject([
      {
        kind: 'deny-policy',
        name: 'no-new-keys',
        facts: { ours: false, annotations: { owner: 'platform' } },
      },
    ])
  })
})

describe('what would notice', () => {
  it('names who acts as an account, and the accounts behind a pool', async () => {
    expect(await session.dependents?.(account('reports-export'))).toContainEqual(
      expect.stringContaining('analytics@acme-prod.iam.gserviceaccount.com acts as it'),
    )
    const [pool] = ofKind('workload-pool').filter(({ name }) => name === 'github')
    const texts = pool ? await session.dependents?.(pool) : []
    expect(texts?.some(each => each.includes('through pool github'))).toBe(true)
  })

  it('finds the resources whose policies name a member, across the organization', async () => {
    const found = await resourcesBinding(session.client, `serviceAccount:${account('analytics').name}`)
    expect(found).toContain('//cloudresourcemanager.googleapis.com/folders/100200300401')
    expect(found.some(each => each.startsWith('//cloudresourcemanager.googleapis.com/projects/'))).toBe(true)
    expect(found.some(each => each.includes('/serviceAccounts/'))).toBe(true)
    expect(
      await resourcesBinding(session.client, 'serviceAccount:nobody@acme-prod.iam.gserviceaccount.com'),
    ).toEqual([])
  })
})

describe('permissions', () => {
  it('are those of the calls that were made, and no others', async () => {
    lab.calls.clear()
    await open({})
    const again = await open({ organization: '998877665544' })
    const found = await listed(again)
    await listed(again, ['deny-policy'])
    const only = [{ kind: 'service-account', name: found[0]?.name ?? '' }]
    for await (const each of again.inventory({ only })) expect(each.account).toBe(again.account)
    for (const each of found.slice(0, 3)) await again.credentials(each)
    await again.newcomers?.({ time: '2026-01-01T00:00:00Z' })
    const methods = Object.keys(lab.calls.toJSON().operations).map(each => each.replace(/^[^:]+:/, ''))
    // Of the roles in the policies of the seed's accounts Google makes all, which anybody may look at.
    const needed = new Set(['iam.roles.get', ...methods.flatMap(method => permissionsOf(method) ?? [])])
    expect([...needed].sort()).toEqual([...gcp.permissions].sort())
  })

  it('the table of operations says the same as the lab', () => {
    const wrong = Object.keys(session.calls()).filter(operation => {
      const known = permissionsOf(operation)
      return known !== undefined && [...known].sort().join() !== [...permissionsFor(operation)].sort().join()
    })
    expect(wrong).toEqual([])
  })
})

describe('what may not be read', () => {
  const denying = async (operation: string, kinds?: string[]) => {
    const fresh = await open({})
    const trouble = { kind: 'error', code: 'PERMISSION_DENIED', status: 403 } as const
    lab.faults.add({ operation, trouble, times: 0 })
    return { fresh, found: await listed(fresh, kinds).finally(() => lab.faults.clear()) }
  }

  it('by a search is read account by account', async () => {
    const { fresh, found } = await denying('cloudasset.searchAllIamPolicies', ['service-account'])
    expect(fresh.calls()['iam.projects.serviceAccounts.getIamPolicy']).toBe(found.length)
    expect(found.find(({ name }) => name.startsWith('checkout@'))?.facts.workloads).toHaveLength(1)
  })

  it('is told, and the rest is listed', async () => {
    const { fresh, found } = await denying('apikeys.projects.locations.keys.list')
    expect(fresh.warnings.map(({ message }) => message)).toContainEqual(expect.stringContaining('api-key'))
    expect(found.some(({ kind }) => kind === 'hmac-key')).toBe(true)
  })

  it('stops the listing when it is all that was asked for', async () => {
    await expect(denying('iam.projects.serviceAccounts.list', ['service-account'])).rejects.toMatchObject({
      code: 'denied',
    })
  })
})
