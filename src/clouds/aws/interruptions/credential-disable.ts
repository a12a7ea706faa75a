import { z } from 'zod'
import { entryOf, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import type { AwsClient } from '../client.ts'
import {
  listAccessKeys,
  listCertificates,
  listServiceCredentials,
  listSshKeys,
} from '../inventory/credentials.ts'
import { textOf, unlessGone } from '../settings/settings.ts'

/** `Expired` is for service-specific credentials only, and for good. */
type Status = 'Active' | 'Inactive'

/** The calls for one kind of credential of a user. */
interface Credential {
  kind: 'access-key' | 'service-credential' | 'signing-certificate' | 'ssh-key'
  summary: string
  leaves: string
  list: string
  update: string
  /** Ids and status of all that the user has. Reads every page: IAM may cut any page short. */
  all(client: AwsClient, user: string): Promise<{ id: string | undefined; status: string | undefined }[]>
  set(client: AwsClient, user: string, id: string, status: Status): Promise<unknown>
}

/** Switches a credential off, and back on what was on. */
function disable(credential: Credential): Interruption<AwsClient, Record<string, never>> {
  return {
    id: `aws.${credential.kind}.disable`,
    summary: credential.summary,
    verbs: ['disable'],
    on: [credential.kind],
    leaves: credential.leaves,
    reversal: { kind: 'exact' },
    permissions: {
      read: [`iam:${credential.list}`],
      cut: [`iam:${credential.update}`],
      restore: [`iam:${credential.update}`],
    },
    params: z.strictObject({}),
    example: {},
    refuse: facet =>
      entryOf(facet, 'status') === 'Expired'
        ? 'it has expired, and could not be switched on again'
        : undefined,
    async read(client, { identity }: Context) {
      const found = await unlessGone(credential.all(client, userOf(identity)))
      const own = found?.find(each => each.id === identity.name)
      if (own?.id === undefined || own.status === undefined) return undefined
      return { uid: own.id, facet: { status: own.status } }
    },
    cut: facet =>
      entryOf(facet, 'status') === 'Active' ? withEntries(facet, [['status', 'Inactive']]) : facet,
    async write(client, from, to, { identity }) {
      const status = textOf(to, 'status')
      if (status === textOf(from, 'status')) return
      if (status !== 'Active' && status !== 'Inactive') {
        throw new Fault('rejected', `a credential cannot be set to ${status ?? 'nothing'}`, {
          where: identity.id,
        })
      }
      await credential.set(client, userOf(identity), identity.name, status)
    },
    // What was signed with it is over once it is off; sessions made from it belong to the user.
    horizon: () => 0,
  }
}

/**
 * The name of the user, without which IAM takes the caller's own (IAM API Reference, "UpdateAccessKey"): we would
 * switch off our own key.
 */
function userOf(identity: Identity): string {
  const { user } = identity.facts
  if (typeof user === 'string' && user !== '') return user
  throw new Fault('rejected', 'it is not known which user the credential belongs to', { where: identity.id })
}

export const accessKeyDisable = disable({
  kind: 'access-key',
  summary: 'Switch the access key off',
  leaves: 'sessions made with the key, for up to 36 h; the other credentials of the user',
  list: 'ListAccessKeys',
  update: 'UpdateAccessKey',
  all: async (client, user) =>
    (await listAccessKeys(client, user)).map(each => ({ id: each.AccessKeyId, status: each.Status })),
  set: (client, UserName, AccessKeyId, Status) =>
    client.iam('UpdateAccessKey', { UserName, AccessKeyId, Status }),
})

export const serviceCredentialDisable = disable({
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

export const signingCertificateDisable = disable({
  kind: 'signing-certificate',
  summary: 'Switch the X.509 signing certificate off',
  leaves: 'the other credentials of the user',
  list: 'ListSigningCertificates',
  update: 'UpdateSigningCertificate',
  all: async (client, user) =>
    (await listCertificates(client, user)).map(each => ({ id: each.CertificateId, status: each.Status })),
  set: (client, UserName, CertificateId, Status) =>
    client.iam('UpdateSigningCertificate', { UserName, CertificateId, Status }),
})

export const sshKeyDisable = disable({
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
