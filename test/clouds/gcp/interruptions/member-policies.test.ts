import { afterEach, describe, expect, it } from 'vitest'
import type { GcpEstate } from '../../../../src/lab/gcp/store.ts'
import { emailOf, memberOf, openTown, PROJECT, subjectOf, type Town } from './small-estate.ts'

const MANAGED = 'iam.managed.allowedPolicyMembers'
const OURS = '//cloudresourcemanager.googleapis.com/organizations/34'
const THEIRS = '//cloudresourcemanager.googleapis.com/organizations/99'
const GATE = 'gcp.service-account.gate'
const DETACH = 'gcp.service-account.detach'

let town: Town | undefined
afterEach(async () => {
  await town?.close()
  town = undefined
})

const restricted =
  (allowedPrincipalSets: string[], allowedMemberSubjects: string[] = []) =>
  (estate: GcpEstate) => {
    estate.constraints.push({
      resource: 'organizations/34',
      name: MANAGED,
      rules: [{ enforce: true, parameters: { allowedPrincipalSets, allowedMemberSubjects } }],
    })
  }

const withCustomConstraint = (enforce: boolean) => (estate: GcpEstate) => {
  estate.customConstraints = [
    { id: 'custom.onlyOurs', resourceTypes: ['iam.googleapis.com/AllowPolicy'], condition: 'true' },
    { id: 'custom.buckets', resourceTypes: ['storage.googleapis.com/Bucket'], condition: 'true' },
  ]
  for (const name of ['custom.onlyOurs', 'custom.buckets']) {
    const rules = [{ enforce: name === 'custom.buckets' || enforce }]
    estate.constraints.push({ resource: 'organizations/34', name, rules })
  }
}

/** Account `a`, as which account `b` may act. */
async function looked(id: string, prepare: (estate: GcpEstate) => void) {
  town = await openTown(['a', 'b'], estate => {
    estate.policies[`serviceAccounts/${emailOf('a')}`] = {
      revision: 1,
      bindings: [{ role: 'roles/iam.serviceAccountTokenCreator', members: [memberOf('b')] }],
    }
    const organization = estate.policies['organizations/34']
    organization?.bindings.push({ role: 'roles/orgpolicy.policyViewer', members: [memberOf('responder')] })
    prepare(estate)
  })
  const { interruption, read, told } = subjectOf(town, id, 'a')
  const reading = await read()
  const context = told(reading)
  const cut = interruption.cut(reading.facet, context)
  return {
    refusal: interruption.refuse?.(reading.facet, context),
    oneWay: async () => await interruption.oneWay?.(town?.client as never, context),
    write: () => interruption.write(town?.client as never, reading.facet, cut, context),
    restore: () => interruption.write(town?.client as never, cut, reading.facet, context),
  }
}

describe.each([GATE, DETACH])('%s', id => {
  it('refuses a cut when the managed constraint does not let the grant come back', async () => {
    const { refusal, write, restore } = await looked(id, restricted([THEIRS]))
    expect(refusal).toMatch(/organization policy/)
    await write()
    await expect(restore()).rejects.toMatchObject({
      code: 'rejected',
      next: expect.stringContaining(MANAGED),
    })
  })

  it.each([
    ['its organization is allowed', restricted([OURS])],
    ['the member is named', restricted([THEIRS], [memberOf('a'), memberOf('b')])],
    ['the managed constraint is not enforced', withCustomConstraint(false)],
  ])('cuts, and has no doubt, when %s', async (_, prepare) => {
    const { refusal, oneWay, write, restore } = await looked(id, prepare)
    expect(refusal).toBeUndefined()
    expect(await oneWay()).toBeUndefined()
    await write()
    await restore()
  })

  it('warns that a restore may fail when a custom constraint on allow policies is enforced', async () => {
    const { refusal, oneWay } = await looked(id, withCustomConstraint(true))
    expect(refusal).toBeUndefined()
    await expect(oneWay()).rejects.toThrow(/is unknown .*custom constraints/)
  })

  it('warns that a restore may fail when organization policies may not be read', async () => {
    const { refusal, oneWay } = await looked(id, estate => {
      const organization = estate.policies['organizations/34']
      const bindings =
        organization?.bindings.filter(({ role }) => role !== 'roles/orgpolicy.policyViewer') ?? []
      const powerless = bindings.filter(({ role }) => role !== 'roles/owner')
      const role = `projects/${PROJECT}/roles/responder`
      estate.customRoles = [
        {
          name: role,
          permissions: [
            'iam.serviceAccounts.get',
            'iam.serviceAccounts.getIamPolicy',
            'iam.serviceAccounts.setIamPolicy',
            'resourcemanager.projects.getIamPolicy',
            'resourcemanager.projects.setIamPolicy',
            'resourcemanager.folders.getIamPolicy',
            'resourcemanager.folders.setIamPolicy',
            'resourcemanager.organizations.getIamPolicy',
            'resourcemanager.organizations.setIamPolicy',
          ],
        },
      ]
      estate.policies['organizations/34'] = {
        revision: 1,
        bindings: [...powerless, { role, members: [memberOf('responder')] }],
      }
    })
    expect(refusal).toBeUndefined()
    await expect(oneWay()).rejects.toThrow(/is unknown/)
  })
})
