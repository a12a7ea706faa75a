import { idOfKey } from '../../src/lab/gcp/seed/accounts.ts'
import { KEYS } from '../../src/lab/gcp/seed/ids.ts'
import { seedGcp } from '../../src/lab/gcp/seed/index.ts'
import { gcpCase } from '../cases/gcp.ts'
import { runsSuite } from './suite.ts'

const estate = seedGcp('2026-01-01T00:00:00Z')
const inProject = <Each extends { project: string }>({ project }: Each) => project === 'acme-prod'
const account = (name: string) => `${name}@acme-prod.iam.gserviceaccount.com`

/** All that can be interrupted in some way: accounts, what belongs to them, and what lets workloads in. */
const accounts = [
  // With keys, an HMAC key, a policy of its own and grants everywhere, one of them with a condition.
  account('etl-legacy'),
  // One role three times, with different conditions; a grant at the folder and the organization.
  account('analytics'),
  account('ci-deployer'),
  account('reports-export'),
  // Disabled before, with a grant.
  account('old-batch'),
  account('partner-upload'),
]
const others = [
  idOfKey('etl-legacy', KEYS.leaked),
  idOfKey('etl-legacy', KEYS.work, 2),
  idOfKey('partner-upload', KEYS.work),
  ...estate.hmacKeys.filter(inProject).map(({ accessId }) => accessId),
  ...estate.apiKeys.filter(inProject).map(({ id }) => id),
  'github',
  'github/github-actions',
  'github/gitlab',
  'old-ci',
]
const uses = ['quarantine', 'disable', 'gate', 'detach', 'constrain']

runsSuite('Google Cloud', () => gcpCase(), {
  names: [...accounts, ...others],
  select: names => `identity.name in ${JSON.stringify(names)}`,
  uses,
  all: true,
  params: {
    quarantine: { exceptionPrincipals: ['principalSet://goog/group/break-glass@acme.example'] },
    detach: { only: ['project', 'ancestors'] },
    constrain: { condition: 'assertion.repository != "acme/payments"' },
  },
  examples: [
    // Everything by everyone: each interruption that there is, held twice.
    [
      { names: [...accounts, ...others], uses },
      { names: [...accounts, ...others], uses },
    ],
    [
      { names: accounts, uses: ['quarantine', 'detach'] },
      { names: [...accounts, ...others], uses: ['disable', 'gate'] },
      { names: others, uses: ['disable', 'constrain'] },
    ],
  ],
})
