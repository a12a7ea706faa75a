import type { Lookup } from '../model/expression/equalities.ts'
import type { Expression } from '../model/expression/expression.ts'
import { type Identity, parseIdentityId } from '../model/identity.ts'
import type { Json } from '../model/json.ts'
import type { Session } from '../model/provider.ts'
import { readAhead } from './read-ahead.ts'
import { checkSignal, type World } from './world.ts'

/** The identities that are listed. */
export interface Listing {
  /** Kinds to list; undefined: every kind that is not costly. */
  kinds?: readonly string[] | undefined
  /** Conditions of which every identity that matters satisfies one at least; the others may be left out. */
  only?: readonly Lookup[] | undefined
  /** See `Query.near`. */
  near?: readonly string[] | undefined
  /** See `Query.facts`. */
  facts?: readonly string[] | undefined
  where?: Expression
  inputs?: { [name: string]: Json }
  /** Takes an account whose listing failed, or throws; absent: the fault is thrown. */
  lost?: (session: Session, error: unknown) => void
}

/** Accounts listed at once, since each may wait for a report of its cloud, and how many identities of each may wait for the one before it. */
const AT_ONCE = 32
const ROOM = 256

/**
 * Streams the identities of every signed-in account, in the order of the accounts; several are listed at once. Memory
 * does not grow with them.
 */
export async function* listIdentities(world: World, listing: Listing = {}): AsyncIterable<Identity> {
  const { kinds, only, near, facts, where, inputs = {}, lost } = listing
  world.listen({ type: 'stage', stage: 'inventory', at: 'begin' })
  const sessions = world.sessions.filter(session => !kinds || kindsOf(world, session, kinds).length > 0)
  const open = (session: Session) =>
    session.inventory(
      {
        ...(kinds ? { kinds: kindsOf(world, session, kinds) } : {}),
        ...(only
          ? {
              only: onlyOf(world, session, only),
              ...(near ? { near } : {}),
              ...(facts ? { facts } : {}),
            }
          : {}),
      },
      progress => world.listen({ type: 'progress', progress }),
    )
  const options = { atOnce: AT_ONCE, room: ROOM, ...(lost ? { lost } : {}) }
  for await (const identity of readAhead(sessions, open, options)) {
    checkSignal(world)
    if (!where || where.test(identity, inputs)) yield identity
  }
  world.listen({ type: 'stage', stage: 'inventory', at: 'end' })
}

/** A cloud is asked for its own kinds only. */
function kindsOf({ providers }: World, { cloud }: Session, kinds: readonly string[]): string[] {
  const own = new Set(providers.get(cloud)?.kinds.map(({ name }) => name))
  return kinds.filter(kind => own.has(kind))
}

/** Returns those that may be of this account, by the parts of their ids. */
function onlyOf({ providers }: World, { cloud, account }: Session, only: readonly Lookup[]): Lookup[] {
  const own = new Set(providers.get(cloud)?.kinds.map(({ name }) => name))
  return only
    .map(each => ({ ...each, ...partsOf(each['id']) }))
    .filter(
      each =>
        (each['cloud'] ?? cloud) === cloud &&
        (each['account'] ?? account) === account &&
        (each['kind'] === undefined || own.has(each['kind'])),
    )
}

function partsOf(id: string | undefined): Lookup {
  try {
    return id === undefined ? {} : { ...parseIdentityId(id) }
  } catch {
    // Not the id of anything, and no way to look for it.
    return {}
  }
}
