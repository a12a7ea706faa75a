import type { Queue } from '../../../../src/sources/queue.ts'
import type { Town } from '../town.ts'

/** The toy's queue: messages in memory. */
export function bellQueue(town: Town, address: string): Queue<string> {
  const take = () => town.messages.splice(0)
  return {
    name: `bell:${address}`,
    most: 100,
    receive: async () =>
      take().map((record, at) => ({ delivered: { record, where: `bell ${at}` }, lent: record })),
    extend: async () => undefined,
    remove: async () => undefined,
    giveBack: async () => undefined,
  }
}
