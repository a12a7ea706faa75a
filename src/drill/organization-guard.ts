import { Fault } from '../model/fault.ts'
import type { Playbook } from '../model/playbook/playbook.ts'

/** The management account's role that writes the guard policy in the lab; another name here has no effect on it. */
const GUARD = { roleArn: 'arn:aws:iam::100000000001:role/security/organization-guard' }

/**
 * The playbook with the organization guard before each quarantine, for a rehearsal that compares the two. Fault `usage` if
 * it quarantines nothing in AWS.
 */
export function withOrganizationGuard(playbook: Playbook): Playbook {
  const aws = playbook.scope['aws']
  const isQuarantine = ({ use }: Playbook['steps'][number]['interrupt'][number]) => use === 'quarantine'
  const isGuarded = playbook.steps.some(({ interrupt }) => interrupt.some(isQuarantine))
  if (typeof aws !== 'object' || aws === null || Array.isArray(aws) || !isGuarded) {
    throw new Fault('usage', `${playbook.name} quarantines nothing in AWS, so there is nothing to guard`, {
      where: '--organization-guard',
      next: 'leave it out',
    })
  }
  return {
    ...playbook,
    scope: { ...playbook.scope, aws: { ...aws, guard: GUARD } },
    steps: playbook.steps.map(step =>
      step.interrupt.some(isQuarantine)
        ? { ...step, interrupt: [{ use: 'guard', params: {} }, ...step.interrupt] }
        : step,
    ),
  }
}
