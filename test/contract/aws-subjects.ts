import { guardPolicyName, guardText, PREPARED_GUARD } from '../../src/clouds/aws/guard/document.ts'
import { interruptions } from '../../src/clouds/aws/interruptions/index.ts'
import { EKS, GITHUB, ofSize } from '../../src/lab/aws/seed/documents.ts'
import { ACCOUNT, idOf, keyOf, LEAKED_KEY } from '../../src/lab/aws/seed/ids.ts'
import { MANAGED_POLICIES, managedArn } from '../../src/lab/aws/seed/managed-policies.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import type { Subject } from './suite.ts'

export function interruption(id: string): Interruption {
  const found = interruptions.find(each => each.id === id)
  if (!found) throw new Error(`no interruption ${id}`)
  return found as Interruption
}

const subject = (id: string, names: string[], params?: Subject['params']): Subject => ({
  interruption: interruption(id),
  names,
  ...(params === undefined ? {} : { params }),
})

/** Every interruption, on the identities of the seed on which it has something different to do. */
export const SUBJECTS: Subject[] = [
  // With a path, and without; one that is denied already by the same policy.
  subject('aws.user.guard', ['ci-deploy', 'report-printer']),
  subject('aws.user.guard', ['ci-deploy'], { deny: 'undo' }),
  subject('aws.role.guard', ['github-deployer', 'bastion']),
  subject('aws.role.guard', ['vendor-sync'], { deny: 'undo' }),
  // Room for an inline policy; none, but room to attach; no room but the boundary; a boundary of its own.
  subject('aws.user.quarantine', ['ci-deploy', 'report-printer', 'legacy-etl', 'sandbox-bot']),
  subject('aws.role.quarantine', ['github-deployer', 'vendor-legacy', 'web-frontend', 'sandbox-runner']),
  subject('aws.access-key.disable', [LEAKED_KEY, keyOf('ci-deploy', 2), keyOf('data-sync', 2)]),
  subject('aws.service-credential.disable', [
    idOf('ACCA', 'BedrockAPIKey-k3x9/0'),
    idOf('ACCA', 'chat-assistant/0'),
    idOf('ACCA', 'repo-mirror/0'),
    idOf('ACCA', 'ledger-reader/1'),
    idOf('ACCA', 'logs-shipper/1'),
  ]),
  subject('aws.signing-certificate.disable', [idOf('ASCA', 'soap-gateway/0', 20)]),
  subject('aws.ssh-key.disable', [idOf('APKA', 'repo-mirror/0')]),
  // Trusted are: a token issuer that asks for conditions, one that does not, a service, another account, one user.
  subject('aws.role.disable', [
    'github-deployer',
    'payments-api',
    'web-frontend',
    'vendor-sync',
    'deploy-prod',
    'onprem-backup',
  ]),
  subject('aws.oidc-provider.disable', [GITHUB, EKS]),
  subject('aws.oidc-provider.disable', [GITHUB], { audiences: ['sts.amazonaws.com'] }),
  subject('aws.user.revoke-sessions', ['ci-deploy', 'sandbox-bot']),
  subject('aws.role.revoke-sessions', ['github-deployer', 'web-frontend']),
  subject('aws.user.constrain', ['ci-deploy', 'alice.martin'], { deny: ['s3:*', 'iam:Create*'] }),
  subject('aws.role.constrain', ['vendor-sync', 'nightly-etl'], {
    deny: ['s3:GetObject'],
    resources: ['arn:aws:s3:::acme-backup/*'],
  }),
  subject('aws.user.gate', ['metrics-push'], {
    sourceIps: ['203.0.113.0/24', '2001:db8::/32'],
    vpcs: ['vpc-0a1b2c3d'],
  }),
  subject('aws.role.gate', ['orders-worker'], { orgId: 'o-a1b2c3d4e5', until: '2031-01-01T00:00:00Z' }),
  // Inline, attached and groups; groups alone; what AWS put there stays; one kind of grant; by name.
  subject('aws.user.detach', ['ci-deploy', 'carol.ng', 'mobile-uploads', 'legacy-etl', 'sandbox-bot']),
  subject('aws.user.detach', ['ci-deploy'], { grants: ['managed', 'groups'] }),
  subject('aws.user.detach', ['legacy-etl'], { grants: ['managed'], only: ['Amazon*'] }),
  subject('aws.role.detach', ['vendor-sync', 'web-frontend', 'sandbox-runner']),
  subject('aws.instance-profile-association.detach', ['i-0a1b2c3d4e5f60001', 'i-0a1b2c3d4e5f60021']),
]

/** With the seed filled up by {@link fillUp}: the only way left is the boundary, and it is taken. */
export const SUBJECTS_WITHOUT_ROOM: Subject[] = [
  subject('aws.user.quarantine', ['legacy-etl', 'sandbox-bot']),
  subject('aws.role.quarantine', ['bastion', 'sandbox-runner']),
]

/** With a guard policy attached beforehand: one call, and it stays. */
export const SUBJECTS_PREPARED: Subject[] = [
  subject('aws.user.guard', ['ci-deploy', 'alice.martin']),
  subject('aws.role.guard', ['github-deployer'], { deny: 'undo' }),
]

/** Attaches a guard policy with a statement of somebody else's in it. */
export function prepareGuard(estate: Estate): void {
  const { organization } = estate
  if (!organization) throw new Error('no organization in the seed')
  const id = 'p-prepared001'
  const foreign = {
    Sid: 'KeepTheTrail',
    Effect: 'Deny',
    Action: ['cloudtrail:StopLogging'],
    Resource: '*',
  }
  const document = JSON.parse(guardText(PREPARED_GUARD)) as { Statement: object[] }
  document.Statement.push(foreign)
  organization.policies.push({
    id,
    name: guardPolicyName(ACCOUNT),
    description: 'attached beforehand',
    content: JSON.stringify(document, null, 2),
  })
  organization.attachments[ACCOUNT]?.push(id)
}

/** Takes all room for policies from a few identities, two of which have a boundary of their own. */
export function fillUp(estate: Estate): void {
  const [account] = estate.accounts
  const attached = MANAGED_POLICIES.map(({ name }) => managedArn(name))
    .filter(arn => !/AWSDenyAll|Quarantine|aws-service-role/.test(arn))
    .slice(0, 10)
  const full = (size: number) => ({ inline: { full: JSON.stringify(ofSize(size)) }, attached })
  for (const user of account?.users ?? []) {
    if (user.name === 'sandbox-bot') Object.assign(user, full(2048))
  }
  for (const role of account?.roles ?? []) {
    if (role.name === 'bastion' || role.name === 'sandbox-runner') Object.assign(role, full(10_240))
  }
}
