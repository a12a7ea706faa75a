import type { Identity } from './identity.ts'
import { plain } from './plain-text.ts'

/** As Entra makes them: nobody knows an application by its id. */
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i
/** Ids that nobody reads whole: GUIDs, and keys of Google's service accounts. */
const LONG = /\b(?:([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|([0-9a-f]{12})[0-9a-f]{28})\b/gi

function shortened(text: string): string {
  return text.replace(LONG, (_, guid?: string, key?: string) => `${guid ?? key ?? ''}…`)
}

/** Identities that names are looked up in, by id. */
export type Names = ReadonlyMap<string, Identity>

/** Returns a look-up of identities by id; of two with one id, the last counts. */
export function namesOf(identities: Iterable<Identity>): Names {
  return new Map([...identities].map(identity => [identity.id, identity]))
}

/** The name that people use for it; the cloud's name, if people use that. */
export function calledOf({ name, facts }: Pick<Identity, 'name' | 'facts'>): string {
  const { displayName } = facts
  return GUID.test(name) && typeof displayName === 'string' && displayName.trim() !== ''
    ? plain(displayName)
    : plain(name)
}

/**
 * `role vendor-sync`; a credential with whom it belongs to; what has a display name with the beginning of its id as well,
 * since anybody can take a display name.
 */
export function identityText(identity: Identity, names?: Names): string {
  return namedText(identity, names, shortened)
}

/** As `identityText`, with ids in full. */
export function identityWhole(identity: Identity, names?: Names): string {
  return namedText(identity, names, text => text)
}

/** Of what only the id is known: its text among those that are known, else what the id says. */
export function idText(id: string, names: Names): string {
  const known = names.get(id)
  if (known) return identityText(known, names)
  const [, , ...rest] = id.split(':')
  return shortened(plain(rest.join(':').replace('/', ' ') || id))
}

function namedText(identity: Identity, names: Names | undefined, shorten: (id: string) => string): string {
  const { kind, name, owner } = identity
  const called = calledOf(identity)
  // A credential's name may begin with the id of what it is on, which is printed at the end.
  const own = plain(owner !== undefined && GUID.test(name) ? name.slice(name.indexOf('/') + 1) : name)
  const both = called === plain(name) || called === own ? shorten(own) : `${called} (${shorten(own)})`
  const of = owner === undefined ? '' : ` of ${ownerText(identity, owner, names, shorten)}`
  return `${plain(kind)} ${both}${of}`
}

function ownerText(
  { facts }: Identity,
  owner: string,
  names: Names | undefined,
  shorten: (id: string) => string,
): string {
  const known = names?.get(owner)
  if (known) return calledOf(known)
  const { ownerName } = facts
  if (typeof ownerName === 'string' && ownerName.trim() !== '') return plain(ownerName)
  return shorten(plain(owner.slice(owner.indexOf('/') + 1)))
}
