import type { Identity } from '../model/identity.ts'
import type { Interruption } from '../model/interruption.ts'
import { type Credentials, credentialsOf } from './credentials.ts'
import { ownerOf } from './expand.ts'
import { interruptionOf, sessionOf, type World } from './world.ts'

/** Another way of stopping an identity that is stopped already, or a credential of it. */
export interface Companion {
  identity: Identity
  interruption: Interruption
}

/**
 * The companions of an interruption: on the identity itself, and on the credentials that work now. A credential that must not be touched
 * is left out.
 */
export async function companionsOf(
  world: World,
  identity: Identity,
  interruption: string,
  listed: (owner: Identity) => Promise<Credentials> = owner => credentialsOf(world, owner),
): Promise<Companion[]> {
  const ids = interruptionOf(world, interruption).companions ?? []
  if (ids.length === 0) return []
  const all = ids.map(id => interruptionOf(world, id))
  const session = sessionOf(world, identity)
  const own = all
    .filter(({ on }) => on.includes(identity.kind))
    .map(each => ({ identity, interruption: each }))
  const others = all.filter(({ on }) => !on.includes(identity.kind))
  if (others.length === 0) return own
  const { found } = await listed(ownerOf(identity))
  const credentials = found.filter(each => each.facts['enabled'] !== false && !session.spares(each))
  return [
    ...own,
    ...credentials.flatMap(credential =>
      others
        .filter(({ on }) => on.includes(credential.kind))
        .map(each => ({ identity: credential, interruption: each })),
    ),
  ]
}
