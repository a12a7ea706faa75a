import type { Json } from '../../model/json.ts'
import { isObject, sizeFlaw } from '../call.ts'
import { type Definitions, protocolOf } from './definitions.ts'
import type { Judge } from './judge.ts'
import { folded, type Message } from './message.ts'

/** Members of a result that a client acts on; one that differs from them in spelling only is left out. */
const ACTED_ON = [
  'tools',
  'inputRequests',
  'requestState',
  'resultType',
  'nextCursor',
  'task',
  'content',
  'isError',
]

/** A result without the members that a lax reader would take for others. */
export function withoutLookAlikes(result: Message): Message {
  const known = ACTED_ON.map(folded)
  const odd = Object.keys(result).filter(name => !ACTED_ON.includes(name) && known.includes(folded(name)))
  if (odd.length === 0) return result
  return Object.fromEntries(Object.entries(result).filter(([name]) => !odd.includes(name)))
}

/** A result as it was read, and with the numbers spelled as they were. */
export interface Result {
  result: Message
  wire: Message
}

/**
 * The tools of a result that the client may see, spelled as they were. `generation`: when it was asked for, if it is a
 * listing; tools in another result are compared with the pins, and are not pinned. Throws when it is more than is judged.
 */
export async function visibleTools(
  { result, wire }: Result,
  generation: number | undefined,
  { definitions, judge }: { definitions: Definitions; judge: Judge },
): Promise<Json[]> {
  const flaw = sizeFlaw(result)
  if (flaw !== undefined) throw new Error(flaw)
  const [tools, written] = [result['tools'], wire['tools']]
  if (!Array.isArray(tools) || !Array.isArray(written)) return []
  if (generation !== undefined) definitions.take(tools, generation)
  const pinned = definitions.pinned(tools).flatMap(index => {
    const tool = tools[index]
    const name = isObject(tool) ? tool['name'] : undefined
    return typeof name === 'string' ? [{ name, index }] : []
  })
  return (await judge.visible(pinned)).flatMap(index => written[index] ?? [])
}

/** The result of a listing: what a listing has and no more, so that nothing in it comes by the filter. */
export function listingResult(
  { nextCursor, resultType, ttlMs, cacheScope, _meta }: Message,
  tools: Json[],
): Message {
  const meta = isObject(_meta) ? protocolOf(_meta) : {}
  return {
    tools,
    ...(typeof nextCursor === 'string' ? { nextCursor } : {}),
    ...(typeof resultType === 'string' ? { resultType } : {}),
    ...(typeof ttlMs === 'number' ? { ttlMs } : {}),
    ...(typeof cacheScope === 'string' ? { cacheScope } : {}),
    ...(Object.keys(meta).length > 0 ? { _meta: meta } : {}),
  }
}
