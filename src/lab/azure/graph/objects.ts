import { createHash, randomUUID } from 'node:crypto'
import type { LiveAzure } from '../estate.ts'
import type { Shown } from '../odata.ts'
import type { Application, Group, KeyCredential, PasswordCredential, ServicePrincipal } from '../store.ts'
import { bad, type GraphCall, notFound, textOf } from './route.ts'

/** Directory objects as Graph shows them. */

/** The members of an application that can be written. */
export const APPLICATION_WRITABLE = [
  'isDisabled',
  'keyCredentials',
  'tags',
  'notes',
  'displayName',
  'signInAudience',
  'uniqueName',
]

/** The members of a service principal that can be written. */
export const PRINCIPAL_WRITABLE = [
  'accountEnabled',
  'keyCredentials',
  'tags',
  'notes',
  'displayName',
  'appRoleAssignmentRequired',
  'alternativeNames',
  'servicePrincipalNames',
]

type WithCredentials = Application | ServicePrincipal

/** @param keys whether certificates are shown: only for one object, and only when they are selected */
export function shownWithCredentials(record: WithCredentials, keys: boolean): Shown {
  const { owners: _, ...rest } = record
  return {
    ...rest,
    keyCredentials: rest.keyCredentials.map(each => ({ ...each, key: keys ? each.key : null })),
    passwordCredentials: rest.passwordCredentials.map(shownPassword),
  }
}

export function shownPassword(credential: PasswordCredential): Shown {
  return { ...credential, customKeyIdentifier: null, secretText: null }
}

export function shownGroup({ members: _, ...rest }: Group): Shown {
  return { ...rest }
}

export function selectsKeys({ query }: GraphCall): boolean {
  return (query.get('$select') ?? '').split(',').some(name => name.trim() === 'keyCredentials')
}

/** Any object by its id, with the type that tells them apart in a mixed collection. */
export function directoryObject(estate: LiveAzure, id: string): Shown | undefined {
  const principal = estate.servicePrincipals.get(id)
  if (principal !== undefined) {
    return { '@odata.type': '#microsoft.graph.servicePrincipal', ...shownWithCredentials(principal, false) }
  }
  const application = estate.applications.get(id)
  if (application !== undefined) {
    return { '@odata.type': '#microsoft.graph.application', ...shownWithCredentials(application, false) }
  }
  const group = estate.groups.get(id)
  if (group !== undefined) return { '@odata.type': '#microsoft.graph.group', ...shownGroup(group) }
  const user = estate.fixed.users.find(each => each.id === id)
  return user === undefined ? undefined : { '@odata.type': '#microsoft.graph.user', ...user }
}

/** Objects by their ids, in the order of the ids. */
export function objects(estate: LiveAzure, ids: readonly string[], marker: string | undefined) {
  return ids
    .toSorted()
    .filter(id => marker === undefined || id > marker)
    .flatMap(id => {
      const shown = directoryObject(estate, id)
      return shown === undefined ? [] : [[id, shown] as const]
    })
}

export function theApplication({ estate, params, view }: GraphCall): Application {
  const application =
    params['value'] === undefined
      ? estate.applications.get((params['id'] ?? '').toLowerCase(), view)
      : estate.applicationOf(params['value'], view)
  if (application === undefined) throw notFound(params['id'] ?? params['value'] ?? '')
  return application
}

export function thePrincipal({ estate, params, view }: GraphCall): ServicePrincipal {
  const principal =
    params['value'] === undefined
      ? estate.servicePrincipals.get((params['id'] ?? '').toLowerCase(), view)
      : estate.servicePrincipalOf(params['value'], view)
  if (principal === undefined) throw notFound(params['id'] ?? params['value'] ?? '')
  return principal
}

/**
 * The record with the given properties in place of its own: collections are replaced whole.
 * @throws Problem for a property that cannot be written
 */
export function patched<T extends WithCredentials>(
  record: T,
  body: GraphCall['body'],
  writable: readonly string[],
): T {
  const changes: { [property: string]: unknown } = {}
  for (const [name, value] of Object.entries(body)) {
    if (name.startsWith('@odata')) continue
    if (!writable.includes(name)) {
      throw bad(`Property '${name}' is read-only and cannot be set.`)
    }
    changes[name] = name === 'keyCredentials' ? keysAfter(record.keyCredentials, value) : value
  }
  if ('accountEnabled' in changes && typeof changes['accountEnabled'] !== 'boolean') {
    throw bad("Invalid value specified for property 'accountEnabled' of resource 'ServicePrincipal'.")
  }
  return { ...record, ...changes }
}

/** Returns the secrets that `removePassword` leaves. @throws Problem for a secret that is not there */
export function withoutPassword(
  { passwordCredentials }: WithCredentials,
  body: GraphCall['body'],
): PasswordCredential[] {
  const keyId = textOf(body, 'keyId')
  const left = passwordCredentials.filter(each => each.keyId !== keyId)
  if (left.length === passwordCredentials.length) {
    throw bad(`No password credential found with keyId ${keyId}.`)
  }
  return left
}

/** The certificates as a write leaves them: the known ones stay as they are, and their sent members are ignored. */
export function keysAfter(current: readonly KeyCredential[], value: unknown): KeyCredential[] {
  if (!Array.isArray(value)) throw bad("Invalid value specified for property 'keyCredentials'.")
  return value.map((entry: Partial<KeyCredential>) => {
    const known = current.find(({ keyId }) => keyId === entry.keyId)
    if (known !== undefined) {
      if (typeof entry.key === 'string' && entry.key !== known.key) {
        throw bad('Update to existing credential with KeyId is not allowed.')
      }
      return known
    }
    if (typeof entry.key !== 'string' || entry.key === '') throw bad('Key value is invalid or missing.')
    const end = entry.endDateTime ?? ''
    if (!(Date.parse(end) > Date.now())) throw bad('Key credential end date is invalid.')
    return {
      keyId: entry.keyId ?? randomUUID(),
      type: entry.type ?? 'AsymmetricX509Cert',
      usage: entry.usage ?? 'Verify',
      displayName: entry.displayName ?? null,
      startDateTime: entry.startDateTime ?? new Date().toISOString(),
      endDateTime: end,
      // Without one it is the certificate's thumbprint.
      customKeyIdentifier: entry.customKeyIdentifier ?? sha1(entry.key),
      key: entry.key,
    }
  })
}

function sha1(key: string): string {
  return createHash('sha1').update(Buffer.from(key, 'base64')).digest('base64')
}
