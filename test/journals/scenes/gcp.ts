import { Recording } from '../recording.ts'
import { named, playbook } from './playbook.ts'

const SCOPE = 'gcp: { projects: [acme-prod] }'
const account = (name: string) => `${name}@acme-prod.iam.gserviceaccount.com`

const CREDENTIALS = playbook('credentials-gcp', SCOPE, [
  {
    select: named(
      'service-account-key',
      '16752473f8cdaee8018e5670c50608083bd1ffa6',
      'b773605da8f5181e2d82a2cbddfb83e9614ee828',
    ),
    interrupt: '[disable]',
  },
  {
    select: named('hmac-key', 'GOOG1E5CCA7D70D759A5BB3D093E6616E4A5AAF12E5F199208CBB3DF2602D'),
    interrupt: '[disable]',
  },
  { select: 'identity.kind == "api-key"', interrupt: '[disable]' },
  { select: named('workload-pool', 'github'), interrupt: '[disable]' },
  { select: named('workload-provider', 'github/gitlab'), interrupt: '[disable]' },
  {
    select: named('workload-provider', 'github/github-actions'),
    interrupt: `[disable, { constrain: { condition: assertion.repository != "acme/payments" } }]`,
  },
])

const ACCOUNTS = playbook('accounts-gcp', SCOPE, [
  {
    select: named('service-account', account('reports-export')),
    interrupt: '[quarantine, gcp.service-account.disable, gate, detach]',
  },
  { select: named('service-account', account('checkout')), interrupt: '[gate, detach]' },
])

const STEPPED_DOWN = playbook('step-down-gcp', SCOPE, [
  {
    select: named('service-account', account('orders'), account('partner-upload')),
    interrupt: '[quarantine, gcp.service-account.disable]',
  },
])

export async function recordGcp(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['gcp'] })
  await at.contain('complete', CREDENTIALS)
  await at.contain('complete', ACCOUNTS)
  const run = await at.contain('stepped-down', STEPPED_DOWN)
  await at.lead([
    'restore',
    run,
    '--yes',
    '--keep-clock',
    '--reason',
    'keys are new',
    '--only',
    account('orders'),
  ])
  await at.save()
  await at.close()
}
