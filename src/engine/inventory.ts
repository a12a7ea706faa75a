import type { Expression } from '../model/expression/expression.ts'
import type { Identity } from '../model/identity.ts'
import type { Json } from '../model/json.ts'
import { checkSignal, type World } from './world.ts'

export interface Listing {
  /** Kinds to list; undefined: every kind that is not costly. */
  kinds?: readonly string[] | undefined
  where?: Expression
  inputs?: { [name: string]: Json }
}

/** Streams the identities of every signed-in account, one account after the other. Memory does not grow with them. */
export async function* listIdentities(world: World, listing: Listing = {}): AsyncIterable<Identity> {
  const { kinds, where, inputs = {} } = listing
  world.listen({ type: 'stage', stage: 'inventory', at: 'begin' })
  for (const session of world.sessions) {
    const listed = session.inventory(kinds ? { kinds } : {}, progress =>
      world.listen({ type: 'progress', progress }),
    )
    for await (const identity of listed) {
      checkSignal(world)
      if (!where || where.test(identity, inputs)) yield identity
    }
  }
  world.listen({ type: 'stage', stage: 'inventory', at: 'end' })
}
