import { Recording } from '../recording.ts'
import { Colleague } from './people.ts'
import { named, playbook } from './playbook.ts'

const DENIED = { kind: 'error', code: 'AccessDenied', status: 403, message: 'not authorized' } as const

const USERS = [
  'bob.keller',
  'carol.ng',
  'chat-assistant',
  'ci-deploy',
  'data-sync',
  'ledger-reader',
  'logs-shipper',
  'metrics-push',
  'mobile-uploads',
  'warehouse-loader',
]

const PLAYBOOK = playbook(
  'troubled',
  `aws: { accounts: [self] }
  gcp: { projects: [acme-prod] }`,
  [
    { select: named('user', ...USERS, 'alice.martin'), interrupt: '[quarantine]' },
    { select: named('user', 'terraform'), interrupt: '[{ constrain: { deny: ["iam:*"] } }]' },
    { select: named('user', 'legacy-etl'), interrupt: '[revoke-sessions]' },
    {
      select: 'identity.kind == "service-account" && identity.name.startsWith("metrics-writer@")',
      interrupt: '[gcp.service-account.disable]',
    },
  ],
  `protect:
  - identity.name == "alice.martin"
`,
)

const QUOTA = playbook('reduced-gcp', 'gcp: { projects: [acme-prod] }', [
  {
    select: 'identity.kind == "service-account" && identity.name.startsWith("payments@")',
    interrupt:
      '[{ quarantine: { permissions: [iam.googleapis.com/serviceAccountKeys.create, iam.googleapis.com/serviceAccountKeys.enable] } }]',
  },
  {
    select: 'identity.kind == "service-account" && identity.name.startsWith("orders@")',
    interrupt: '[quarantine]',
  },
])

export async function recordTroubled(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws', 'gcp'] })
  const colleague = new Colleague(at)
  at.trouble(
    {
      cloud: 'gcp',
      trouble: { kind: 'error', code: 'PERMISSION_DENIED', status: 403, message: 'no' },
      times: 0,
    },
    { operation: 'PutUserPolicy', params: { UserName: 'ci-deploy' }, trouble: DENIED, times: 0 },
    { operation: 'AttachUserPolicy', params: { UserName: 'ci-deploy' }, trouble: DENIED, times: 0 },
    { operation: 'PutUserPermissionsBoundary', params: { UserName: 'ci-deploy' }, trouble: DENIED, times: 0 },
    { operation: 'PutUserPolicy', trouble: { kind: 'vanish', of: 'user', name: 'warehouse-loader' } },
    { operation: 'ListAccessKeys', params: { UserName: 'carol.ng' }, trouble: DENIED, nth: 1, times: 0 },
  )
  const made: Promise<void>[] = []
  at.answered = operation => {
    if (operation !== 'PutUserPolicy' || made.length > 0) return
    made.push(colleague.inline('terraform', 'large', 1880), colleague.key('mobile-uploads'))
  }
  const run = await at.contain('refused, unreached, spared and failed', PLAYBOOK, { codes: [4] })
  await Promise.all(made)
  at.calm()
  await at.lead(['resume', run], [0, 4])
  at.trouble({ operation: 'iam.policies.createPolicy', trouble: { kind: 'throttle', seconds: 3 } })
  await at.contain('postponed and reduced', QUOTA)
  colleague.leave()
  await at.save()
  await at.close()
}
