import { awsCase, onlyUsers } from '../cases/aws.ts'
import { runsSuite } from './suite.ts'

// With room and without, with a boundary of their own, with groups, with credentials, with AWS's own quarantine.
const NAMES = [
  'ci-deploy',
  'report-printer',
  'legacy-etl',
  'sandbox-bot',
  'mobile-uploads',
  'github-deployer',
  'github-legacy',
  'vendor-legacy',
  'sandbox-runner',
]

runsSuite('AWS', () => awsCase(onlyUsers(...NAMES)), {
  names: NAMES,
  select: names =>
    `(identity.kind == "user" || identity.kind == "role") && identity.name in ${JSON.stringify(names)}`,
  uses: ['quarantine', 'disable', 'revoke-sessions', 'constrain', 'gate', 'detach'],
  params: { constrain: { deny: ['s3:*'] }, gate: { sourceIps: ['203.0.113.0/24'] } },
  examples: [
    // The deny takes the room that the policy, taken away by all three, needs to come back.
    [
      { names: ['vendor-legacy'], uses: ['detach'] },
      { names: ['vendor-legacy'], uses: ['detach'] },
      { names: ['vendor-legacy'], uses: ['constrain', 'detach'] },
    ],
  ],
})
