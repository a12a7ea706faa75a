import type { Answer } from '../../cloud.ts'
import type { Trouble } from '../../faults.ts'
import { answer, type Found, Problem, refusal, throttled } from '../wire.ts'
import { authenticate } from './authorize.ts'
import { findGraph, runGraph } from './index.ts'
import { bodyOf, type GraphInput, type GraphWorld } from './world.ts'

interface BatchItem {
  id?: unknown
  method?: unknown
  url?: unknown
  headers?: { [name: string]: string }
  body?: unknown
  dependsOn?: string[]
}

const MOST_ITEMS = 20

/** The items of a batch's body, e.g. to count them. */
export function itemsOf(body: string): BatchItem[] {
  const { requests } = bodyOf(body)
  return Array.isArray(requests) ? requests : []
}

/**
 * `$batch`: up to twenty requests, answered in any order, each for itself.
 *
 * @param befallen the fault of each request; one that is refused or throttled is, any other leaves it alone
 * @throws Problem for the batch as such
 */
export function runBatch(
  world: GraphWorld,
  version: string,
  input: GraphInput,
  befallen: readonly (Trouble | undefined)[] = [],
): { found: Found; changed: boolean } {
  authenticate(world, input.headers['authorization'])
  const items = itemsOf(input.body)
  if (items.length === 0 || items.length > MOST_ITEMS) {
    throw new Problem(400, 'BadRequest', `Number of batch request steps must be between 1 and ${MOST_ITEMS}.`)
  }
  const failed = new Set<string>()
  let changed = false
  const responses = items.map((item, at) => {
    const id = String(item.id)
    const { reply, wrote } = runItem(world, version, input, item, failed, befallen[at])
    if (reply.status >= 400) failed.add(id)
    else changed ||= wrote
    const { 'content-type': type, 'retry-after': after } = reply.headers
    return {
      id,
      status: reply.status,
      headers: {
        ...(type === undefined ? {} : { 'Content-Type': type }),
        ...(after === undefined ? {} : { 'Retry-After': after }),
      },
      ...(reply.body === '' ? {} : { body: JSON.parse(reply.body) }),
    }
  })
  return { found: { body: { responses: responses.reverse() } }, changed }
}

function runItem(
  world: GraphWorld,
  version: string,
  input: GraphInput,
  { method, url, headers = {}, body, dependsOn = [] }: BatchItem,
  failed: ReadonlySet<string>,
  trouble: Trouble | undefined,
): { reply: Answer; wrote: boolean } {
  const { batchThrottleEvery } = world.estate.fixed.switches
  world.estate.counts.items += 1
  try {
    if (dependsOn.some(each => failed.has(each))) {
      throw new Problem(424, 'FailedDependency', 'A request that this one depends on has failed.')
    }
    if (trouble?.kind === 'throttle') throw throttled('graph', trouble.seconds)
    if (trouble?.kind === 'error') {
      throw new Problem(trouble.status, trouble.code, trouble.message ?? 'A fault of the lab')
    }
    if (batchThrottleEvery > 0 && world.estate.counts.items % batchThrottleEvery === 0)
      throw throttled('graph')
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    )
    if (body !== undefined && own['content-type'] === undefined) {
      throw new Problem(400, 'BadRequest', 'Write request id has no content type header.')
    }
    const address = String(url).startsWith('/') ? String(url) : `/${String(url)}`
    const request = findGraph(String(method), `/${version}${address}`)
    const found = runGraph(world, request, {
      base: input.base,
      headers: { authorization: input.headers['authorization'], ...own },
      body: body === undefined ? '' : JSON.stringify(body),
    })
    return { reply: answer(found), wrote: request.route?.writes === true }
  } catch (error) {
    if (error instanceof Problem) return { reply: refusal('graph', error), wrote: false }
    throw error
  }
}
