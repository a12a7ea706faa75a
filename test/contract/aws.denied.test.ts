import { awsCase } from '../cases/aws.ts'
import { deniedReadsSuite } from './denied-suite.ts'

/** Users and roles, with their policies, come from one bulk listing. */
const BULK = 'GetAccountAuthorizationDetails'

await deniedReadsSuite('AWS', {
  // The instances of the seed are there.
  open: () => ({ ...awsCase(), scope: { regions: ['eu-west-1'] } }),
  signIn: ['GetCallerIdentity'],
  listedBy: {
    user: [BULK],
    role: [BULK],
    'access-key': [BULK, 'ListAccessKeys'],
    'service-credential': ['ListServiceSpecificCredentials'],
    'signing-certificate': [BULK, 'ListSigningCertificates'],
    'ssh-key': [BULK, 'ListSSHPublicKeys'],
    'oidc-provider': ['ListOpenIDConnectProviders', 'GetOpenIDConnectProvider'],
    'instance-profile-association': ['DescribeIamInstanceProfileAssociations'],
  },
})
