import { describe, expect, it } from 'vitest'
import type { GcpEstate } from '../../src/lab/gcp/index.ts'
import { idOfKey } from '../../src/lab/gcp/seed/accounts.ts'
import { KEYS } from '../../src/lab/gcp/seed/ids.ts'
import type { Json } from '../../src/model/json.ts'
import { type GcpRange, openGcp } from './gcp-range.ts'
import { COMPUTE, data, hmacKey, interruption, prod, shop } from './gcp-subjects.ts'
import { look as lookAt, rangeOfTest } from './reading.ts'
import { changed } from './suite.ts'

const ofTest = rangeOfTest<GcpRange>()

interface Asked {
  params?: Json
  prepare?: (estate: GcpEstate) => void
  project?: string
}

async function look(id: string, name: string, { params, prepare, project }: Asked = {}) {
  return await lookAt(await ofTest(await openGcp(prepare, project)), interruption(id), name, params)
}

const policyOf = (estate: GcpEstate, resource: string) => {
  const policy = estate.policies[resource]
  if (!policy) throw new Error(`no policy of ${resource} in the seed`)
  return policy
}

const onlyOthers = (resource: string) => (estate: GcpEstate) => {
  estate.constraints.push({
    resource,
    name: 'iam.allowedPolicyMemberDomains',
    rules: [{ values: { allowedValues: ['C0other'] } }],
  })
}

describe('a grant that could not be given back is refused, and the cloud agrees', () => {
  it('of a role, where the domain is not allowed any more', async () => {
    const prepare = onlyOthers('projects/acme-prod')
    const { refusal, cut, facet, write } = await look('gcp.service-account.detach', prod('analytics'), {
      prepare,
    })
    expect(refusal).toMatch(/organization policy .* on projects\/acme-prod again/)
    await write(cut)
    await expect(write(facet, cut)).rejects.toMatchObject({ code: 'rejected' })
  })

  it('to somebody of another organization, on an account', async () => {
    const agent = 'serviceAccount:agent@northwind-vendor.iam.gserviceaccount.com'
    const { refusal, cut, facet, write } = await look('gcp.service-account.gate', data('nightly-etl'), {
      project: 'acme-data',
      prepare: estate => {
        estate.policies[`serviceAccounts/${data('nightly-etl')}`] = {
          bindings: [{ role: 'roles/iam.serviceAccountTokenCreator', members: [agent] }],
          revision: 1,
        }
      },
    })
    expect(refusal).toMatch(/agent@northwind-vendor.* is not known to be allowed/)
    await write(cut)
    await expect(write(facet, cut)).rejects.toMatchObject({ code: 'rejected' })
  })

  it('where nobody restricts domains it is not refused, and comes back', async () => {
    const { refusal, cut, facet, write, seed, snapshot } = await look(
      'gcp.service-account.gate',
      shop('vendor-sync'),
      { project: 'acme-shop' },
    )
    expect(refusal).toBeUndefined()
    await write(cut)
    await write(facet, cut)
    expect(snapshot()).toEqual(seed)
  })
})

describe('what is not ours to take', () => {
  it('a role that was granted for a time', async () => {
    const { refusal } = await look('gcp.service-account.detach', prod('oncall-agent'))
    expect(refusal).toMatch(/Privileged Access Manager/)
  })

  it('the default account, unless that is asked for', async () => {
    const { refusal } = await look('gcp.service-account.disable', COMPUTE)
    expect(refusal).toMatch(/default account/)
  })

  it('people stay, whoever else is shut out', async () => {
    const { facet, cut } = await look('gcp.service-account.gate', prod('ci-deployer'))
    expect(Object.keys(cut)).toEqual([
      'impersonator/roles/iam.serviceAccountTokenCreator@user:release@acme.example',
    ])
    expect(changed(facet, cut)).toHaveLength(2)
  })

  it('a service agent stays as well', async () => {
    const agent = 'serviceAccount:service-123456789012@gcp-sa-cloudbuild.iam.gserviceaccount.com'
    const { facet, cut } = await look('gcp.service-account.gate', prod('checkout'), {
      prepare: estate => {
        policyOf(estate, `serviceAccounts/${prod('checkout')}`).bindings.push({
          role: 'roles/iam.serviceAccountTokenCreator',
          members: [agent],
        })
      },
    })
    expect(Object.keys(cut)).toEqual([`impersonator/roles/iam.serviceAccountTokenCreator@${agent}`])
    expect(changed(facet, cut)).toHaveLength(1)
  })

  it('who inherits the role from the project is told', async () => {
    const { seen } = await look('gcp.service-account.gate', prod('ci-deployer'), {
      prepare: estate => {
        policyOf(estate, 'projects/acme-prod').bindings.push({
          role: 'roles/iam.serviceAccountTokenCreator',
          members: ['group:sre@acme.example'],
        })
      },
    })
    expect(seen).toMatchObject({
      left: expect.arrayContaining([
        expect.stringContaining(
          '(roles/iam.serviceAccountTokenCreator on projects/acme-prod): gcloud projects remove-iam-policy-binding',
        ),
      ]),
    })
  })
})

