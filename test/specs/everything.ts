import { differences } from '../../src/model/facet.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Context, Interruption } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import type { Provider, Session } from '../../src/model/provider.ts'

/**
 * Everything that we ask of a cloud: the whole inventory, and each interruption cut, probed and put back on whom it
 * goes. Refused operations were asked for as well. Returns which interruptions were carried out.
 *
 * @param gone a name of the kind of this one that nobody has
 */
export async function everything<C>(
  provider: Provider<C>,
  session: Session,
  gone = (name: string) => `${name}gone`,
): Promise<Set<string>> {
  const all: Identity[] = []
  const kinds = provider.kinds.map(({ name }) => name)
  for await (const identity of session.inventory({ kinds })) all.push(identity)
  for (const identity of all) {
    await session.credentials(identity)
    await session.dependents?.(identity)
  }
  const cut = new Set<string>()
  for (const interruption of provider.interruptions as readonly Interruption[]) {
    for (const identity of all.filter(({ kind }) => interruption.on.includes(kind))) {
      if (session.spares(identity) !== undefined) continue
      if (await cutAndPutBack(session, interruption, identity)) cut.add(interruption.id)
    }
    const some = all.find(({ kind }) => interruption.on.includes(kind))
    // The answers about what is not there are judged as well.
    const absent = some && { ...some, name: gone(some.name), id: `${some.id}-gone` }
    if (absent)
      await interruption.read(session.client, contextOf(interruption, absent)).catch(() => undefined)
  }
  return cut
}

const contextOf = (interruption: Interruption, identity: Identity): Context => ({
  run: 'spec',
  now: new Date().toISOString(),
  identity,
  params: (interruption.example ?? {}) as Json,
  exhausted: [],
})

async function cutAndPutBack(
  session: Session,
  interruption: Interruption,
  identity: Identity,
): Promise<boolean> {
  const context = contextOf(interruption, identity)
  const reading = await interruption.read(session.client, context).catch(() => undefined)
  if (!reading) return false
  const known = { ...context, ...(reading.seen === undefined ? {} : { seen: reading.seen }) }
  if (interruption.refuse?.(reading.facet, known)) return false
  const after = interruption.cut(reading.facet, known)
  if (differences(reading.facet, after).length === 0) return false
  try {
    await interruption.write(session.client, reading.facet, after, known)
  } catch {
    // Whether a refusal is right is for other tests; it is recorded, and judged like any answer.
    return false
  }
  await interruption.probe?.(session.client, known)
  await interruption.write(session.client, after, reading.facet, known).catch(() => undefined)
  return true
}
