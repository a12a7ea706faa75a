import { randomId, randomSecret } from '../issue.ts'
import type { ServiceCredential, User } from '../store.ts'
import { AwsError, invalid } from '../wire.ts'
import { flipped, without } from './credentials.ts'
import { type Call, limit, page, type Routes, saveUser, sorted, theUser } from './route.ts'
import { date } from './shapes.ts'

/** Of one service, for one user (IAM User Guide, "Service-specific credentials for IAM users"). */
const MOST = 2

/** Services whose credentials are a user name and a password; the others have an alias and a secret. */
const WITH_PASSWORD = /^(?:codecommit|cassandra)\./

function serviceCredentialShape(user: User, credential: ServiceCredential) {
  const isAlias = !WITH_PASSWORD.test(credential.service)
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

function created(call: Call, user: User): { credential: ServiceCredential; secret: string } {
  const { params, clock, account } = call
  const service = params.need('ServiceName')
  if (!/^[\w-]+\.amazonaws\.com$/.test(service)) {
    throw new AwsError('NotSupportedService', 404, `No such service ${service} is supported`)
  }
  if (user.serviceCredentials.filter(each => each.service === service).length >= MOST) {
    throw limit(`Cannot exceed quota for ServiceSpecificCredentialsPerUser: ${MOST}`)
  }
  const days = params.get('CredentialAgeDays')
  if (days !== undefined && !(Number(days) >= 1 && Number(days) <= 36_600)) {
    throw invalid(`Value '${days}' at 'credentialAgeDays' failed to satisfy constraint: 1 to 36600`)
  }
  const id = randomId('ACCA')
  const secret = randomSecret()
  const alias = `${user.name}-at-${account.id}`
  const credential: ServiceCredential = {
    id,
    service,
    status: 'Active',
    created: clock.now(),
    ...(days === undefined
      ? {}
      : { expires: new Date(clock.ms() + Number(days) * 86_400_000).toISOString() }),
    userName: WITH_PASSWORD.test(service) ? alias : `BedrockAPIKey-${alias}-${id.slice(-4).toLowerCase()}`,
  }
  return { credential, secret }
}

export const serviceCredentials: Routes = {
  CreateServiceSpecificCredential: {
    writes: true,
    run(call) {
      const user = theUser(call)
      const { credential, secret } = created(call, user)
      saveUser(call, { ...user, serviceCredentials: [...user.serviceCredentials, credential] })
      const hidden = WITH_PASSWORD.test(credential.service)
        ? { ServicePassword: secret }
        : { ServiceCredentialSecret: secret }
      return { ServiceSpecificCredential: { ...serviceCredentialShape(user, credential), ...hidden } }
    },
  },
  DeleteServiceSpecificCredential: {
    writes: true,
    run(call) {
      const user = theUser(call)
      const [name, what] = ['ServiceSpecificCredentialId', 'Service Specific Credential']
      saveUser(call, { ...user, serviceCredentials: without(call, user.serviceCredentials, name, what) })
      return undefined
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
}
