import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { keyKey, type LiveEstate } from '../estate.ts'
import { exhausted, invalid, notFound, precondition } from '../google-error.ts'
import type { Key, ServiceAccount } from '../store.ts'
import { accountOf, type Call, onAccount, type Route } from './route.ts'

const PATH = 'v1/projects/{project}/serviceAccounts/{account}/keys'
const REASON = 'SERVICE_ACCOUNT_KEY_DISABLE_REASON_'
const EXTENDED = 'SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_'
const MOST_KEYS = 10

/** IAM v1, projects.serviceAccounts.keys. */
export const keyRoutes: readonly Route[] = [
  {
    id: 'iam.projects.serviceAccounts.keys.list',
    verb: 'GET',
    path: PATH,
    permissions: ['iam.serviceAccountKeys.list'],
    resource: onAccount,
    run: call => {
      const account = accountOf(call)
      const types = call.query.getAll('keyTypes')
      const keys = [
        ...userKeys(call.world.estate, account, call.view).map(key => shown(account, key)),
        systemKey(account, call.now),
      ]
      const wanted = keys.filter(({ keyType }) => types.length === 0 || types.includes(keyType))
      return wanted.length > 0 ? { keys: wanted } : {}
    },
  },
  {
    id: 'iam.projects.serviceAccounts.keys.get',
    verb: 'GET',
    path: `${PATH}/{key}`,
    permissions: ['iam.serviceAccountKeys.get'],
    resource: onAccount,
    run: call => {
      const account = accountOf(call)
      const system = systemKey(account, call.now)
      if (system.name.endsWith(`/${call.path['key']}`)) return system
      return shown(account, keyOf(call, account, call.view))
    },
  },
  {
    id: 'iam.projects.serviceAccounts.keys.disable',
    verb: 'POST',
    path: `${PATH}/{key}:disable`,
    permissions: ['iam.serviceAccountKeys.disable'],
    resource: onAccount,
    writes: true,
    run: call => {
      const key = modifiable(call)
      if (!key.disabled) save(call, { ...key, disabled: true, disableReason: 'USER_INITIATED' })
      return {}
    },
  },
  {
    id: 'iam.projects.serviceAccounts.keys.enable',
    verb: 'POST',
    path: `${PATH}/{key}:enable`,
    permissions: ['iam.serviceAccountKeys.enable'],
    resource: onAccount,
    writes: true,
    run: call => {
      const key = modifiable(call)
      if (!key.disabled) return {}
      if (key.disableReason !== undefined && key.disableReason !== 'USER_INITIATED') {
        throw precondition(`The key was disabled by Google: ${REASON}${key.disableReason}.`)
      }
      const { disableReason: _, ...rest } = key
      save(call, { ...rest, disabled: false })
      return {}
    },
  },
  {
    id: 'iam.projects.serviceAccounts.keys.create',
    verb: 'POST',
    path: PATH,
    permissions: ['iam.serviceAccountKeys.create'],
    resource: onAccount,
    writes: true,
    logged: { method: 'google.iam.admin.v1.CreateServiceAccountKey', fields: { name: 'name' } },
    run: create,
  },
  {
    id: 'iam.projects.serviceAccounts.keys.upload',
    verb: 'POST',
    path: `${PATH}:upload`,
    permissions: ['iam.serviceAccountKeys.create'],
    resource: onAccount,
    writes: true,
    logged: { method: 'google.iam.admin.v1.UploadServiceAccountKey', fields: { name: 'name' } },
    run: upload,
  },
  {
    id: 'iam.projects.serviceAccounts.keys.delete',
    verb: 'DELETE',
    path: `${PATH}/{key}`,
    permissions: ['iam.serviceAccountKeys.delete'],
    resource: onAccount,
    writes: true,
    run: call => {
      call.world.estate.keys.delete(keyKey(modifiable(call)))
      return {}
    },
  },
]

/** @throws GoogleError FAILED_PRECONDITION where an organization policy forbids it */
function checkAllowed(
  { world }: Call,
  { email, project }: ServiceAccount,
  what: 'Creation' | 'Upload',
): void {
  const description = `Key ${what.toLowerCase()} is not allowed on this service account.`
  for (const name of [`iam.disableServiceAccountKey${what}`, `iam.managed.disableServiceAccountKey${what}`]) {
    if (world.estate.constraint(`projects/${project}`, name)?.rules.some(({ enforce }) => enforce === true)) {
      const subject = `projects/${project}/serviceAccounts/${email}?configvalue=${encodeURIComponent(email)}`
      throw precondition(description, [{ type: `constraints/${name}`, subject, description }])
    }
  }
}

