import { afterEach, describe, expect, it } from 'vitest'
import type { GcpEstate } from '../../../../src/lab/gcp/store.ts'
import { memberOf, openTown, PROJECT, subjectOf, type Town, WEEKDAYS } from './small-estate.ts'

const ID = 'gcp.service-account.detach'
const FIFTY = Array.from({ length: 50 }, (_, at) => `svc-${at}`)

let town: Town
afterEach(async () => await town.close())

/** The interruption's reading of one account. */
async function look(name: string, prepare?: (estate: GcpEstate) => void, params = {}) {
  town = await openTown(['a', 'b'], prepare)
  const subject = subjectOf(town, ID, name, params)
  const reading = await subject.read()
  const context = subject.told(reading)
  return {
    ...subject,
    reading,
    context,
    cut: subject.interruption.cut(reading.facet, context),
    refusal: subject.interruption.refuse?.(reading.facet, context),
  }
}

const policy = (estate: GcpEstate, resource: string) => {
  const found = estate.policies[resource]
  if (!found) throw new Error(`no policy of ${resource}`)
  return found
}

it('fifty members leave with one write of each policy, and come back with another', async () => {
  town = await openTown(FIFTY)
  const seed = town.gcp.snapshot()
  const subjects = FIFTY.map(name => subjectOf(town, ID, name))
  const before = await Promise.all(subjects.map(({ read }) => read()))
  const reads = town.calls()
  // The searches end one after the other; what is asked for at one time is one reading.
  expect(reads['cloudresourcemanager.projects.getIamPolicy']).toBeLessThan(10)
  const contexts = subjects.map(({ told }, at) => told(before[at]!))
  const cut = subjects.map(({ interruption }, at) => interruption.cut(before[at]!.facet, contexts[at]!))
  const writeAll = (from: typeof cut, to: typeof cut) =>
    Promise.all(
      subjects.map(({ interruption }, at) =>
        interruption.write(town.client, from[at]!, to[at]!, contexts[at]!),
      ),
    )
  await writeAll(
    before.map(({ facet }) => facet),
    cut,
  )
  const once = {
    'cloudresourcemanager.projects.setIamPolicy': 1,
    'cloudresourcemanager.folders.setIamPolicy': 1,
    'cloudresourcemanager.organizations.setIamPolicy': 1,
    'iam.projects.serviceAccounts.setIamPolicy': 1,
  }
  expect(town.calls()).toMatchObject(once)
  expect(JSON.stringify(town.gcp.estate().policies)).not.toContain('svc-')
  expect(JSON.stringify(town.gcp.estate().policies)).toContain('group:staff@town.example')
  await writeAll(
    cut,
    before.map(({ facet }) => facet),
  )
  expect(town.calls()).toMatchObject(once)
  expect(town.gcp.snapshot()).toEqual(seed)
})

it('one member that the cloud refuses does not stand in the way of the others', async () => {
  town = await openTown(['a', 'b', 'c'])
  const subjects = ['a', 'b', 'c'].map(name => subjectOf(town, ID, name, { only: ['project'] }))
  const before = await Promise.all(subjects.map(({ read }) => read()))
  const cut = subjects.map(({ interruption, told }, at) =>
    interruption.cut(before[at]!.facet, told(before[at]!)),
  )
  const write = (at: number, from: typeof cut, to: typeof cut) =>
    subjects[at]!.interruption.write(town.client, from[at]!, to[at]!, subjects[at]!.told(before[at]!))
  const live = before.map(({ facet }) => facet)
  await Promise.all([0, 1, 2].map(at => write(at, live, cut)))
  town.gcp.vanish('service-account', subjects[1]!.context.identity.name)
  const outcomes = await Promise.allSettled([0, 1, 2].map(at => write(at, cut, live)))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  const viewers = policy(town.gcp.estate(), `projects/${PROJECT}`).bindings[0]?.members
  expect(viewers).toContain(memberOf('c'))
  expect(viewers?.filter(each => !each.startsWith('deleted:'))).not.toContain(memberOf('b'))
})

