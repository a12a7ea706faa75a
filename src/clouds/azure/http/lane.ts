import type { Timing } from '../../../model/timing.ts'
import { Turns } from '../../kit/http/keyed-queue.ts'
import { Lane as Places, type Turn, type Width } from '../../kit/http/lane.ts'
import type { Throttle } from '../../kit/http/pacer.ts'
import type { AzureCall } from './call.ts'

/** Calls of one service that are under way at once, reads and writes each. */
const AT_ONCE = 8

/** Where Graph allows less than our width would ask (Microsoft Graph, "service-specific throttling limits"). */
const RATES: readonly { operation: RegExp; width: Width }[] = [
  // One a second for all applications of the tenant, and its 429 has no Retry-After.
  { operation: /\/identity\/conditionalAccess\/|\/identityProtection\//, width: { atOnce: 4, perSecond: 1 } },
  { operation: /\/reports\/|\/auditLogs\//, width: { atOnce: 4, perSecond: 0.5, burst: 5 } },
]

/** The members of a call that decide its turn. */
export type LaneCall = Pick<AzureCall, 'service' | 'vault' | 'method' | 'path' | 'operation'>

/** The clock of a lane, and whether it keeps rates. */
export interface LaneOptions {
  /** Whether the service's documented rates are kept; a lab has its own. */
  paced: boolean
  timing: Timing
  signal?: AbortSignal | undefined
}

/**
 * One tenant's calls. Reads and writes have places of their own, and so has each service, since Microsoft Graph and Azure
 * Resource Manager throttle independently of each other (Microsoft Graph throttling guidance; "Understand how Azure Resource
 * Manager throttles requests"). Writes under one parent object go one after the other: the directory answers the second with a
 * concurrency violation, and a managed identity with a conflict.
 */
export class Lane {
  readonly #options: LaneOptions
  readonly #places = new Map<string, Places>()
  readonly #parents = new Turns()

  constructor(options: LaneOptions) {
    this.#options = options
  }

  /** Does the work on a call once no other write is under way under its parent; at once for a read, which has none. */
  async inOrder<Result>(parent: string | undefined, work: () => Promise<Result>): Promise<Result> {
    return parent === undefined ? await work() : await this.#parents.run(parent, work)
  }

  /**
   * Carries out one attempt of a call when its turn comes.
   *
   * @param again the service throttled it before
   * @param throttleIn returns what an answer says about throttling
   */
  async run<Result>(
    call: LaneCall & { writes: boolean; again: boolean },
    attempt: () => Promise<Result>,
    throttleIn: (result: Result) => Throttle | undefined,
  ): Promise<Result> {
    const { places, turn } = this.#placeOf(call, call.writes)
    return await places.run({ ...turn, again: call.again }, attempt, throttleIn)
  }

  /** A read in a batch was throttled although the batch was not. */
  heard(call: LaneCall, throttle: Throttle): void {
    const { places, turn } = this.#placeOf(call, false)
    places.heard(turn, throttle)
  }

  #placeOf(call: LaneCall, writes: boolean): { places: Places; turn: Turn } {
    const rate = this.#options.paced ? RATES.findIndex(({ operation }) => operation.test(call.operation)) : -1
    const { width = { atOnce: AT_ONCE } } = RATES[rate] ?? {}
    // A published rate counts reads and writes together.
    const kind = writes && rate < 0 ? 'write' : 'read'
    const name = rate < 0 ? call.service : `rate ${rate}`
    const known = this.#places.get(name)
    const { timing, paced, signal } = this.#options
    const places =
      known ??
      new Places(
        { reads: width, writes: width },
        { rated: paced, timing, throttleOf: () => undefined, ...(signal === undefined ? {} : { signal }) },
      )
    if (known === undefined) this.#places.set(name, places)
    return { places, turn: { kind, family: familyOf(call) } }
  }
}

/**
 * Returns the calls that a service counts together: Resource Manager by subscription, and deletions by themselves ("How Azure
 * Resource Manager throttles requests"); Key Vault by vault; all of Graph.
 */
function familyOf({ service, vault = '', method, path }: LaneCall): string {
  if (service === 'vault') return `vault ${vault.toLowerCase()}`
  if (service === 'graph') return 'graph'
  const [, subscription = ''] = /^\/subscriptions\/([^/?]+)/i.exec(path) ?? []
  return `arm ${subscription.toLowerCase()}${method === 'DELETE' ? ' deletions' : ''}`
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
