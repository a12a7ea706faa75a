import type { LiveAzure } from './estate.ts'
import type { Application, ServicePrincipal } from './store.ts'

/**
 * Something is gone. Principals and applications are named by their object ids, what belongs to one by
 * `<object id>/<name or key id>`, a storage account by its name; names that people gave them do as well.
 */
export function vanish(estate: LiveAzure, kind: string, name: string): void {
  const named = ({ id, displayName }: { id: string; displayName: string }) =>
    id === name || displayName === name
  if (kind === 'service-principal' || kind === 'managed-identity') {
    for (const each of [...estate.servicePrincipals.values()]) {
      if (named(each)) estate.servicePrincipals.delete(each.id)
    }
  }
  if (kind === 'application') {
    for (const each of [...estate.applications.values()]) if (named(each)) estate.applications.delete(each.id)
  }
  if (kind === 'storage-account') {
    for (const each of [...estate.resources.values()]) {
      if (each.id.toLowerCase().endsWith(`/storageaccounts/${name.toLowerCase()}`)) {
        estate.resources.delete(each.id.toLowerCase())
      }
    }
  }
  const [holder = '', credential = ''] = name.split('/')
  if (kind === 'federated-credential') {
    for (const each of [...estate.federatedCredentials.values()]) {
      if (each.application === holder && (each.name === credential || each.id === credential)) {
        estate.federatedCredentials.delete(`${each.application}/${each.id}`)
      }
    }
    for (const each of [...estate.identities.values()]) {
      if (each.principalId !== holder) continue
      const left = each.federatedCredentials.filter(({ name: own }) => own !== credential)
      estate.identities.set(each.id.toLowerCase(), { ...each, federatedCredentials: left })
    }
  }
  if (kind === 'certificate' || kind === 'client-secret') {
    const application = estate.applications.get(holder)
    if (application !== undefined) estate.applications.set(holder, without(application, credential))
    const principal = estate.servicePrincipals.get(holder)
    if (principal !== undefined) estate.servicePrincipals.set(holder, without(principal, credential))
  }
}

function without<T extends Application | ServicePrincipal>(record: T, key: string): T {
  return {
    ...record,
    keyCredentials: record.keyCredentials.filter(({ keyId }) => keyId !== key),
    passwordCredentials: record.passwordCredentials.filter(({ keyId }) => keyId !== key),
  }
}
