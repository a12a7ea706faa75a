import { afterEach, beforeEach, expect, it } from 'vitest'
import { listedRole } from '../../../src/clouds/aws/settings/bulk-reading.ts'
import { asking, moment, type Purpose } from '../../../src/model/purpose.ts'
import { answer, ScriptedIam } from './scripted-iam.ts'

let iam: ScriptedIam
let roles = 0

beforeEach(async () => {
  iam = await new ScriptedIam().start()
  iam.script = ({ action }, response) => {
    if (action === 'GetAccountSummary') {
      const entry = `<entry><key>Roles</key><value>${roles}</value></entry>`
      return answer(response, `<SummaryMap>${entry}</SummaryMap>`, action)
    }
    const listed = Array.from(
      { length: roles },
      (_, at) => `<member><RoleName>role-${at}</RoleName></member>`,
    )
    const page = `<RoleDetailList>${listed.join('')}</RoleDetailList><IsTruncated>false</IsTruncated>`
    answer(response, page, action)
  }
})

afterEach(async () => {
  await iam.stop()
})

/** How many of some roles are found in a listing, and how often it was made. */
async function ask(purpose: Purpose, count: number): Promise<[number, number]> {
  const client = iam.client()
  const found = await asking({ purpose, since: moment() }, () =>
    Promise.all(Array.from({ length: count }, (_, at) => listedRole(client, `role-${at}`))),
  )
  const listings = iam.received.filter(({ action }) => action === 'GetAccountAuthorizationDetails')
  return [found.filter(each => each !== undefined).length, listings.length]
}

it.each([
  ['a small account', 'plan', 80, 1, [1, 1]],
  ['a larger account, for few of it', 'plan', 1_000, 3, [0, 0]],
  ['the state before a write in a larger account', 'snapshot', 250, 20, [0, 0]],
  ['whether a write is in force', 'verify', 80, 5, [0, 0]],
] as const)('one listing serves %s or none is made', async (_, purpose, size, count, expected) => {
  roles = size
  expect(await ask(purpose, count)).toEqual(expected)
})

it('one listing serves a plan of many roles in a larger account', async () => {
  roles = 250
  const [found, listings] = await ask('plan', 40)
  expect(found).toBeGreaterThanOrEqual(38)
  expect(listings).toBe(1)
})
