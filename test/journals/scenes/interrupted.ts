import { Recording } from '../recording.ts'
import { named, playbook } from './playbook.ts'

const aws = (name: string, user: string, key: string) =>
  playbook(name, 'aws: { accounts: [self] }', [
    { select: named('access-key', key), interrupt: '[disable]' },
    { select: named('user', user), interrupt: '[quarantine, revoke-sessions, detach]' },
  ])

const GCP = playbook('interrupted-gcp', 'gcp: { projects: [acme-prod] }', [
  {
    select: named('service-account', 'reports-export@acme-prod.iam.gserviceaccount.com'),
    interrupt: '[quarantine, gcp.service-account.disable, gate, detach]',
  },
])

const AZURE = playbook(
  'interrupted-azure',
  'azure: { subscriptions: ["74fbdd5a-f232-4e93-a451-ac34aee3955c"] }',
  [
    {
      select: named('service-principal', 'a4d2e51e-2358-4a74-a630-98bd9bd39371'),
      interrupt: '[quarantine, disable, detach]',
    },
  ],
)

/** Killed with SIGKILL while the nth append to the journal is made. */
const killed = (nth: number, how: 'torn' | 'after') => ({
  codes: [null],
  strike: { CRASH_AT: `journal:${nth}:${how}` },
})

export async function recordInterrupted(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws', 'gcp', 'azure'] })
  await at.contain(
    'killed in the middle of a line',
    aws('torn-aws', 'ci-deploy', 'AKIAIOSFODNN7EXAMPLE'),
    killed(6, 'torn'),
  )
  await at.contain(
    'killed after an intention',
    aws('intended-aws', 'billing-export', 'AKIAXHVPLLVPRMD44DZ6'),
    killed(2, 'after'),
  )
  await at.contain('killed in the middle of waves', GCP, killed(5, 'after'))
  await at.contain('killed between changes', AZURE, killed(5, 'after'))
  await at.contain('ended by Ctrl-C', aws('signal-aws', 'metrics-push', 'AKIAKFXB5EBNCOX77VBC'), {
    codes: [5, 130],
    strike: { INTERRUPT_AT: 'journal:4:after' },
  })
  const WHY = ['--yes', '--reason', 'it leaked']
  const restoring = await at.contain(
    'restore killed',
    aws('restore-aws', 'mobile-uploads', 'AKIAJJK2EA4WLJJHRQOF'),
  )
  await at.lead(['restore', restoring, '--accept-live-tokens', ...WHY], [null], {
    CRASH_AT: 'journal:4:torn',
  })
  const rotating = await at.contain('rotation killed', 'leaked-access-key', {
    args: ['--input', 'key=AKIA2AP3JMOBHYGKLLU4'],
  })
  await at.lead(['rotate', rotating, '--into', 'aws-secretsmanager:warehouse/key', ...WHY], [null], {
    CRASH_AT: 'journal:3:after',
  })
  await at.save()
  await at.close()
}
