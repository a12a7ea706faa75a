import { timingSafeEqual } from 'node:crypto'
import { type ArmWorld, authenticate } from './arm/index.ts'
import { allows } from './arm/rbac.ts'
import type { Resource } from './store.ts'
import type { Claims } from './token.ts'
import { type Found, Problem } from './wire.ts'

/** The targets of the actors: secrets of Key Vault, blobs of Storage. */

const GET_SECRET = 'Microsoft.KeyVault/vaults/secrets/getSecret/action'
const SET_SECRET = 'Microsoft.KeyVault/vaults/secrets/setSecret/action'
const READ_BLOB = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'

export interface DataRequest {
  /** Vault or storage account. */
  holder: string
  name: string
}

/**
 * `GET /vault/<vault>/secrets/<name>`: the answer of a vault with role-based access, which looks at role assignments
 * for each request.
 * @throws Problem
 */
export function readSecret(
  world: ArmWorld,
  { holder, name }: DataRequest,
  authorization: string | undefined,
): Found {
  const claims = authenticate(world, authorization, 'vault')
  const vault = named(world, 'Microsoft.KeyVault/vaults', holder)
  const secret = world.estate.secretOf(holder, name)
  may(world, claims, GET_SECRET, `${vault.id}/secrets/${name}`, {})
  if (secret === undefined) {
    throw new Problem(
      404,
      'SecretNotFound',
      `A secret with (name/id) ${name} was not found in this key vault.`,
    )
  }
  return shown(holder, name, secret)
}

/**
 * `PUT /vault/<vault>/secrets/<name>`: a new version of the secret, which is made if there is none.
 * @throws Problem
 */
export function writeSecret(
  world: ArmWorld,
  { holder, name }: DataRequest,
  value: unknown,
  authorization: string | undefined,
): Found {
  const claims = authenticate(world, authorization, 'vault')
  const vault = named(world, 'Microsoft.KeyVault/vaults', holder)
  may(world, claims, SET_SECRET, `${vault.id}/secrets/${name}`, {})
  if (typeof value !== 'string') throw new Problem(400, 'BadParameter', 'Property value is required.')
  const secret = { vault: holder, name, value, created: world.clock.now() }
  world.estate.saveSecret(secret)
  return shown(holder, name, secret)
}

function shown(holder: string, name: string, secret: { value: string; created: string }): Found {
  const created = Math.floor(Date.parse(secret.created) / 1000)
  return {
    body: {
      value: secret.value,
      id: `https://${holder}.vault.azure.net/secrets/${name}/0000000000000000000000000000000a`,
      attributes: { enabled: true, created, updated: created, recoveryLevel: 'Recoverable+Purgeable' },
    },
  }
}

/**
 * `GET /blob/<account>/<container>/<blob>`, with a bearer token or with `SharedKey <account>:<key>`: the lab takes the
 * key itself where Storage takes a signature made with it.
 * @throws Problem
 */
export function readBlob(
  world: ArmWorld,
  { holder, name }: DataRequest,
  authorization: string | undefined,
): Found {
  const account = named(world, 'Microsoft.Storage/storageAccounts', holder)
  const [, key] = /^SharedKey [^:]+:(.+)$/.exec(authorization ?? '') ?? []
  if (key === undefined) {
    const claims = authenticate(world, authorization, 'storage')
    const [container = ''] = name.split('/')
    const attribute = '@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name]'
    may(world, claims, READ_BLOB, `${account.id}/blobServices/default/containers/${container}`, {
      [attribute]: container,
    })
  } else {
    const real = Buffer.from(storageKeyOf(holder))
    const given = Buffer.from(key)
    if (real.length !== given.length || !timingSafeEqual(real, given)) {
      throw new Problem(403, 'AuthenticationFailed', 'Server failed to authenticate the request.')
    }
    if (account.properties['allowSharedKeyAccess'] === false) {
      throw new Problem(
        403,
        'KeyBasedAuthenticationNotPermitted',
        'Key based authentication is not permitted on this storage account.',
      )
    }
  }
  return { body: { account: holder, blob: name, content: 'lab data' } }
}

/** The seeded key of a storage account. */
export function storageKeyOf(account: string): string {
  return Buffer.from(`lab key of ${account}`).toString('base64')
}

function named({ estate, enforced }: ArmWorld, type: string, name: string): Resource {
  for (const [key, each] of estate.resources.after(undefined, enforced)) {
    if (each.type === type && key.endsWith(`/${name.toLowerCase()}`)) return each
  }
  throw new Problem(404, 'ResourceNotFound', `There is no ${name}.`)
}

function may(
  { estate, enforced }: ArmWorld,
  claims: Claims,
  action: string,
  scope: string,
  attributes: { readonly [attribute: string]: string },
): void {
  if (allows(estate, enforced, { claims, action, data: true, scope, attributes })) return
  throw new Problem(
    403,
    'Forbidden',
    `Caller is not authorized to perform action on resource. Caller: appid=${claims.appid};oid=${claims.oid} Action: '${action}' Resource: '${scope.toLowerCase()}' Assignment: (not found)`,
  )
}
