import type { Identity } from '../model/identity.ts'
import { plain } from './text.ts'

/** As Entra makes them: nobody knows an application by its id. */
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i

/** What people call it; its name, where the cloud's name is one that people use. */
export function calledOf({ name, facts }: Pick<Identity, 'name' | 'facts'>): string {
  const { displayName } = facts
  return GUID.test(name) && typeof displayName === 'string' && displayName.trim() !== ''
    ? plain(displayName)
    : plain(name)
}

/** `role vendor-sync`; an access key with the user that it belongs to; an application by both of its names. */
export function identityText(identity: Identity): string {
  const { kind, name, owner } = identity
  const called = calledOf(identity)
  const both = called === plain(name) ? called : `${called} (${plain(name)})`
  const of = owner === undefined ? '' : ` of ${owner.slice(owner.indexOf('/') + 1)}`
  return `${plain(kind)} ${both}${plain(of)}`
}