describe('a key that Google found', () => {
  it('and disabled is refused and spared, and the cloud is not asked to enable it', async () => {
    const { identity, session, refusal, facet, cut, write, written } = await look(
      'gcp.service-account-key.disable',
      idOfKey('image-resizer', KEYS.work),
    )
    expect(session.spares(identity)?.because).toMatch(/Google disabled this key/)
    expect(refusal).toMatch(/Google has disabled it already/)
    expect(cut).toEqual(facet)
    await expect(write({ enabled: true })).rejects.toMatchObject({ code: 'rejected' })
    expect(written()).toEqual([])
  })

  it('is stopped, and the plan says that it stays so', async () => {
    const { refusal, facet, cut, oneWay } = await look(
      'gcp.service-account-key.disable',
      idOfKey('image-resizer', KEYS.work, 2),
    )
    expect(refusal).toBeUndefined()
    expect(cut).not.toEqual(facet)
    expect(await oneWay()).toMatch(/leaves it disabled/)
  })
})

describe('what is off already', () => {
  it.each([
    ['gcp.service-account.disable', prod('old-batch')],
    ['gcp.service-account.disable', prod('crypto-mined')],
    ['gcp.service-account-key.disable', idOfKey('old-batch', KEYS.work)],
    ['gcp.hmac-key.disable', hmacKey('partner-upload', 2)],
    ['gcp.workload-pool.disable', 'old-ci'],
  ])('%s on %s changes nothing and calls nothing', async (id, name) => {
    const { refusal, facet, cut, write, written, seed, snapshot } = await look(id, name)
    expect(refusal).toBeUndefined()
    expect(cut).toEqual(facet)
    await write(cut)
    expect(written()).toEqual([])
    expect(snapshot()).toEqual(seed)
  })
})

describe('a deny policy', () => {
  it('for the folder above is refused where there is none', async () => {
    const { refusal, facet, cut } = await look('gcp.service-account.quarantine', prod('orders'), {
      params: { at: 'folder' },
      prepare: estate => {
        for (const project of estate.projects) project.parent = `organizations/${estate.organization.id}`
      },
    })
    expect(refusal).toMatch(/no folder above the project/)
    expect(cut).toEqual(facet)
  })

  it('with a permission that cannot be denied is refused by the cloud, and nothing is made', async () => {
    const { cut, write, seed, snapshot } = await look('gcp.service-account.quarantine', prod('orders'), {
      params: { permissions: ['iam.googleapis.com/serviceAccountKeys.enable'] },
    })
    await expect(write(cut)).rejects.toMatchObject({
      code: 'rejected',
      message: expect.stringMatching(/serviceAccountKeys\.enable is not supported/),
    })
    expect(snapshot()).toEqual(seed)
  })
})

describe('how long a restore waits', () => {
  it.each([
    [data('long-runner'), 43_200],
    [data('nightly-etl'), 3600],
  ])('%s: %d s', async (name, seconds) => {
    const { horizon } = await look('gcp.service-account.disable', name, { project: 'acme-data' })
    expect(horizon).toBe(seconds)
  })
})

describe('what we could not put back', () => {
  it.each([
    ['gcp.service-account.disable', prod('orders'), 'iam.serviceAccounts.enable'],
    ['gcp.service-account-key.disable', idOfKey('orders', KEYS.work), 'iam.serviceAccountKeys.enable'],
    ['gcp.service-account.detach', prod('orders'), 'resourcemanager.projects.setIamPolicy'],
    ['gcp.service-account.gate', prod('checkout'), 'iam.serviceAccounts.setIamPolicy'],
    ['gcp.hmac-key.disable', hmacKey('etl-legacy'), 'storage.hmacKeys.update'],
    ['gcp.workload-pool.disable', 'github', 'iam.workloadIdentityPools.update'],
    ['gcp.workload-provider.disable', 'github/github-actions', 'iam.workloadIdentityPoolProviders.update'],
  ])('%s on %s, without %s', async (id, name, permission) => {
    const { oneWay } = await look(id, name, {
      prepare: estate => {
        for (const role of estate.customRoles) {
          role.permissions = role.permissions.filter(each => each !== permission)
        }
      },
    })
    expect(await oneWay()).toMatch(
      new RegExp(`we lack ${permission.replaceAll('.', '\\.')} on projects/acme-prod`),
    )
  })

  it('is nothing with the permissions of the seed', async () => {
    const { oneWay } = await look('gcp.service-account.quarantine', prod('orders'))
    expect(await oneWay()).toBeUndefined()
  })
})
