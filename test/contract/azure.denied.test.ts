import { azureCase } from '../cases/azure.ts'
import { deniedReadsSuite } from './denied-suite.ts'

const APPLICATIONS = 'GET /v1.0/applications'
const PRINCIPALS = 'GET /v1.0/servicePrincipals'
const IDENTITIES = 'Microsoft.ManagedIdentity/userAssignedIdentities'

await deniedReadsSuite('Azure', {
  open: () => azureCase(),
  // Which subscriptions there are decides where Azure is looked at: without that, the account is reported as unreached.
  signIn: ['token', 'Microsoft.Resources/subscriptions/read'],
  // Microsoft's own are many, and spared whatever is selected.
  isUnasked: ({ facts }) => facts.firstParty === true,
  listedBy: {
    'service-principal': [PRINCIPALS],
    'managed-identity': [PRINCIPALS],
    application: [APPLICATIONS],
    'client-secret': [APPLICATIONS, PRINCIPALS],
    certificate: [APPLICATIONS, PRINCIPALS],
    'federated-credential': [
      APPLICATIONS,
      'GET /beta/applications/{id}/federatedIdentityCredentials',
      // That is how they are asked for.
      'POST /beta/$batch',
      `${IDENTITIES}/read`,
      `${IDENTITIES}/federatedIdentityCredentials/read`,
    ],
    'storage-account': ['Microsoft.Storage/storageAccounts/read'],
  },
})
