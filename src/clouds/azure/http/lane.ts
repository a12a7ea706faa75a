import PQueue from 'p-queue'
import { bound, priority } from '../../../model/asking.ts'
import { Turns } from '../../kit/http/keyed-queue.ts'
import type { AzureService } from './hosts.ts'

const READS_AT_ONCE = 4
const WRITES_AT_ONCE = 4

interface Pace {
  operation: RegExp
  /** Calls begun within `interval` milliseconds. */
  calls: number
  interval: number
}

/** Where Graph allows less than our width would ask (Microsoft Graph, "service-specific throttling limits"). */
const PACES: readonly Pace[] = [
  // One a second for all applications of the tenant, and its 429 has no Retry-After.
  { operation: /\/identity\/conditionalAccess\/|\/identityProtection\//, calls: 1, interval: 1_000 },
  { operation: /\/reports\/|\/auditLogs\//, calls: 5, interval: 10_000 },
]

/** The places for calls of one service. */
interface Places {
  reads: PQueue
  writes: PQueue
}

/**
 * One tenant's calls. Reads and writes have places of their own, so reads that wait out a throttling hold up no cut; so
 * has each service, since Microsoft Graph and Azure Resource Manager throttle independently of each other (Microsoft Graph
 * throttling guidance; "Understand how Azure Resource Manager throttles requests"). Writes under one parent object go
 * one after the other: the directory answers the second with a concurrency violation, and a managed identity with a
 * conflict.
 */
export class Lane {
  readonly #places = new Map<AzureService, Places>()
  readonly #parents = new Turns()
  readonly #paces: { operation: RegExp; queue: PQueue }[]

  /** @param paced whether the service's documented rates are kept; a lab has none */
  constructor(paced: boolean) {
    this.#paces = paced
      ? PACES.map(({ operation, calls, interval }) => ({
          operation,
          queue: new PQueue({ intervalCap: calls, interval }),
        }))
      : []
  }

  /** @param parent of a write; undefined for a read */
  async run<Result>(
    { service, operation }: { service: AzureService; operation: string },
    parent: string | undefined,
    call: () => Promise<Result>,
  ): Promise<Result> {
    const { reads, writes } = this.#placesOf(service)
    const pace = this.#paces.find(each => each.operation.test(operation))?.queue
    const place = { priority: priority() }
    const paced = bound(pace ? async () => await pace.add(bound(call), place) : call)
    if (parent === undefined) return await reads.add(paced, place)
    return await this.#parents.run(parent, () => writes.add(paced, place))
  }

  #placesOf(service: AzureService): Places {
    const known = this.#places.get(service)
    if (known) return known
    const places = {
      reads: new PQueue({ concurrency: READS_AT_ONCE }),
      writes: new PQueue({ concurrency: WRITES_AT_ONCE }),
    }
    this.#places.set(service, places)
    return places
  }
}

/**
 * Returns the object that a write changes, by its path: `/v1.0/applications/{id}` for one of its federated credentials, the
 * scope for a role assignment.
 */
export function parentOf(path: string): string {
  const lower = path.toLowerCase()
  const graph = /^\/(?:v1\.0|beta)(\/.*)$/.exec(lower)
  if (graph) return (graph[1] ?? '').split('/').slice(0, 3).join('/')
  const at = lower.lastIndexOf('/providers/')
  if (at < 0) return lower
  const [namespace, ...rest] = lower.slice(at + '/providers/'.length).split('/')
  if (namespace === 'microsoft.authorization') return lower.slice(0, at)
  return rest.length > 2 ? lower.slice(0, lower.split('/').slice(0, -2).join('/').length) : lower
}
