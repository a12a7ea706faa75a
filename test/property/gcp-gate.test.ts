import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Binding } from '../../src/lab/gcp/store.ts'
import { differences, type Facet } from '../../src/model/facet.ts'
import type { Json } from '../../src/model/json.ts'
import {
  emailOf,
  memberOf,
  openTown,
  PROJECT,
  subjectOf,
  type Town,
  WEEKDAYS,
} from '../clouds/gcp/interruptions/small-estate.ts'
import { runs } from './runs.ts'

/** Members of all sorts, among them pairs that differ in their case alone. */
const POOL = 'iam.googleapis.com/projects/111122223333/locations/global/workloadIdentityPools/p'
const MEMBERS = [
  memberOf('b'),
  'serviceAccount:Robot@elsewhere.iam.gserviceaccount.com',
  'serviceAccount:robot@elsewhere.iam.gserviceaccount.com',
  'serviceAccount:elsewhere.svc.id.goog[Shop/Cart]',
  'serviceAccount:elsewhere.svc.id.goog[shop/cart]',
  `principal://${POOL}/subject/repo:Acme/App`,
  `principal://${POOL}/subject/repo:acme/app`,
  `principalSet://${POOL}/attribute.repository/Acme/App`,
  `principalSet://${POOL}/attribute.repository/acme/app`,
  `principalSet://${POOL}/*`,
  'principal://agents.global.org-34.system.id.goog/resources/aiplatform/projects/111122223333/locations/x/reasoningEngines/1',
  'user:Boss@town.example',
  'group:staff@town.example',
  'domain:town.example',
  'deleted:serviceAccount:old@town.iam.gserviceaccount.com?uid=123',
]
const CUSTOM = `projects/${PROJECT}/roles/acting`
const READING = `projects/${PROJECT}/roles/reading`
const ROLES = [
  'roles/iam.serviceAccountTokenCreator',
  'roles/iam.serviceAccountUser',
  'roles/iam.workloadIdentityUser',
  'roles/iam.serviceAccountAdmin',
  'roles/iam.serviceAccountViewer',
  'roles/editor',
  CUSTOM,
  READING,
]

const binding: fc.Arbitrary<Binding> = fc
  .record({
    role: fc.constantFrom(...ROLES),
    members: fc.subarray(MEMBERS, { minLength: 1, maxLength: 6 }),
    condition: fc.constantFrom(undefined, WEEKDAYS, { title: 'always', expression: 'true' }),
  })
  .map(({ role, members, condition }) => ({ role, members, ...(condition ? { condition } : {}) }))

/** The grants of a policy in one spelling: an address in lower case, all else to the letter. */
function granted(bindings: readonly Binding[]): Set<string> {
  return new Set(
    bindings.flatMap(({ role, members, condition }) =>
      members.map(member => {
        const isAddress = /^(user|group|domain|serviceAccount):[^[\]]+$/.test(member)
        return JSON.stringify([role, isAddress ? member.toLowerCase() : member, condition ?? null])
      }),
    ),
  )
}

/** The same of the settings that an interruption takes away. */
function settings(from: Facet, to: Facet): Set<string> {
  return new Set(
    differences(from, to).flatMap(({ from: before }) => {
      const { role, member, conditions } = before as unknown as {
        role: string
        member: string
        conditions: (Binding['condition'] | null)[]
      }
      return [
        ...granted(
          conditions.map(each => ({ role, members: [member], ...(each ? { condition: each } : {}) })),
        ),
      ]
    }),
  )
}

const KEY = `serviceAccounts/${emailOf('a')}`
let town: Town
beforeAll(async () => {
  town = await openTown(['a', 'b'], estate => {
    estate.customRoles = [
      { name: CUSTOM, permissions: ['iam.serviceAccounts.signJwt'] },
      { name: READING, permissions: ['iam.serviceAccounts.get'] },
    ]
  })
})
afterAll(() => town.close())

it('the members that leave a policy are exactly the settings of the change, and a restore gives the policy back', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(binding, { minLength: 1, maxLength: 6 }),
      fc.constantFrom<Json>(
        {},
        { members: ['principal://*/subject/repo:Acme/*'] },
        { members: ['serviceAccount:Robot@*'] },
        { members: ['*shop/cart]', 'principalSet://*'] },
      ),
      async (bindings, params) => {
        town.gcp.editPolicy(KEY, () => ({ bindings }))
        const live = () => granted(town.gcp.estate().policies[KEY]?.bindings ?? [])
        const before = live()
        const { interruption, read, told } = subjectOf(town, 'gcp.service-account.gate', 'a', params)
        const reading = await read(town.again())
        const context = told(reading)
        const cut = interruption.cut(reading.facet, context)
        await interruption.write(town.client, reading.facet, cut, context)
        const after = live()
        expect(new Set([...before].filter(each => !after.has(each)))).toEqual(settings(reading.facet, cut))
        expect([...after].every(each => before.has(each))).toBe(true)
        const held = Object.keys(reading.facet)
        const again = await read(town.again(), held)
        expect(again.facet).toEqual(cut)
        await interruption.write(town.client, cut, reading.facet, context)
        expect(live()).toEqual(before)
        expect((await read(town.again(), held)).facet).toEqual(reading.facet)
      },
    ),
    { numRuns: runs(30) },
  )
})
