import { listSshKeys } from '../inventory/credentials.ts'
import { credentialDisable } from '../settings/user-credential.ts'

export const sshKeyDisable = credentialDisable({
  kind: 'ssh-key',
  summary: 'Switch the SSH public key off (CodeCommit)',
  leaves: 'connections that are open; the other credentials of the user',
  list: 'ListSSHPublicKeys',
  update: 'UpdateSSHPublicKey',
  all: async (client, user) =>
    (await listSshKeys(client, user)).map(each => ({ id: each.SSHPublicKeyId, status: each.Status })),
  set: (client, UserName, SSHPublicKeyId, Status) =>
    client.iam('UpdateSSHPublicKey', { UserName, SSHPublicKeyId, Status }),
})
