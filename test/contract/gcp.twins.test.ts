import type { GcpEstate } from '../../src/lab/gcp/index.ts'
import type { Json } from '../../src/model/json.ts'
import { openGcp } from './gcp-range.ts'
import { interruption, prod } from './gcp-subjects.ts'
import { twinsSuite } from './twins-suite.ts'

const POOL = 'iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github'
const UPPER = `principal://${POOL}/subject/repo:Acme/docs:ref`
const LOWER = `principal://${POOL}/subject/repo:acme/docs:ref`
const LONGER = `${UPPER}:more`
const SET_UPPER = `principalSet://${POOL}/attribute.repository/Acme/docs`
const SET_LOWER = `principalSet://${POOL}/attribute.repository/acme/docs`
const ROLE = 'roles/iam.workloadIdentityUser'
const CREATOR = 'roles/iam.serviceAccountTokenCreator'
const ACCOUNT = prod('docs-publisher')
const OWNER = prod('orders')
const NEARLY = prod('orders-2')

/** Subjects of a pool that differ in the case of letters or by what follows, and accounts with a common beginning. */
function twins(estate: GcpEstate): void {
  estate.policies[`serviceAccounts/${ACCOUNT}`] = {
    bindings: [
      { role: ROLE, members: [UPPER, LOWER, LONGER, SET_UPPER, SET_LOWER] },
      { role: CREATOR, members: [UPPER], condition: { title: 'one', expression: 'true' } },
      { role: CREATOR, members: [UPPER, LOWER], condition: { title: 'two', expression: 'true' } },
    ],
    revision: 1,
  }
  const [first] = estate.serviceAccounts.filter(({ email }) => email === OWNER)
  if (!first) throw new Error('not the seed')
  estate.serviceAccounts.push({ ...first, email: NEARLY, uniqueId: '100000000000000000099' })
  estate.policies['projects/acme-prod']?.bindings.push({
    role: 'roles/run.invoker',
    members: [`serviceAccount:${OWNER}`, `serviceAccount:${NEARLY}`],
  })
}

const policyOf = (resource: string) => (snapshot: Json) => {
  const text = JSON.stringify(snapshot)
  const parsed: { policies?: { [resource: string]: Json } } = JSON.parse(text)
  return parsed.policies?.[resource] ?? null
}
const own = policyOf(`serviceAccounts/${ACCOUNT}`)

twinsSuite('Google Cloud', () => openGcp(twins), [
  {
    interruption: interruption('gcp.service-account.gate'),
    name: ACCOUNT,
    params: { members: [LONGER, SET_UPPER] },
    part: own,
    takes: [LONGER, SET_UPPER],
    keeps: [UPPER, LOWER, SET_LOWER],
  },
  {
    interruption: interruption('gcp.service-account.gate'),
    name: ACCOUNT,
    params: { members: [LOWER, SET_LOWER] },
    part: own,
    takes: [LOWER, SET_LOWER],
    keeps: [UPPER, LONGER, SET_UPPER],
  },
  {
    interruption: interruption('gcp.service-account.gate'),
    name: ACCOUNT,
    part: own,
    takes: [UPPER, LOWER, LONGER, SET_UPPER, SET_LOWER],
    keeps: [],
  },
  {
    interruption: interruption('gcp.service-account.detach'),
    name: OWNER,
    part: policyOf('projects/acme-prod'),
    takes: [`serviceAccount:${OWNER}`],
    keeps: [`serviceAccount:${NEARLY}`],
  },
])
