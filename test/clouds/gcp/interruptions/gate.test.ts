import { afterEach, describe, expect, it } from 'vitest'
import type { GcpEstate } from '../../../../src/lab/gcp/store.ts'
import { differences } from '../../../../src/model/facet.ts'
import type { Json } from '../../../../src/model/json.ts'
import { emailOf, memberOf, openTown, PROJECT, subjectOf, type Town } from './small-estate.ts'

const POOL = 'iam.googleapis.com/projects/111122223333/locations/global/workloadIdentityPools/github'
const UPPER = `principal://${POOL}/subject/repo:Acme/app:ref:refs/heads/main`
const LOWER = `principal://${POOL}/subject/repo:acme/app:ref:refs/heads/main`
const CUSTOM = `projects/${PROJECT}/roles/impersonation`
const READING = `projects/${PROJECT}/roles/reading`
const TOKEN_CREATOR = 'roles/iam.serviceAccountTokenCreator'

let town: Town | undefined
afterEach(async () => {
  await town?.close()
  town = undefined
})

interface Own {
  role: string
  members: string[]
}

/** An estate in which the account `a` has these bindings in its own policy. */
async function withOwnPolicy(bindings: Own[], prepare: (estate: GcpEstate) => void = () => undefined) {
  town = await openTown(['a', 'b', 'c'], estate => {
    estate.policies[`serviceAccounts/${emailOf('a')}`] = { revision: 1, bindings }
    estate.customRoles = [
      {
        name: CUSTOM,
        permissions: ['iam.serviceAccounts.getAccessToken', 'resourcemanager.projects.get'],
      },
      { name: READING, permissions: ['iam.serviceAccounts.get'] },
    ]
    prepare(estate)
  })
  return town
}

async function gated(from: Town, params: Json = {}) {
  const { interruption, read, told } = subjectOf(from, 'gcp.service-account.gate', 'a', params)
  const reading = await read()
  const context = told(reading)
  const cut = interruption.cut(reading.facet, context)
  const { left = [] } = reading.seen as { left?: string[] }
  return {
    reading,
    left: left.join('\n'),
    cut: differences(reading.facet, cut).map(({ entry }) => entry),
    contain: () => interruption.write(from.client, reading.facet, cut, context),
    restore: () => interruption.write(from.client, cut, reading.facet, context),
  }
}

const ownPolicy = (from: Town) =>
  (from.gcp.estate().policies[`serviceAccounts/${emailOf('a')}`]?.bindings ?? [])
    .flatMap(({ role, members }) => members.map(member => `${role} ${member}`))
    .sort()

