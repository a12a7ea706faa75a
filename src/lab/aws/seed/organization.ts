import { FULL_ACCESS } from '../organization/organization.ts'
import type { Organization } from '../organization/organization-data.ts'
import type { Account } from '../store.ts'
import { allow, policy, trustsAws } from './documents.ts'
import { ACCOUNT, ALIAS, MANAGEMENT_ACCOUNT } from './ids.ts'
import { managedArn } from './managed-policies.ts'
import { type Calendar, roleOf } from './records.ts'
import type { RoleSpec } from './spec.ts'

const ROOT = 'r-ac3e'
const WORKLOADS = 'ou-ac3e-workload'
const PRODUCTION = 'ou-ac3e-produce1'
const GUARDRAIL = 'p-guardrail001'

/** The role that `scope.aws.guard` names in the lab. It may change service control policies, and nothing else. */
export const GUARD_ROLE = `arn:aws:iam::${MANAGEMENT_ACCOUNT}:role/security/organization-guard`

const MANAGEMENT_ROLES: readonly RoleSpec[] = [
  {
    name: 'organization-guard',
    path: '/security/',
    age: 200,
    tags: { team: 'security' },
    trust: trustsAws(`arn:aws:iam::${ACCOUNT}:role/security/incident-responder`),
    inline: {
      'service-control-policies': policy(
        allow([
          'organizations:Describe*',
          'organizations:List*',
          'organizations:CreatePolicy',
          'organizations:UpdatePolicy',
          'organizations:DeletePolicy',
          'organizations:AttachPolicy',
          'organizations:DetachPolicy',
          // To say what it may do.
          'iam:GetRole',
          'iam:SimulatePrincipalPolicy',
        ]),
      ),
    },
    description: 'Writes the guard policies of member accounts',
  },
  {
    name: 'landing-zone',
    age: 2500,
    trust: trustsAws(`arn:aws:iam::${MANAGEMENT_ACCOUNT}:root`),
    attached: [managedArn('AdministratorAccess')],
    used: 3,
  },
]

/** The account from which the organization is run. Service control policies do not apply to it. */
export function managementAccount(calendar: Calendar): Account {
  return {
    id: MANAGEMENT_ACCOUNT,
    alias: 'acme-management',
    users: [],
    roles: MANAGEMENT_ROLES.map(spec => roleOf(spec, calendar)),
    groups: [],
    policies: [],
    oidcProviders: [],
    samlProviders: [],
    instanceProfiles: [],
    associations: [],
    secrets: [],
  }
}

/** The lab's account, two units below the root, with one guardrail as Control Tower sets them. */
export function organization(calendar: Calendar): Organization {
  return {
    id: 'o-a1b2c3d4e5',
    management: MANAGEMENT_ACCOUNT,
    root: ROOT,
    policyTypes: ['SERVICE_CONTROL_POLICY'],
    units: [
      { id: WORKLOADS, name: 'Workloads', parent: ROOT },
      { id: PRODUCTION, name: 'Production', parent: WORKLOADS },
    ],
    members: [
      {
        account: MANAGEMENT_ACCOUNT,
        name: 'acme-management',
        email: 'aws-management@acme.example',
        parent: ROOT,
        joined: calendar.ago(2600),
      },
      {
        account: ACCOUNT,
        name: ALIAS,
        email: 'aws-prod@acme.example',
        parent: PRODUCTION,
        joined: calendar.ago(2500),
      },
    ],
    policies: [
      FULL_ACCESS,
      {
        id: GUARDRAIL,
        name: 'aws-guardrails-audit-trail',
        description: 'The audit trail stays on',
        content: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'GRCLOUDTRAILENABLED',
              Effect: 'Deny',
              Action: ['cloudtrail:DeleteTrail', 'cloudtrail:StopLogging'],
              Resource: '*',
              Condition: {
                ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/AWSControlTowerExecution' },
              },
            },
          ],
        }),
      },
    ],
    attachments: {
      [ROOT]: [FULL_ACCESS.id],
      [WORKLOADS]: [FULL_ACCESS.id, GUARDRAIL],
      [PRODUCTION]: [FULL_ACCESS.id],
      [MANAGEMENT_ACCOUNT]: [FULL_ACCESS.id],
      [ACCOUNT]: [FULL_ACCESS.id],
    },
    delegated: [],
  }
}
