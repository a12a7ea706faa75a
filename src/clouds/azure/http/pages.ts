import { Fault } from '../../../model/fault.ts'
import type { AzureCall } from './call.ts'
import { faultOf } from './faults.ts'

/** No listing is this long; a chain of ever new links is not one. */
const MOST_PAGES = 20_000

/**
 * All items of a listing, a page at a time. The service's link is followed as it is, but only to where the first page
 * came from: anything else would be given our token.
 *
 * @param get what a URL is answered with
 */
export async function* follow<Item>(
  call: AzureCall,
  first: string,
  tenant: string,
  get: (url: string) => Promise<unknown>,
): AsyncGenerator<Item> {
  const where = { operation: call.operation, tenant }
  const seen = new Set<string>()
  let url: string | undefined = first
  while (url !== undefined) {
    seen.add(url)
    if (seen.size > MOST_PAGES) throw faultOf('rejected', 'the listing does not end', where)
    const page: { value?: unknown; link?: unknown } = shape(await get(url), where)
    if (!Array.isArray(page.value)) throw faultOf('rejected', 'the answer is not a list', where)
    yield* page.value as Item[]
    url = page.link === undefined ? undefined : safe(page.link, first, where)
    if (url !== undefined && seen.has(url))
      throw faultOf('rejected', 'the next link leads in a circle', where)
  }
}

function shape(
  body: unknown,
  where: { operation: string; tenant: string },
): { value?: unknown; link?: unknown } {
  if (typeof body !== 'object' || body === null) throw faultOf('rejected', 'the answer is not a page', where)
  const page = body as { [name: string]: unknown }
  const link = page['@odata.nextLink'] ?? page.nextLink ?? undefined
  return { value: page.value, ...(link === undefined || link === '' ? {} : { link }) }
}

/** A link that is of the same origin, and of the same service there. @throws Fault */
export function safe(link: unknown, first: string, where: { operation: string; tenant: string }): string {
  const from = new URL(first)
  const to = typeof link === 'string' ? URL.parse(link) : null
  const section = (url: URL) => url.pathname.split('/')[1]?.toLowerCase()
  const same =
    to !== null &&
    to.origin === from.origin &&
    to.username === '' &&
    to.password === '' &&
    section(to) === section(from)
  if (same) return to.href
  const shown = to === null ? 'no address' : to.origin
  throw new Fault('rejected', `${where.operation}: the next link leads elsewhere (${shown}); not followed`, {
    where: `${where.operation} in ${where.tenant}`,
    next: 'check the endpoint, and what is between it and this machine',
  })
}
