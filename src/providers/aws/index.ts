import type { Provider } from '../../model/provider.ts'
import type { AwsClient } from './client.ts'
import { connect } from './connect.ts'
import { interruptions } from './interruptions/index.ts'
import { kinds } from './kinds/kinds.ts'
import { policyDocument } from './policy.ts'
import { rotations, sinks } from './rotations/index.ts'

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
    'iam:GetAccountAuthorizationDetails',
    'iam:GetAccountSummary',
    'iam:GetCredentialReport',
    'iam:GetInstanceProfile',
    'iam:GetOpenIDConnectProvider',
    'iam:GetRole',
    'iam:ListAccessKeys',
    'iam:ListAccountAliases',
    'iam:ListOpenIDConnectProviders',
    'iam:ListSSHPublicKeys',
    'iam:ListServiceSpecificCredentials',
    'iam:ListSigningCertificates',
    'sts:GetCallerIdentity',
  ],
  connect,
  policy: policyDocument,
}
