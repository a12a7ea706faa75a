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
  throw new Fault('usage', 'not a valid destination for a new credential', {
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

/** A kind of sink, and the accounts of its cloud that we are signed in to. */
export interface SignedIn {
  kind: SinkKind
  cloud: string
  accounts: readonly { account: string; client: unknown }[]
}

/**
 * Opens the place of one credential: in the account that the address names, else in that of the credential, else in the only one.
 *
 * @param of the credential that is replaced
 * @throws Fault `usage` when several accounts could be meant, `not-authenticated` when there is none
 */
export function openSink(
  place: string,
  signedIn: SignedIn | undefined,
  of: Pick<Identity, 'cloud' | 'account'>,
): Sink {
  const at = place.indexOf(':')
  const scheme = place.slice(0, at)
  const address = place.slice(at + 1)
  if (scheme === 'file') return fileSink(address)
  if (signedIn?.kind.scheme !== scheme || signedIn.accounts.length === 0) {
    throw new Fault('not-authenticated', `not signed in to the cloud of ${scheme}`, {
      where: '--into',
      next: 'interdict doctor shows who you are in each cloud',
    })
  }
  const { kind, cloud, accounts } = signedIn
  const own = cloud === of.cloud ? of.account : undefined
  const named = kind.account?.(address)
  const [only, ...others] = accounts
  const found =
    accounts.find(({ account }) => account === named) ??
    accounts.find(({ account }) => account === own) ??
    (others.length === 0 || named !== undefined ? only : undefined)
  if (found) return kind.open(found.client, address)
  throw new Fault('usage', `which account of ${cloud} is meant by ${place}?`, {
    where: '--into',
    next: `signed in to ${accounts.map(({ account }) => account).join(', ')}: give an address that names one`,
  })
}
