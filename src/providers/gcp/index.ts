import type { Provider } from '../../model/provider.ts'
import { advise } from './advice.ts'
import { type GcpClient, warmUp } from './client.ts'
import { connect } from './connect.ts'
import { interruptions } from './interruptions/index.ts'
import { kinds } from './kinds/kinds.ts'
import { policyDocument } from './policy.ts'
import { rotations, sinks } from './rotations/index.ts'

/** Google Cloud: service accounts, what they sign in with, and who may act as them. */
export const gcp: Provider<GcpClient> = {
  cloud: 'gcp',
  title: 'Google Cloud',
  kinds,
  interruptions,
  rotations,
  sinks,
  permissions: [
    'apikeys.keys.list',
    'cloudasset.assets.searchAllIamPolicies',
    'iam.denypolicies.list',
    'iam.serviceAccountKeys.list',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.getIamPolicy',
    'iam.serviceAccounts.list',
    'iam.workloadIdentityPoolProviders.list',
    'iam.workloadIdentityPools.list',
    'logging.logEntries.list',
    'orgpolicy.policy.get',
    'policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query',
    'policyanalyzer.serviceAccountLastAuthenticationActivities.query',
    'resourcemanager.folders.get',
    'resourcemanager.folders.getIamPolicy',
    'resourcemanager.folders.list',
    'resourcemanager.organizations.get',
    'resourcemanager.organizations.getIamPolicy',
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
    'resourcemanager.projects.list',
    'storage.hmacKeys.list',
  ],
  connect,
  warmUp,
  advise,
  policy: policyDocument,
}