describe('what is taken away', () => {
  it('keeps one role under several conditions apart', async () => {
    const { reading, cut } = await look('a')
    expect(reading.facet[`grant/roles/viewer@projects/${PROJECT}`]).toMatchObject({
      member: memberOf('a'),
      conditions: expect.arrayContaining([null, WEEKDAYS]),
    })
    expect(cut).toEqual({})
  })

  it('leaves service agents and administrators of the organization alone', async () => {
    const { reading, cut } = await look('a', estate => {
      policy(estate, 'organizations/34').bindings.push({ role: 'roles/owner', members: [memberOf('a')] })
      policy(estate, `projects/${PROJECT}`).bindings.push({
        role: 'roles/container.serviceAgent',
        members: [memberOf('a')],
      })
    })
    expect(Object.keys(cut).sort()).toEqual([
      'grant/roles/container.serviceAgent@projects/town',
      'grant/roles/owner@organizations/34',
    ])
    expect(Object.keys(reading.facet).length).toBeGreaterThan(4)
  })

  it('is narrowed by place and by role', async () => {
    const { cut, reading } = await look('a', undefined, { only: ['project'], roles: ['*logWriter'] })
    expect(Object.keys(reading.facet).filter(entry => !(entry in cut))).toEqual([
      `grant/roles/logging.logWriter@projects/${PROJECT}`,
    ])
  })
})

describe('what could not be put back is refused', () => {
  it('where the organization policy would not let the member in again', async () => {
    const { refusal } = await look('a', estate => {
      estate.constraints.push({
        resource: 'folders/12',
        name: 'iam.allowedPolicyMemberDomains',
        rules: [{ values: { allowedValues: ['C0other'] } }],
      })
    })
    expect(refusal).toMatch(/organization policy .* could not be put back/)
  })

  it('not where our own organization is among the allowed', async () => {
    const { refusal } = await look('a', estate => {
      estate.constraints.push({
        resource: 'folders/12',
        name: 'iam.allowedPolicyMemberDomains',
        rules: [{ values: { allowedValues: ['C0town'] } }],
      })
    })
    expect(refusal).toBeUndefined()
  })

  it.each(['Created by: PAM', 'Privileged Access Manager grant'])(
    'where Privileged Access Manager granted it for a time: %s',
    async title => {
      const { refusal } = await look('a', estate => {
        policy(estate, `projects/${PROJECT}`).bindings.push({
          role: 'roles/editor',
          members: [memberOf('a')],
          condition: { title, expression: 'request.time < timestamp("2026-12-01T00:00:00Z")' },
        })
      })
      expect(refusal).toMatch(/Privileged Access Manager/)
    },
  )

  it('where the policy has more members than a policy may have', async () => {
    const { refusal } = await look('a', estate => {
      const members = Array.from({ length: 1500 }, (_, at) => `user:u${at}@town.example`)
      policy(estate, `projects/${PROJECT}`).bindings.push({ role: 'roles/browser', members })
    })
    expect(refusal).toMatch(/more than 1500 members/)
  })
})

it('a write whose answer was lost is not made twice', async () => {
  const { interruption, context, reading, cut, read } = await look('a')
  town.lab.faults.add({
    operation: 'cloudresourcemanager.projects.setIamPolicy',
    trouble: { kind: 'applied-then-503' },
  })
  await interruption.write(town.client, reading.facet, cut, context).catch(error => {
    expect(error).toMatchObject({ code: 'unavailable' })
  })
  expect((await read()).facet).toEqual(cut)
  await interruption.write(town.client, reading.facet, cut, context)
  await interruption.write(town.client, cut, reading.facet, context)
  expect((await read()).facet).toEqual(reading.facet)
})

it('says when we could not put it back', async () => {
  const { interruption, context } = await look('a', estate => {
    policy(estate, 'organizations/34').bindings = [
      { role: 'roles/browser', members: [memberOf('responder')] },
      { role: 'roles/iam.securityReviewer', members: [memberOf('responder')] },
    ]
  })
  expect(await interruption.oneWay?.(town.client, context)).toMatch(
    /we lack resourcemanager\.\w+\.setIamPolicy on/,
  )
})
