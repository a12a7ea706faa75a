import { backoffDelay } from '../../../model/backoff.ts'
import { Fault } from '../../../model/fault.ts'
import type { Json } from '../../../model/json.ts'
import { Gathering, sharedBy } from '../../kit/session/gathering.ts'
import { perClient } from '../../kit/session/per-client.ts'
import type { GcpClient } from '../client.ts'
import { type Delta, type Policy, withDeltas } from './policy.ts'
import { type PolicyResource, policyCall } from './resource.ts'

/** Google's own service agents write these policies as well: a conflict is nothing special. */
const TRIES = 8
const FIRST_MS = 50
const LONGEST_MS = 5_000

interface Edit {
  client: GcpClient
  deltas: readonly Delta[]
}

/**
 * All editing of allow policies over one connection: what several identities ask for in one turn is one reading, and
 * one writing, of each resource.
 */
export class PolicyEditor {
  readonly #reads = new Gathering<GcpClient, Policy>(async (resource, [client, ...others]) => {
    if (!client) return []
    return sharedBy(others.length + 1, await get(client, resource))
  })
  readonly #edits = new Gathering<Edit, void>(edited)

  /** Returns the one of this client. */
  static readonly of = perClient((_: GcpClient) => new PolicyEditor())

  read(client: GcpClient, resource: PolicyResource): Promise<Policy> {
    return this.#reads.add(resource, client)
  }

  /**
   * Applies the deltas to the policy as it is then, and to nothing else. Queued before it returns, so that what
   * is begun in one turn is written at once. Faults: `conflict` after many tries, and the cloud's own.
   */
  edit(client: GcpClient, resource: PolicyResource, deltas: readonly Delta[]): Promise<void> {
    return this.#edits.add(resource, { client, deltas })
  }
}

async function get(client: GcpClient, resource: PolicyResource): Promise<Policy> {
  return await client.call<Policy>(policyCall(resource, 'getIamPolicy'))
}

/** Together; where the cloud refuses one of them, in halves, so that one member does not stand in the way of all. */
async function edited(
  resource: PolicyResource,
  edits: readonly Edit[],
): Promise<PromiseSettledResult<void>[]> {
  try {
    await write(resource, edits)
    return sharedBy(edits.length, undefined)
  } catch (reason) {
    const refused = reason instanceof Fault && (reason.code === 'rejected' || reason.code === 'quota')
    if (!refused || edits.length < 2) return edits.map(() => ({ status: 'rejected', reason }))
    const half = Math.ceil(edits.length / 2)
    return [...(await edited(resource, edits.slice(0, half))), ...(await edited(resource, edits.slice(half)))]
  }
}

/** Read, change, write with the etag of what was read; again from the reading when somebody else was quicker. */
async function write(resource: PolicyResource, edits: readonly Edit[]): Promise<void> {
  const [first] = edits
  if (!first) return
  const { client } = first
  const deltas = edits.flatMap(edit => edit.deltas)
  for (let attempt = 1; ; attempt++) {
    const live = await get(client, resource)
    const { policy, changed } = withDeltas(live, deltas)
    if (!changed) return
    if (!live.etag) {
      throw new Fault(
        'rejected',
        'the policy came without an etag: writing it could undo what others changed',
        {
          where: resource,
        },
      )
    }
    try {
      await client.call(policyCall(resource, 'setIamPolicy', { policy: policy as Json }))
      return
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'conflict' || attempt >= TRIES) throw error
    }
    const { timing, signal } = client
    await timing.sleep(
      backoffDelay(attempt, { first: FIRST_MS, most: LONGEST_MS, jitter: 0.5, timing }),
      signal,
    )
    if (signal?.aborted) throw new Fault('interrupted', `${resource}: interrupted`)
  }
}