describe('gate', () => {
  it('cuts every machine whose role lets it act as the account, when no role is one of the well-known four', async () => {
    const bindings = [
      { role: CUSTOM, members: [memberOf('b')] },
      { role: 'roles/iam.serviceAccountAdmin', members: [memberOf('c')] },
      { role: 'roles/iam.serviceAccountKeyAdmin', members: [memberOf('c')] },
      { role: 'roles/editor', members: [memberOf('b')] },
      { role: 'roles/owner', members: [memberOf('helper')] },
      { role: READING, members: [memberOf('c')] },
      { role: 'roles/iam.serviceAccountViewer', members: [memberOf('b')] },
    ]
    const from = await withOwnPolicy(bindings)
    const seed = from.gcp.snapshot()
    const { contain, restore, cut } = await gated(from)
    expect(cut).toHaveLength(5)
    await contain()
    expect(ownPolicy(from)).toEqual(
      [`${READING} ${memberOf('c')}`, `roles/iam.serviceAccountViewer ${memberOf('b')}`].sort(),
    )
    await restore()
    expect(from.gcp.snapshot()).toEqual(seed)
  })

  it('lists who may act as the account by the project, the folder or the organization, with the command that ends it', async () => {
    const from = await withOwnPolicy([], estate => {
      estate.policies[`projects/${PROJECT}`]?.bindings.push({ role: CUSTOM, members: [memberOf('c')] })
      estate.policies['folders/12']?.bindings.push({ role: TOKEN_CREATOR, members: [memberOf('b')] })
    })
    const { left } = await gated(from)
    expect(left).toContain(`${memberOf('helper')} may run things as it, make keys of it`)
    expect(left).toContain(`${memberOf('c')} may get its tokens (${CUSTOM} on projects/${PROJECT})`)
    expect(left).toContain(
      `gcloud resource-manager folders remove-iam-policy-binding 12 --role=${TOKEN_CREATOR} --member='${memberOf('b')}' --all`,
    )
    expect(left).toMatch(/user:boss@town\.example may .*\(roles\/owner on organizations\/34\)/)
    expect(left).not.toMatch(/roles\/viewer|roles\/browser/)
  })

  it('lists people of the account’s own policy when it leaves them', async () => {
    const from = await withOwnPolicy([
      { role: TOKEN_CREATOR, members: ['user:boss@town.example', memberOf('b')] },
    ])
    const { left, cut } = await gated(from)
    expect(cut).toEqual([`impersonator/${TOKEN_CREATOR}@${memberOf('b')}`])
    expect(left).toContain(`user:boss@town.example may get its tokens`)
    expect(left).not.toContain(`${memberOf('b')} may get its tokens`)
  })

  it('leaves and lists a member when the permissions of its role are not known', async () => {
    const from = await withOwnPolicy([{ role: CUSTOM, members: [memberOf('b')] }])
    from.lab.faults.add({
      operation: 'iam.projects.roles.get',
      trouble: { kind: 'error', code: 'PERMISSION_DENIED', status: 403 },
      times: 1000,
    })
    const { left, cut } = await gated(from)
    expect(cut).toEqual([])
    expect(left).toContain(`${memberOf('b')} (${CUSTOM})`)
    expect(left).toContain('grant iam.roles.get')
  })

  it('says that inherited access is not known when a policy above may not be read', async () => {
    const from = await withOwnPolicy([])
    for (const operation of [
      'cloudresourcemanager.folders.getIamPolicy',
      'cloudresourcemanager.projects.getIamPolicy',
    ]) {
      from.lab.faults.add({
        operation,
        trouble: { kind: 'error', code: 'PERMISSION_DENIED', status: 403 },
        times: 1000,
      })
    }
    const { left } = await gated(from)
    expect(left).toMatch(/by the policy of folders\/12 is not known .*resourcemanager\.folders\.getIamPolicy/)
    expect(left).toMatch(new RegExp(`by the policy of projects/${PROJECT} is not known`))
  })

  it('cuts one of two subjects that differ in their case alone, and gives it back', async () => {
    const from = await withOwnPolicy([{ role: 'roles/iam.workloadIdentityUser', members: [UPPER, LOWER] }])
    const seed = from.gcp.snapshot()
    const { cut, contain, restore } = await gated(from, {
      members: ['principal://*/subject/repo:Acme/app:*'],
    })
    expect(cut).toEqual([`impersonator/roles/iam.workloadIdentityUser@${UPPER}`])
    await contain()
    expect(ownPolicy(from)).toEqual([`roles/iam.workloadIdentityUser ${LOWER}`])
    await restore()
    expect(from.gcp.snapshot()).toEqual(seed)
  })

  it('cuts both subjects as settings of their own when no members are named', async () => {
    const from = await withOwnPolicy([{ role: 'roles/iam.workloadIdentityUser', members: [UPPER, LOWER] }])
    const seed = from.gcp.snapshot()
    const { cut, contain, restore } = await gated(from)
    expect(cut).toHaveLength(2)
    await contain()
    expect(ownPolicy(from)).toEqual([])
    await restore()
    expect(from.gcp.snapshot()).toEqual(seed)
  })
})
