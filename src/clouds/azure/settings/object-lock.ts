import { Turns } from '../../kit/http/keyed-queue.ts'
import { perClient } from '../../kit/session/per-client.ts'
import type { AzureClient } from '../client.ts'

const turnsOf = perClient((_: AzureClient) => new Turns())

/**
 * Does work on one object of a client, one piece at a time. Reading an object and writing it whole is one piece of work: of two at
 * once on one object, the second would write back what the first has just changed.
 */
export function inTurn<Result>(
  client: AzureClient,
  object: string,
  work: () => Promise<Result>,
): Promise<Result> {
  return turnsOf(client).run(object.toLowerCase(), work)
}
