import { Recording } from '../recording.ts'
import { named, playbook } from './playbook.ts'

const AWS = 'aws: { accounts: [self], regions: [eu-west-1] }'
const GCP = 'gcp: { projects: [acme-prod] }'
const AZURE = 'azure: { subscriptions: [all] }'
const account = (name: string) => `${name}@acme-prod.iam.gserviceaccount.com`

/** Every switch of AWS, and a user's permissions. */
const FIRST = playbook('first-aws', AWS, [
  {
    select: named('access-key', 'AKIAIOSFODNN7EXAMPLE', 'AKIAWSA6VGO4NPSCT2CF'),
    interrupt: '[disable]',
    after: 'keep-off',
  },
  { select: named('service-credential', 'ACCAP7KQSSSL3AJI7SLG'), interrupt: '[disable]' },
  { select: named('signing-certificate', 'ASCAUQBRKA775GJJRI4EWA5K'), interrupt: '[disable]' },
  { select: 'identity.kind == "ssh-key"', interrupt: '[disable]' },
  { select: named('user', 'ci-deploy'), interrupt: '[quarantine, revoke-sessions, detach]' },
  { select: named('role', 'payments-api'), interrupt: '[quarantine, disable, revoke-sessions]' },
])

/** Some of the same again, by another run. */
const SECOND = playbook('second-aws', AWS, [
  { select: named('access-key', 'AKIAIOSFODNN7EXAMPLE', 'AKIAOKMQ3PEP45SJHK7O'), interrupt: '[disable]' },
  { select: named('user', 'ci-deploy'), interrupt: '[quarantine, revoke-sessions]' },
])

/** Every switch of Google Cloud. */
const CREDENTIALS = playbook('credentials-gcp', GCP, [
  {
    select: named('service-account-key', 'b773605da8f5181e2d82a2cbddfb83e9614ee828'),
    interrupt: '[disable]',
  },
  {
    select: named('hmac-key', 'GOOG1E5CCA7D70D759A5BB3D093E6616E4A5AAF12E5F199208CBB3DF2602D'),
    interrupt: '[disable]',
  },
  { select: named('workload-pool', 'github'), interrupt: '[disable]' },
  { select: named('workload-provider', 'github/gitlab'), interrupt: '[disable]' },
])

const STEPPED_DOWN = playbook('step-down-gcp', GCP, [
  {
    select: named('service-account', account('orders'), account('partner-upload')),
    interrupt: '[quarantine, gcp.service-account.disable]',
  },
])

/** An application, its principal and one of another. */
const APPLICATIONS = playbook('applications-azure', AZURE, [
  { select: named('application', '0946cca8-d95e-4fbc-80ee-65098674b6c5'), interrupt: '[disable]' },
  {
    select: named(
      'service-principal',
      '15368e9e-4b7e-49f3-91e9-7c84cd89c1fa',
      'd81bfc8b-5c90-4437-81f1-974a7d675854',
    ),
    interrupt: '[quarantine, disable]',
  },
])

/** Each cloud contained: one identity held by two runs, one account stepped down, one run restored for one identity alone. */
export async function recordContained(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws', 'gcp', 'azure'] })
  const why = ['--yes', '--reason', 'one of them is known']
  await at.contain('complete', FIRST)
  await at.contain('stacked', SECOND, { args: ['--stack', '--ticket', 'IR-2291'] })
  await at.contain('complete', CREDENTIALS)
  const stepped = await at.contain('stepped down', STEPPED_DOWN)
  await at.lead(['restore', stepped, '--keep-clock', ...why, '--only', account('orders')])
  const partly = await at.contain('partly restored', APPLICATIONS)
  await at.lead([
    ...['restore', partly, '--accept-live-tokens', ...why],
    ...['--only', '15368e9e-4b7e-49f3-91e9-7c84cd89c1fa'],
  ])
  await at.save()
  await at.close()
}
