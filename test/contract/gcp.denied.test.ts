import { gcpCase } from '../cases/gcp.ts'
import { deniedReadsSuite } from './denied-suite.ts'

const ACCOUNTS = 'iam.projects.serviceAccounts.list'
const POOLS = 'iam.projects.locations.workloadIdentityPools.list'

await deniedReadsSuite('Google Cloud', {
  open: () => gcpCase(),
  // The token itself, and a project's number, by which pools, API keys and deny policies go.
  signIn: ['oauth2.token', 'cloudresourcemanager.projects.get'],
  listedBy: {
    'service-account': [ACCOUNTS],
    'service-account-key': [ACCOUNTS, 'iam.projects.serviceAccounts.keys.list'],
    'hmac-key': ['storage.projects.hmacKeys.list'],
    'api-key': ['apikeys.projects.locations.keys.list'],
    'deny-policy': ['iam.policies.listPolicies'],
    'workload-pool': [POOLS],
    'workload-provider': [POOLS, 'iam.projects.locations.workloadIdentityPools.providers.list'],
  },
})
