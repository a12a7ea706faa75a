import { keyOf } from '../estate.ts'
import { randomId, randomSecret } from '../issue.ts'
import { QUOTAS } from '../policy-document.ts'
import type { AccessKey, Status, User } from '../store.ts'
import { AwsError, invalid, notFound } from '../wire.ts'
import { type Call, limit, page, type Routes, saveUser, sorted, theUser } from './route.ts'
import { date } from './shapes.ts'

function status({ params }: Call): Status {
  const value = params.need('Status')
  if (value === 'Active' || value === 'Inactive') return value
  throw invalid(`Value '${value}' at 'status' failed to satisfy constraint: Active or Inactive`)
}

/** The credentials with one of them in another state. Setting the state that it has is as good as done. */
export function flipped<T extends { id: string; status: string }>(
  call: Call,
  credentials: readonly T[],
  name: string,
  what: string,
): T[] {
  const id = call.params.need(name)
  const next = status(call)
  if (!credentials.some(each => each.id === id)) throw notFound(`The ${what} with id ${id} cannot be found.`)
  return credentials.map(each => (each.id === id ? { ...each, status: next } : each))
}

/** The credentials without the one that the call names. @throws AwsError `NoSuchEntity` where it is not among them */
export function without<T extends { id: string }>(
  { params }: Call,
  credentials: readonly T[],
  name: string,
  what: string,
): T[] {
  const id = params.need(name)
  const rest = credentials.filter(each => each.id !== id)
  if (rest.length === credentials.length) throw notFound(`The ${what} with id ${id} cannot be found.`)
  return rest
}

function keyShape({ name }: User, { id, status, created }: AccessKey) {
  return { UserName: name, AccessKeyId: id, Status: status, CreateDate: date(created) }
}

export const credentials: Routes = {
  ListAccessKeys: {
    run(call) {
      const user = theUser(call, call.view)
      const { items, more } = page(
        call,
        sorted(user.accessKeys, ({ id }) => id),
      )
      return { AccessKeyMetadata: items.map(key => keyShape(user, key)), ...more }
    },
  },
  UpdateAccessKey: {
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, accessKeys: flipped(call, user.accessKeys, 'AccessKeyId', 'Access Key') })
      return undefined
    },
  },
  CreateAccessKey: {
    writes: true,
    run(call) {
      const user = theUser(call)
      if (user.accessKeys.length >= QUOTAS.accessKeys) {
        throw limit(`Cannot exceed quota for AccessKeysPerUser: ${QUOTAS.accessKeys}`)
      }
      const key: AccessKey = {
        id: randomId('AKIA'),
        secret: randomSecret(),
        status: 'Active',
        created: call.clock.now(),
      }
      call.estate.keyOwners.set(key.id, { account: call.account.id, user: user.name })
      saveUser(call, { ...user, accessKeys: [...user.accessKeys, key] })
      return { AccessKey: { ...keyShape(user, key), SecretAccessKey: key.secret } }
    },
  },
  DeleteAccessKey: {
    writes: true,
    run(call) {
      const user = theUser(call)
      const accessKeys = without(call, user.accessKeys, 'AccessKeyId', 'Access Key')
      saveUser(call, { ...user, accessKeys })
      return undefined
    },
  },
  GetAccessKeyLastUsed: {
    run({ estate, account, params, view }) {
      const id = params.need('AccessKeyId')
      const owner = estate.keyOwners.get(id)
      const user =
        owner?.account === account.id ? account.users.get(keyOf({ name: owner.user }), view) : undefined
      const key = user?.accessKeys.find(each => each.id === id)
      if (user === undefined || key === undefined) {
        // IAM does not say whether a key that is not of this account exists.
        throw new AwsError(
          'AccessDenied',
          403,
          `not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key ${id}`,
        )
      }
      const used = estate.uses.get(id) ?? key.lastUsed
      return {
        UserName: user.name,
        AccessKeyLastUsed: {
          LastUsedDate: used === undefined ? undefined : date(used.at),
          ServiceName: used?.service ?? 'N/A',
          Region: used?.region ?? 'N/A',
        },
      }
    },
  },
  ListSigningCertificates: {
    run(call) {
      const { name, certificates } = theUser(call, call.view)
      const { items, more } = page(
        call,
        sorted(certificates, ({ id }) => id),
      )
      const Certificates = items.map(each => ({
        UserName: name,
        CertificateId: each.id,
        CertificateBody: each.body,
        Status: each.status,
        UploadDate: date(each.created),
      }))
      return { Certificates, ...more }
    },
  },
  UpdateSigningCertificate: {
    writes: true,
    run(call) {
      const user = theUser(call)
      const certificates = flipped(call, user.certificates, 'CertificateId', 'certificate')
      saveUser(call, { ...user, certificates })
      return undefined
    },
  },
  ListSSHPublicKeys: {
    run(call) {
      const { name, sshKeys } = theUser(call, call.view)
      const { items, more } = page(
        call,
        sorted(sshKeys, ({ id }) => id),
      )
      const SSHPublicKeys = items.map(each => ({
        UserName: name,
        SSHPublicKeyId: each.id,
        Status: each.status,
        UploadDate: date(each.created),
      }))
      return { SSHPublicKeys, ...more }
    },
  },
  DeleteSigningCertificate: {
    writes: true,
    run(call) {
      const user = theUser(call)
      const certificates = without(call, user.certificates, 'CertificateId', 'certificate')
      saveUser(call, { ...user, certificates })
      return undefined
    },
  },
  DeleteSSHPublicKey: {
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, sshKeys: without(call, user.sshKeys, 'SSHPublicKeyId', 'SSH Public Key') })
      return undefined
    },
  },
  UpdateSSHPublicKey: {
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, sshKeys: flipped(call, user.sshKeys, 'SSHPublicKeyId', 'SSH Public Key') })
      return undefined
    },
  },
}
