import { Recording } from '../recording.ts'
import { named, playbook } from './playbook.ts'

const SCOPE = 'aws: { accounts: [self], regions: [eu-west-1] }'
const GITHUB = 'token.actions.githubusercontent.com'

/** Every interruption of AWS but the guard. */
const EVERYTHING = playbook('everything-aws', SCOPE, [
  {
    select: named('access-key', 'AKIAIOSFODNN7EXAMPLE', 'AKIAWSA6VGO4NPSCT2CF'),
    interrupt: '[disable]',
    after: 'keep-off',
  },
  {
    select: named(
      'service-credential',
      'ACCAP7KQSSSL3AJI7SLG',
      'ACCADZ72N6TBR47YRXPD',
      'ACCA6IUPGZRL5KALMAAB',
    ),
    interrupt: '[disable]',
  },
  { select: named('signing-certificate', 'ASCAGWBGC5EF5ZQCLFSYKIUM'), interrupt: '[disable]' },
  { select: 'identity.kind == "ssh-key"', interrupt: '[disable]' },
  {
    select: named('role', 'github-deployer', 'payments-api', 'vendor-sync'),
    interrupt: '[quarantine, disable, revoke-sessions]',
  },
  { select: named('oidc-provider', GITHUB), interrupt: '[disable]' },
  { select: named('user', 'ci-deploy'), interrupt: '[quarantine, revoke-sessions, detach]' },
  { select: named('user', 'legacy-etl', 'sandbox-bot'), interrupt: '[quarantine, detach]' },
  { select: named('user', 'alice.martin'), interrupt: '[{ constrain: { deny: ["s3:*", "iam:Create*"] } }]' },
  {
    select: named('role', 'nightly-etl'),
    interrupt: '[{ constrain: { deny: ["s3:GetObject"], resources: ["arn:aws:s3:::acme-backup/*"] } }]',
  },
  { select: named('user', 'metrics-push'), interrupt: '[{ gate: { sourceIps: [203.0.113.0/24] } }]' },
  {
    select: named('role', 'orders-worker'),
    interrupt: '[{ gate: { orgId: o-a1b2c3d4e5, until: "2031-01-01T00:00:00Z" } }]',
  },
  { select: named('role', 'web-frontend', 'sandbox-runner'), interrupt: '[detach]' },
  { select: named('instance-profile-association', 'i-0a1b2c3d4e5f60001'), interrupt: '[detach]' },
])

/** Some of the same again, by another run. */
const AGAIN = playbook('again-aws', SCOPE, [
  { select: named('access-key', 'AKIAIOSFODNN7EXAMPLE', 'AKIAOKMQ3PEP45SJHK7O'), interrupt: '[disable]' },
  { select: named('user', 'ci-deploy'), interrupt: '[quarantine, revoke-sessions]' },
  { select: named('role', 'github-deployer'), interrupt: '[disable, quarantine]' },
])

export async function recordAws(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws'] })
  await at.contain('complete', EVERYTHING)
  await at.contain('stacked', AGAIN, { args: ['--stack', '--ticket', 'IR-2291'] })
  await at.save()
  await at.close()
}

const GUARDED = playbook(
  'guard-aws',
  'aws: { accounts: [self], guard: { roleArn: "arn:aws:iam::100000000001:role/security/organization-guard" } }',
  [
    { select: named('user', 'ci-deploy'), interrupt: '[guard, quarantine]' },
    { select: named('role', 'vendor-sync'), interrupt: '[{ guard: { deny: undo } }, disable]' },
  ],
)

export async function recordAwsOrganization(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws'] })
  await at.contain('organization-guard', GUARDED)
  await at.save()
  await at.close()
}

const CERTIFICATES = playbook('certificates-aws', SCOPE, [
  { select: named('signing-certificate', 'ASCAUQBRKA775GJJRI4EWA5K'), interrupt: '[disable]' },
  { select: named('access-key', 'AKIARGJ3OCJDMX4AGTIL', 'AKIA3C5F3OEHQ2R6OA44'), interrupt: '[disable]' },
])

export async function recordAwsCertificates(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws'] })
  await at.contain('complete', CERTIFICATES)
  await at.save()
  await at.close()
}
