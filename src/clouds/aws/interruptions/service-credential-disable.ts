import { listServiceCredentials } from '../inventory/credentials.ts'
import { credentialDisable } from '../settings/user-credential.ts'

export const serviceCredentialDisable = credentialDisable({
  kind: 'service-credential',
  summary:
    'Switch the service-specific credential off (Bedrock API key, CodeCommit or Keyspaces password, …)',
  leaves: 'short-term API keys, which belong to sessions; the other credentials of the user',
  list: 'ListServiceSpecificCredentials',
  update: 'UpdateServiceSpecificCredential',
  all: async (client, UserName) =>
    (await listServiceCredentials(client, { UserName })).map(each => ({
      id: each.ServiceSpecificCredentialId,
      status: each.Status,
    })),
  set: (client, UserName, ServiceSpecificCredentialId, Status) =>
    client.iam('UpdateServiceSpecificCredential', { UserName, ServiceSpecificCredentialId, Status }),
})
