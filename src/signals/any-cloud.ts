import { parseIdentityId } from '../model/identity.ts'
import type { Draft } from './draft.ts'

/** Names that a record of no cloud's own format has for somebody. */
export interface Named {
  cloud?: string | undefined
  account?: string | undefined
  /** An ARN, an email, an object id, or an id of the inventory. */
  name?: string | undefined
  uid?: string | undefined
  type?: string | undefined
  session?: string | undefined
  credential?: string | undefined
}

/** Who is meant, with the cloud and the account as far as the names say them. */
export interface Found {
  cloud: string
  account: string | undefined
  identity: Draft['identity']
}

/** How one cloud names identities outside its own log formats. All functions are pure, and take any text. */
export interface CloudNames {
  /** Whether a text has a form that only names of this cloud have. */
  isName?(text: string): boolean
  /** Who a text names by its form, at most 1,000 characters; undefined if it has no form of this cloud. */
  identify?(text: string, named: Named): Omit<Found, 'cloud'> | undefined
  /** The id of a credential of this cloud in a text. */
  credentialIn?(text: string): string | undefined
  /** A unique id, with the session that it names. */
  uniqueId?(text: string): { uid?: string | undefined; session?: string | undefined } | undefined
  /** A principal by its name, where the record says that it is of this cloud, and of which type. */
  byType?(named: Named): Draft['identity'] | undefined
  /** The account whose tokens this issuer signs. */
  accountOfIssuer?(issuer: string): string | undefined
}

const LONGEST = 1_000

/** The names of all clouds. */
export class AnyCloud {
  readonly #clouds: readonly { cloud: string; names: CloudNames }[]
  readonly #inventoryId: RegExp

  /** @param clouds in the order in which they are asked */
  constructor(clouds: readonly { cloud: string; names: CloudNames }[]) {
    this.#clouds = clouds
    this.#inventoryId = new RegExp(`^(?:${clouds.map(({ cloud }) => cloud).join('|')}):[^:/]*:[a-z-]+/.`)
  }

  /** Returns who is meant, by what the names look like, and no further than they say. */
  identify(named: Named): Found {
    const { account, session, type } = named
    const rest = { session, credential: this.#credentialIn(named.credential) }
    for (const text of [named.uid, named.name]) {
      const found = this.#byForm(text, named)
      if (found !== undefined) return { ...found, identity: { ...defined(rest), ...defined(found.identity) } }
    }
    const own = this.#clouds.find(({ cloud }) => cloud === named.cloud)?.names
    const uid = own?.uniqueId === undefined ? named.uid : own.uniqueId(named.uid ?? '')?.uid
    const known = own?.byType?.(named)
    return {
      cloud: named.cloud ?? 'other',
      account,
      identity: { kind: type, name: named.name ?? named.uid, ...known, uid, ...rest },
    }
  }

  /** Whether a text names somebody: an id of the inventory, or a form of one cloud. */
  isName(text: string): boolean {
    return (
      this.#clouds.some(({ cloud }) => text.startsWith(`${cloud}:`)) ||
      this.#clouds.some(({ names }) => names.isName?.(text))
    )
  }

  /** Returns the unique id in a text, of the first cloud that has such ids. */
  uniqueId(text: string): ReturnType<NonNullable<CloudNames['uniqueId']>> {
    return this.#first(({ uniqueId }) => uniqueId?.(text))
  }

  /** Returns whose tokens this issuer signs. */
  byIssuer(issuer: string | undefined): { cloud: string; account: string } | undefined {
    if (issuer === undefined) return undefined
    for (const { cloud, names } of this.#clouds) {
      const account = names.accountOfIssuer?.(issuer)
      if (account !== undefined) return { cloud, account }
    }
    return undefined
  }

  #credentialIn(text: string | undefined): string | undefined {
    return text === undefined ? undefined : (this.#first(({ credentialIn }) => credentialIn?.(text)) ?? text)
  }

  #byForm(text: string | undefined, named: Named): Found | undefined {
    if (text === undefined || text.length > LONGEST) return undefined
    if (this.#inventoryId.test(text)) {
      const { kind, name, ...of } = parseIdentityId(text)
      return { ...of, identity: { id: text, kind, name } }
    }
    for (const { cloud, names } of this.#clouds) {
      const found = names.identify?.(text, named)
      if (found !== undefined) return { cloud, ...found }
    }
    return undefined
  }

  #first<Value>(ask: (names: CloudNames) => Value | undefined): Value | undefined {
    for (const { names } of this.#clouds) {
      const found = ask(names)
      if (found !== undefined) return found
    }
    return undefined
  }
}

function defined<Of extends object>(of: Of): Partial<Of> {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as Partial<Of>
}