/** A certificate of the caller's own: Google never sees the private key. */
function upload(call: Call): object {
  const account = accountOf(call)
  checkAllowed(call, account, 'Upload')
  const { publicKeyData } = call.body
  const certificate = typeof publicKeyData === 'string' ? certificateIn(publicKeyData) : undefined
  if (certificate === undefined) throw invalid('Invalid public key: an X.509 certificate in PEM is needed.')
  checkCount(call, account)
  const publicKey = certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const key: Key = {
    email: account.email,
    id: createHash('sha1').update(publicKey).digest('hex'),
    origin: 'USER_PROVIDED',
    publicKey,
    validAfter: new Date(certificate.validFrom).toISOString(),
    validBefore: new Date(certificate.validTo).toISOString(),
    disabled: false,
  }
  save(call, key)
  return shown(account, key)
}

function certificateIn(base64: string): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(Buffer.from(base64, 'base64'))
    return certificate.publicKey.asymmetricKeyType === 'rsa' ? certificate : undefined
  } catch {
    return undefined
  }
}

function checkCount({ world }: Call, account: ServiceAccount): void {
  if (userKeys(world.estate, account, 'now').length >= MOST_KEYS) {
    throw exhausted('Maximum number of keys reached.')
  }
}

function create(call: Call): object {
  const { now } = call
  const account = accountOf(call)
  const { email, project, uniqueId } = account
  checkAllowed(call, account, 'Creation')
  checkCount(call, account)
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const key: Key = {
    email,
    id: createHash('sha1').update(publicKey).digest('hex'),
    origin: 'GOOGLE_PROVIDED',
    publicKey,
    validAfter: new Date(now).toISOString(),
    validBefore: '9999-12-31T23:59:59Z',
    disabled: false,
  }
  save(call, key)
  const file = {
    type: 'service_account',
    project_id: project,
    private_key_id: key.id,
    private_key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    client_email: email,
    client_id: uniqueId,
    token_uri: 'https://oauth2.googleapis.com/token',
  }
  return {
    ...shown(account, key),
    privateKeyType: 'TYPE_GOOGLE_CREDENTIALS_FILE',
    privateKeyData: Buffer.from(JSON.stringify(file)).toString('base64'),
  }
}

export function userKeys({ keys }: LiveEstate, { email }: ServiceAccount, view: Call['view']): Key[] {
  const found: Key[] = []
  for (const [name, key] of keys.after(`${email}/`, view)) {
    if (!name.startsWith(`${email}/`)) break
    found.push(key)
  }
  return found
}

function keyOf({ world, path }: Call, { email }: ServiceAccount, view: Call['view'] = 'now'): Key {
  const key = world.estate.keys.get(keyKey({ email, id: path['key'] ?? '' }), view)
  if (key === undefined) throw notFound(`Service account key ${path['key']} does not exist.`)
  return key
}

/** Google's own keys are rotated by Google, and by nobody else. */
function modifiable(call: Call): Key {
  const account = accountOf(call)
  if (systemKey(account, call.now).name.endsWith(`/${call.path['key']}`)) {
    throw precondition('Only user-managed keys can be changed: the key is system-managed.')
  }
  if (!/^[0-9a-f]{40}$/.test(call.path['key'] ?? '')) throw invalid('Invalid service account key id.')
  return keyOf(call, account)
}

function save({ world }: Call, key: Key): void {
  world.estate.keys.set(keyKey(key), key)
}

function shown({ project, email }: ServiceAccount, key: Key) {
  const { id, origin, validAfter, validBefore, disabled, disableReason, extendedStatus } = key
  return {
    name: `projects/${project}/serviceAccounts/${email}/keys/${id}`,
    validAfterTime: validAfter,
    validBeforeTime: validBefore,
    keyAlgorithm: 'KEY_ALG_RSA_2048',
    keyOrigin: origin,
    keyType: 'USER_MANAGED',
    ...(disabled ? { disabled } : {}),
    ...(disableReason === undefined ? {} : { disableReason: `${REASON}${disableReason}` }),
    ...(extendedStatus === undefined
      ? {}
      : {
          extendedStatus: extendedStatus.map(({ key: name, value }) => ({
            key: `${EXTENDED}${name}`,
            value,
          })),
        }),
  }
}

/** Every account has one, rotated within weeks. */
function systemKey({ project, email, uniqueId }: ServiceAccount, now: number) {
  const day = 86_400_000
  return {
    name: `projects/${project}/serviceAccounts/${email}/keys/${createHash('sha1').update(uniqueId).digest('hex')}`,
    validAfterTime: new Date(now - 5 * day).toISOString(),
    validBeforeTime: new Date(now + 12 * day).toISOString(),
    keyAlgorithm: 'KEY_ALG_RSA_2048',
    keyOrigin: 'GOOGLE_PROVIDED',
    keyType: 'SYSTEM_MANAGED',
  }
}
