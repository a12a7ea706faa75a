import type { LabClock } from '../../clock.ts'
import { Table, type View } from '../../propagation.ts'
import type { Policy } from '../evaluate/evaluate.ts'
import type { Principal } from '../store.ts'
import type { Member, Organization, OrganizationUnit, ServiceControlPolicy } from './organization-data.ts'

/** The policy that every new root, unit and account has. */
export const FULL_ACCESS: ServiceControlPolicy = {
  id: 'p-FullAWSAccess',
  name: 'FullAWSAccess',
  description: 'Allows access to every operation',
  content: JSON.stringify(
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
    null,
    2,
  ),
  awsManaged: true,
}

/** The organization at work. Policies and attachments propagate as IAM's changes do. */
export class LiveOrganization {
  readonly given: Omit<Organization, 'policies' | 'attachments'>
  readonly policies: Table<ServiceControlPolicy>
  readonly attachments: Table<readonly string[]>

  constructor(organization: Organization, clock: LabClock, delay: number) {
    const { policies, attachments, ...given } = organization
    this.given = given
    this.policies = new Table(
      clock,
      delay,
      policies.map(policy => [policy.id, policy] as const),
    )
    this.attachments = new Table(clock, delay, Object.entries(attachments))
  }

  toOrganization(): Organization {
    return {
      ...this.given,
      policies: [...this.policies.after(undefined, 'now')].map(([, policy]) => policy),
      attachments: Object.fromEntries(
        [...this.attachments.after(undefined, 'now')].map(([target, ids]) => [target, [...ids]]),
      ),
    }
  }

  member(account: string): Member | undefined {
    return this.given.members.find(each => each.account === account)
  }

  unit(id: string): OrganizationUnit | undefined {
    return this.given.units.find(each => each.id === id)
  }

  isTarget(id: string): boolean {
    return id === this.given.root || this.unit(id) !== undefined || this.member(id) !== undefined
  }

  attached(target: string, view: View = 'now'): readonly string[] {
    return this.attachments.get(target, view) ?? []
  }

  /**
   * The service control policies that limit a principal: one list for the root, for each unit down to the account, and for
   * the account. Undefined where they do not apply: outside of the organization, in the management account, for
   * service-linked roles, and where the policy type is not enabled (Organizations User Guide, "Service control policies",
   * "Tasks and entities not restricted by SCPs").
   */
  limitsOf(account: string, principal: Principal, view: View): Policy[][] | undefined {
    const member = this.member(account)
    if (member === undefined || account === this.given.management) return undefined
    if (!this.given.policyTypes.includes('SERVICE_CONTROL_POLICY')) return undefined
    if ('role' in principal && principal.role.path.startsWith('/aws-service-role/')) return undefined
    const levels = [account]
    for (let at: string | undefined = member.parent; at !== undefined; at = this.unit(at)?.parent) {
      levels.unshift(at)
    }
    return levels.map(target =>
      this.attached(target, view).flatMap(id => {
        const policy = this.policies.get(id, view)
        return policy === undefined ? [] : [{ name: policy.id, type: 'scp', document: policy.content }]
      }),
    )
  }
}
