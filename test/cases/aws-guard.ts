import { readGuard } from '../../src/clouds/aws/guard/document.ts'
import { ACCOUNT, GUARD_ROLE } from '../../src/lab/aws/seed/index.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import { awsCase, USER, userIn } from './aws.ts'
import type { Case } from './case.ts'

/** The same user, denied from the organization first. */
const PLAYBOOK = `version: 1
name: guard-ci-deploy
title: Stop the deployer from above
status: test
severity: high
scope:
  aws:
    accounts: [self]
    guard: { roleArn: "${GUARD_ROLE}" }
limit: { identities: 5, share: 1 }
ttl: 1h
steps:
  - name: the deployer
    select: identity.kind == "user" && identity.name == "${USER}"
    interrupt: [guard, quarantine, disable]
`

/** One user with two keys: four changes, the first of which is written with other credentials. */
export function awsGuardCase(change: (estate: Estate) => void = () => undefined): Case {
  const given = awsCase(change)
  const { operations } = given
  return {
    ...given,
    scope: { guard: { roleArn: GUARD_ROLE } },
    playbook: PLAYBOOK,
    fresh: () => awsGuardCase(change),
    contained: () => isGuarded(given.estate()) && isDenied(given.estate()),
    operations: {
      reads: ['ListPoliciesForTarget', 'DescribePolicy', ...operations.reads],
      probes: operations.probes,
      cuts: ['CreatePolicy', 'AttachPolicy', ...operations.cuts],
      restores: ['DetachPolicy', 'DeletePolicy', ...operations.restores],
      isWrite: operation => operation === 'CreatePolicy' || operations.isWrite(operation),
    },
  }
}

/** Denied everything by a policy attached to its account. */
export function isGuarded({ organization }: Estate, name = `user/ci/${USER}`): boolean {
  const attached = organization?.attachments[ACCOUNT] ?? []
  return (organization?.policies ?? [])
    .filter(({ id }) => attached.includes(id))
    .some(({ content }) => readGuard(content).entries[`guard/all/arn:aws:iam::${ACCOUNT}:${name}`] === true)
}

function isDenied(estate: Estate): boolean {
  const user = userIn(estate)
  if (!user) return true
  const denies = Object.keys(user.inline).some(name => name.startsWith('interdict'))
  return denies && user.accessKeys.every(({ status }) => status === 'Inactive')
}
