import type { Json } from '../../../model/json.ts'
import type { AzureClient } from '../client.ts'
import { faultOf } from '../http/faults.ts'

const VERSION = '2022-10-01'
const PAGE = 1_000

/** Resource Graph takes no more subscriptions in one query. */
const SUBSCRIPTIONS = 1_000

const OPERATION = 'Microsoft.ResourceGraph/resources/read'

/**
 * One query over all subscriptions of the client, in pages. It lags behind by minutes (Azure Resource Graph, "Data freshness"):
 * for listing, never for a snapshot.
 */
export async function* resourceGraph<Row>(client: AzureClient, query: string): AsyncGenerator<Row> {
  // Over no subscription it would answer with nothing.
  if (client.coverage.refused) throw client.coverage.refused
  const ids = client.subscriptions.map(({ id }) => id)
  for (let from = 0; from < ids.length; from += SUBSCRIPTIONS) {
    yield* some<Row>(client, query, ids.slice(from, from + SUBSCRIPTIONS))
  }
}

async function* some<Row>(client: AzureClient, query: string, subscriptions: string[]): AsyncGenerator<Row> {
  const seen = new Set<string>()
  let token: string | undefined
  do {
    const options: { [name: string]: Json } = { $top: PAGE, resultFormat: 'objectArray' }
    if (token !== undefined) options.$skipToken = token
    const page: { data?: Row[]; $skipToken?: string | null; resultTruncated?: string } = await client.call({
      service: 'arm',
      method: 'POST',
      path: '/providers/Microsoft.ResourceGraph/resources',
      query: { 'api-version': VERSION },
      body: { subscriptions, query, options },
      operation: OPERATION,
      repeatable: true,
    })
    yield* page?.data ?? []
    token = page?.$skipToken || undefined
    if (token === undefined && page?.resultTruncated === 'true') {
      throw faultOf('rejected', 'the answer is cut short', { operation: OPERATION, tenant: client.tenant })
    }
    if (token !== undefined && seen.has(token)) {
      throw faultOf('rejected', 'the pages lead in a circle', { operation: OPERATION, tenant: client.tenant })
    }
    if (token !== undefined) seen.add(token)
  } while (token !== undefined)
}
