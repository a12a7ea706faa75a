import { Fault } from '../model/fault.ts'
import { type Identity, parseIdentityId } from '../model/identity.ts'
import type { Sink, SinkKind } from '../model/rotation.ts'
import { fileSink } from './file.ts'

/** `--into`, parsed: what kind of sink, and its address there. */
export interface Into {
  /** As it was given. */
  text: string
  scheme: string
  address: string
}

/** Fault `usage` when it is not of the form `SCHEME:ADDRESS`. The text is not repeated: it may be a secret pasted by mistake. */
export function parseInto(text: string, kinds: readonly SinkKind[]): Into {
  const [, scheme = '', address = ''] = /^([a-z-]+):(.+)$/s.exec(text) ?? []
  if (scheme === 'file' || kinds.some(kind => kind.scheme === scheme)) return { text, scheme, address }
  const known = [...kinds.map(kind => `${kind.scheme}:${kind.form}`), 'file:PATH']
  throw new Fault('usage', 'not a place for a new credential', {
    where: '--into',
    next: `one of ${known.join(', ')}; {owner} and {old} stand for the names of the owner and of the old credential`,
  })
}

/** The address for one credential. Names come from a cloud, so they must not be able to lead elsewhere. */
export function placeFor({ scheme, address }: Into, old: Identity): string {
  const owner = old.owner === undefined ? old.name : parseIdentityId(old.owner).name
  const safe = (name: string) => name.replace(/[^\w@.=-]+/g, '-').replace(/^\.+/, '')
  return `${scheme}:${address.replaceAll('{owner}', safe(owner)).replaceAll('{old}', safe(old.name))}`
}

/** Opens the place of one credential; `client` signs in to the cloud of a scheme. */
export function openSink(place: string, kinds: readonly { kind: SinkKind; client: unknown }[]): Sink {
  const at = place.indexOf(':')
  const scheme = place.slice(0, at)
  const address = place.slice(at + 1)
  if (scheme === 'file') return fileSink(address)
  const found = kinds.find(({ kind }) => kind.scheme === scheme)
  if (found) return found.kind.open(found.client, address)
  throw new Fault('not-authenticated', `not signed in to where ${scheme} is`, {
    where: '--into',
    next: 'interdict doctor shows who you are in each cloud',
  })
}
