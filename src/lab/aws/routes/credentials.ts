import { keyOf } from '../estate.ts'
import { randomId, randomSecret } from '../issue.ts'
import { QUOTAS } from '../policy-document.ts'
import type { AccessKey, ServiceCredential, Status, User } from '../store.ts'
import { AwsError, invalid, notFound } from '../wire.ts'
import { type Call, limit, page, type Routes, saveUser, sorted, theUser } from './route.ts'
import { date } from './shapes.ts'

function status({ params }: Call): Status {
  const value = params.need('Status')
  if (value === 'Active' || value === 'Inactive') return value
  throw invalid(`Value '${value}' at 'status' failed to satisfy constraint: Active or Inactive`)
}

/** The credentials with one of them in another state. Setting the state that it has is as good as done. */
function flipped<T extends { id: string; status: string }>(
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

function keyShape({ name }: User, { id, status, created }: AccessKey) {
  return { UserName: name, AccessKeyId: id, Status: status, CreateDate: date(created) }
}

function serviceCredentialShape(user: User, credential: ServiceCredential) {
  const isAlias = !/^(?:codecommit|cassandra)\./.test(credential.service)
  return {
    UserName: user.name,
    Status: credential.status,
    ServiceUserName: isAlias ? undefined : credential.userName,
    ServiceCredentialAlias: isAlias ? credential.userName : undefined,
    CreateDate: date(credential.created),
    ExpirationDate: credential.expires === undefined ? undefined : date(credential.expires),
    ServiceSpecificCredentialId: credential.id,
    ServiceName: credential.service,
  }
}

/** Keys are `<user>/<credential>`, so that a page can end in the middle of a user. */
function* ofEveryone({ account, view }: Call, wanted: string | undefined, after: string | undefined) {
  const [user, credential = ''] = after?.split('/') ?? []
  const first = user === undefined ? undefined : account.users.get(user, view)
  const entries = function* () {
    if (user !== undefined && first !== undefined) yield [user, first] as const
    yield* account.users.after(user, view)
  }
  for (const [name, each] of entries()) {
    for (const one of each.serviceCredentials.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      if (name === user && one.id <= credential) continue
      if (wanted !== undefined && wanted !== one.service) continue
      yield [`${name}/${one.id}`, serviceCredentialShape(each, one)] as const
    }
  }
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
      const id = call.params.need('AccessKeyId')
      const accessKeys = user.accessKeys.filter(key => key.id !== id)
      if (accessKeys.length === user.accessKeys.length) {
        throw notFound(`The Access Key with id ${id} cannot be found.`)
      }
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
  ListServiceSpecificCredentials: {
    run(call) {
      const { params } = call
      const wanted = params.get('ServiceName')
      if (params.get('AllUsers') === 'true') {
        if (params.get('UserName') !== undefined) {
          throw new AwsError('InvalidInput', 400, 'UserName cannot be specified together with AllUsers.')
        }
        const { items, more } = page(call, key => ofEveryone(call, wanted, key))
        return { ServiceSpecificCredentials: items, ...more }
      }
      const user = theUser(call, call.view)
      const own = user.serviceCredentials.filter(({ service }) => wanted === undefined || wanted === service)
      const { items, more } = page(
        call,
        sorted(own, ({ id }) => id),
      )
      return { ServiceSpecificCredentials: items.map(each => serviceCredentialShape(user, each)), ...more }
    },
  },
  UpdateServiceSpecificCredential: {
    writes: true,
    run(call) {
      const user = theUser(call)
      const serviceCredentials = flipped(
        call,
        user.serviceCredentials,
        'ServiceSpecificCredentialId',
        'Service Specific Credential',
      )
      saveUser(call, { ...user, serviceCredentials })
      return undefined
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
  UpdateSSHPublicKey: {
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, sshKeys: flipped(call, user.sshKeys, 'SSHPublicKeyId', 'SSH Public Key') })
      return undefined
    },
  },
}
