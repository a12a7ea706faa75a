import type { Occasions } from '../../../model/interruption.ts'

const EARLY = 'to restore before the sessions from before the containment have expired'
const DRIFT = 'where somebody changed it meanwhile'
const NO_POLICY = 'where the account has no guard policy'
const LEFTOVER = 'where an earlier attempt left a policy behind'

const PROBE = ['iam:SimulatePrincipalPolicy']

function ofPrincipal(kind: 'user' | 'role', noun: 'User' | 'Role'): { [id: string]: Occasions } {
  const has = `where the ${kind} has`
  return {
    [`aws.${kind}.quarantine`]: {
      probe: PROBE,
      read: { [`iam:Get${noun}Policy`]: `${has} inline policies` },
      cut: {
        [`iam:Attach${noun}Policy`]: `${has} no room for an inline policy`,
        [`iam:Put${noun}PermissionsBoundary`]: `${has} no room for any policy`,
      },
      restore: {
        [`iam:Put${noun}Policy`]: EARLY,
        [`iam:Detach${noun}Policy`]: `${has} no room for an inline policy`,
        [`iam:Put${noun}PermissionsBoundary`]: `${has} no room for any policy, and had a boundary`,
        [`iam:Delete${noun}PermissionsBoundary`]: `${has} no room for any policy`,
      },
    },
    [`aws.${kind}.revoke-sessions`]: {
      probe: PROBE,
      read: { [`iam:Get${noun}Policy`]: `${has} inline policies` },
      restore: { [`iam:Put${noun}Policy`]: EARLY },
    },
    [`aws.${kind}.constrain`]: { probe: PROBE, read: { [`iam:Get${noun}Policy`]: `${has} inline policies` } },
    [`aws.${kind}.gate`]: { probe: PROBE, read: { [`iam:Get${noun}Policy`]: `${has} inline policies` } },
    [`aws.${kind}.detach`]: {
      read: {
        [`iam:Get${noun}Policy`]: `${has} inline policies`,
        'iam:GetPolicy': `${has} managed policies`,
      },
      cut: {
        [`iam:Delete${noun}Policy`]: `${has} inline policies`,
        ...(kind === 'user' ? { 'iam:RemoveUserFromGroup': `${has} groups` } : {}),
      },
      restore: {
        [`iam:Put${noun}Policy`]: `${has} inline policies`,
        [`iam:Delete${noun}Policy`]: DRIFT,
        ...(kind === 'user' ? { 'iam:AddUserToGroup': `${has} groups` } : {}),
      },
    },
    [`aws.${kind}.guard`]: {
      read: { 'organizations:DescribePolicy': 'where the account has a guard policy' },
      cut: {
        'organizations:CreatePolicy': NO_POLICY,
        'organizations:AttachPolicy': NO_POLICY,
        'organizations:UpdatePolicy': 'where the account has a guard policy',
        'organizations:DeletePolicy': LEFTOVER,
        'organizations:ListPolicies': LEFTOVER,
        'organizations:ListTargetsForPolicy': LEFTOVER,
      },
      restore: {
        'organizations:UpdatePolicy': 'where the guard policy denies others too, or was attached beforehand',
        'organizations:DetachPolicy': 'with the last principal of a guard policy that an incident made',
        'organizations:DeletePolicy': 'with the last principal of a guard policy that an incident made',
      },
      either: {
        cut: ['organizations:CreatePolicy', 'organizations:UpdatePolicy'],
        restore: ['organizations:DetachPolicy', 'organizations:UpdatePolicy'],
      },
    },
  }
}

/** Permissions that an interruption calls on some occasions only, by its id. */
export const OCCASIONS: { readonly [id: string]: Occasions } = {
  ...ofPrincipal('user', 'User'),
  ...ofPrincipal('role', 'Role'),
  'aws.instance-profile-association.detach': {
    restore: { 'ec2:DisassociateIamInstanceProfile': 'where somebody gave it another instance profile' },
  },
}
