import { listAccessKeys } from '../inventory/credentials.ts'
import { credentialDisable } from '../settings/user-credential.ts'

export const accessKeyDisable = credentialDisable({
  kind: 'access-key',
  summary: 'Switch the access key off',
  leaves: 'sessions made with the key, for up to 1d 12h; the other credentials of the user',
  list: 'ListAccessKeys',
  update: 'UpdateAccessKey',
  all: async (client, user) =>
    (await listAccessKeys(client, user)).map(each => ({ id: each.AccessKeyId, status: each.Status })),
  set: (client, UserName, AccessKeyId, Status) =>
    client.iam('UpdateAccessKey', { UserName, AccessKeyId, Status }),
})
