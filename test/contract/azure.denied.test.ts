import { azureCase } from '../cases/azure.ts'
import { deniedReadsSuite } from './denied-suite.ts'

const APPLICATIONS = 'GET /v1.0/applications'
const PRINCIPALS = 'GET /v1.0/servicePrincipals'
const IDENTITIES = 'Microsoft.ManagedIdentity/userAssignedIdentities'

await deniedReadsSuite('Azure', {
  open: () => azureCase(),
  signIn: ['token'],
  listedBy: {
    'service-principal': [PRINCIPALS],
    'managed-identity': [PRINCIPALS],
    application: [APPLICATIONS],
    'client-secret': [APPLICATIONS, PRINCIPALS],
    certificate: [APPLICATIONS, PRINCIPALS],
    'federated-credential': [
      APPLICATIONS,
      'GET /beta/applications/{id}/federatedIdentityCredentials',
      `${IDENTITIES}/read`,
      `${IDENTITIES}/federatedIdentityCredentials/read`,
    ],
    'storage-account': ['Microsoft.Storage/storageAccounts/read'],
  },
})
