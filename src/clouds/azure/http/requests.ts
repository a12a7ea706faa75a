import { Fault, toFault } from '../../../model/fault.ts'
import { Readings } from '../../kit/http/readings.ts'
import type { Tally } from '../../kit/http/tally.ts'
import { addressOf, attempt, type Road } from './attempts.ts'
import { BATCH, batched } from './batch.ts'
import type { AzureCall } from './call.ts'
import { faultOf } from './faults.ts'
import { type Lane, parentOf } from './lane.ts'
import { pause } from './pause.ts'
import { isOneOfPages, isRead, isShared, lookedAt, questionOf, writtenTo } from './shared-reads.ts'

/** Makes the calls of a tenant: each in its turn, counted, and a read not twice while its answer is fresh enough. */
export interface Requests {
  /** @param url see `addressOf`; a later page has its own. Throws the Fault of the answer. */
  get(call: AzureCall, url: string): Promise<unknown>
  /** See `AzureClient.batch`. */
  batch<Item>(calls: readonly AzureCall[]): Promise<(Item | Fault)[]>
}

/** A read that a batch has a place for. */
interface Part<Item> {
  call: AzureCall
  resolve: (item: Item) => void
  reject: (fault: Fault) => void
}

/** Faults that end more than the question that they are the answer to. */
const ENDS: ReadonlySet<string> = new Set(['bug', 'interrupted'])

/** Returns the calls of one tenant, which share their answers. */
export function requestsOf({ road, lane, tally }: { road: Road; lane: Lane; tally: Tally }): Requests {
  const { tenant } = road
  const readings = new Readings()
  /** Questions that a service does not understand: it will not learn to while we are signed in. */
  const unsupported = new Map<string, Fault>()
  const send = async (call: AzureCall, url: string, parent?: string): Promise<unknown> =>
    await lane.inOrder(parent, async () => {
      tally.count(call.operation)
      return await attempt(call, url, road)
    })
  const read = async (call: AzureCall, url: string): Promise<unknown> => {
    const question = questionOf(call, url)
    const known = unsupported.get(question)
    if (known) throw known
    try {
      return await send(call, url)
    } catch (error) {
      const fault = toFault(error)
      if (fault.code === 'unsupported') unsupported.set(question, fault)
      throw error
    }
  }
  const shared = async <Answer>(call: AzureCall, url: string, ask: () => Promise<Answer>): Promise<Answer> =>
    await readings.read(questionOf(call, url), lookedAt(call), ask, answer => !isOneOfPages(answer))
  const get = async (call: AzureCall, url: string): Promise<unknown> => {
    if (isShared(call)) return await shared(call, url, () => read(call, url))
    if (isRead(call)) return await read(call, url)
    const parent = parentOf(call.path)
    // Making the same twice is the same as once: it need not wait for another under the same parent.
    const isFree = call.method === 'POST' && call.repeatable === true
    try {
      return await send(call, url, isFree ? undefined : parent)
    } finally {
      readings.wrote(writtenTo(call, parent))
    }
  }
  const twenty = async <Item>(some: readonly AzureCall[]): Promise<(Item | Fault)[]> => {
    for (const call of some) addressOf(call, road)
    try {
      return await together<Item>(some)
    } catch (error) {
      // Refused as a whole, each of them is.
      const fault = toFault(error)
      if (fault.code !== 'denied') throw fault
      return some.map(() => fault)
    }
  }
  /** Parts that nobody has asked for yet, each answered for itself. */
  const batch = async <Item>(all: readonly AzureCall[]): Promise<(Item | Fault)[]> => {
    const open: Part<Item>[] = []
    /** Faults of a whole request, which are nobody's answer. */
    const whole = new WeakSet<Fault>()
    const answers = all.map(call =>
      shared(
        call,
        addressOf(call, road),
        () => new Promise<Item>((resolve, reject) => open.push({ call, resolve, reject })),
      ).catch((error: unknown) => {
        if (error instanceof Fault && !whole.has(error) && !ENDS.has(error.code)) return error
        throw error
      }),
    )
    const fill = async (parts: readonly Part<Item>[]) => {
      try {
        const found = await twenty<Item>(parts.map(({ call }) => call))
        for (const [at, { call, resolve, reject }] of parts.entries()) {
          const one =
            found[at] ?? faultOf('unavailable', 'not answered', { operation: call.operation, tenant })
          if (one instanceof Fault) reject(one)
          else resolve(one)
        }
      } catch (error) {
        const fault = toFault(error)
        whole.add(fault)
        for (const { reject } of parts) reject(fault)
      }
    }
    for (let at = 0; at < open.length; at += BATCH) void fill(open.slice(at, at + BATCH))
    return await Promise.all(answers)
  }
  const together = async <Item>(some: readonly AzureCall[]): Promise<(Item | Fault)[]> => {
    return await batched<Item>(some, {
      tenant,
      backoff: road.backoff,
      pause: wait => pause(wait, road, { operation: 'POST /$batch', tenant }),
      timing: road.timing,
      post: async (version, requests) => {
        const operation = `POST /${version}/$batch`
        const outer: AzureCall = {
          service: 'graph',
          method: 'POST',
          path: `/${version}/$batch`,
          body: { requests },
          operation,
          repeatable: true,
        }
        const parts = requests as { id: string }[]
        tally.countParts(parts.flatMap(({ id }) => some[Number(id)]?.operation ?? []))
        return await attempt(outer, addressOf(outer, road), road)
      },
      throttled: (call, throttle) => lane.heard(call, throttle),
    })
  }
  return { get, batch }
}
