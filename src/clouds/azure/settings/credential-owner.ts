import { Fault } from '../../../model/fault.ts'
import { type Identity, parseIdentityId } from '../../../model/identity.ts'

/** The holder of a credential. */
export interface Holder {
  on: 'application' | 'service-principal' | 'managed-identity'
  /** Of the application or service principal, in the directory. */
  objectId: string
  /** Of a managed identity, in Azure; else empty. */
  resource: string
}

/** @throws Fault `rejected` when it is not known: we would change another one's */
export function ownerOf({ id, owner, facts }: Identity): Holder {
  const { on, objectId, resource } = facts
  const known = on === 'application' || on === 'service-principal' || on === 'managed-identity'
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  const object = text(objectId) || (owner === undefined ? '' : parseIdentityId(owner).name)
  if (known && (on === 'managed-identity' ? text(resource) : object) !== '') {
    return { on, objectId: object, resource: text(resource) }
  }
  throw new Fault('rejected', 'it is not known what the credential belongs to', { where: id })
}

/** The name of a credential on its holder: neither has a slash, and the other is the holder's id. */
export function ownedName({ name }: Identity): string {
  return name.slice(name.indexOf('/') + 1)
}
