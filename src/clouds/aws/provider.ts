import type { Provider } from '../../model/provider.ts'
import type { AwsClient } from './client.ts'
import { connect } from './connect.ts'
import { configuredRegion, partitionOf, warmUp } from './http/sdk.ts'
import { interruptions } from './interruptions/index.ts'
import { kinds } from './kinds/kinds.ts'
import { guardPolicyDocument, policyDocument } from './policy.ts'
import { rotations, sinks } from './rotations/index.ts'
import { homePolicy, memberRole } from './sign-in/member-role.ts'

/** The partition of the environment's region. */
async function ownPartition() {
  return await partitionOf((await configuredRegion()) ?? 'us-east-1')
}

/** Amazon Web Services: IAM users and roles, and what they sign in with. */
export const aws: Provider<AwsClient> = {
  cloud: 'aws',
  title: 'AWS',
  kinds,
  interruptions,
  rotations,
  sinks,
  permissions: [
    'ec2:DescribeIamInstanceProfileAssociations',
    'ec2:DescribeRegions',
    'iam:GenerateCredentialReport',
    'iam:GetAccessKeyLastUsed',
    'iam:GetAccountAuthorizationDetails',
    'iam:GetAccountSummary',
    'iam:GetCredentialReport',
    'iam:GetInstanceProfile',
    'iam:GetOpenIDConnectProvider',
    'iam:GetRole',
    'iam:GetUser',
    'iam:ListAccessKeys',
    'iam:ListAccountAliases',
    'iam:ListAttachedRolePolicies',
    'iam:ListAttachedUserPolicies',
    'iam:ListGroupsForUser',
    'iam:ListInstanceProfilesForRole',
    'iam:ListOpenIDConnectProviders',
    'iam:ListRolePolicies',
    'iam:ListRoles',
    'iam:ListSSHPublicKeys',
    'iam:ListServiceSpecificCredentials',
    'iam:ListSigningCertificates',
    'iam:ListUserPolicies',
    'iam:ListUsers',
    'sts:GetAccessKeyInfo',
    'sts:GetCallerIdentity',
  ],
  connect,
  warmUp,
  policy: async permissions => policyDocument(permissions, await ownPartition()),
  homePolicy: async (permissions, scope, principal) =>
    homePolicy(permissions, scope, { principal, partition: await ownPartition() }),
  memberRole: async (scope, principal) => memberRole(scope, { principal, partition: await ownPartition() }),
  guardPolicy: guardPolicyDocument,
}
