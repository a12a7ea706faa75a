import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { ANSWERED_ACCOUNTS } from '../../kit/http/readings.ts'
import { RecentlyUsed } from '../../kit/http/recently-used.ts'

/**
 * SDK clients that stay open: a client takes some 30 KB, its account may be one of thousands, and another one is made within
 * milliseconds. Those of 64 accounts at once, with two services each, are well below it.
 */
const MOST_CLIENTS = 160

/** Connections that all clients of one sign-in share, however many accounts it enters. */
export interface Pool {
  http: HttpAgent
  https: HttpsAgent
  /** The SDK clients that use them. */
  clients: RecentlyUsed
  /** The accounts whose answers are kept. */
  answered: RecentlyUsed
  /** Ends them; the clients' own `destroy` does not. */
  close(): void
}

/**
 * Opens a pool. Each SDK client has agents of its own else, so that every account of an organization would keep connections
 * to the same endpoints of IAM and STS. There is no limit to the sockets: a request that waits for one counts as a connection
 * that is not made in time, and the lanes of the accounts bound how many requests there are.
 */
export function openPool(
  agents: Pick<Pool, 'http' | 'https'> = {
    http: new HttpAgent({ keepAlive: true }),
    https: new HttpsAgent({ keepAlive: true }),
  },
): Pool {
  const { http, https } = agents
  const ends = [http, https].map(agent => {
    agent.maxSockets = Number.POSITIVE_INFINITY
    const end = agent.destroy.bind(agent)
    agent.destroy = () => agent
    return end
  })
  return {
    http,
    https,
    clients: new RecentlyUsed(MOST_CLIENTS),
    answered: new RecentlyUsed(ANSWERED_ACCOUNTS),
    close() {
      for (const end of ends) end()
    },
  }
}
