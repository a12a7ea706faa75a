import type { AzureCall } from './call.ts'

/** Whether a call changes nothing: Resource Graph and some of Graph's lookups are asked by POST. */
export function isRead({ method, path, operation }: AzureCall): boolean {
  if (method === 'GET') return true
  return method === 'POST' && (operation.endsWith('/read') || /\/(getByIds|checkMemberGroups)$/.test(path))
}

/** Whether the same question has the same answer until something is written. Secrets of a key vault are not kept in memory. */
export function isShared(call: AzureCall): boolean {
  return isRead(call) && call.service !== 'vault'
}

/** Returns the same text for the same question. @param url as it is sent, or as a part of a batch would be */
export function questionOf({ method, body, headers }: AzureCall, url: string): string {
  return JSON.stringify([method, url, body ?? null, headers ?? null])
}

/** A principal or an application, without what is listed under it. */
const OBJECT = /^\/(?:v1\.0|beta)(\/(?:serviceprincipals|applications)\/[^/]+)$/

/**
 * Returns the object that a read looks at, as `writtenTo` names it; undefined for everything that another object may have a
 * say in.
 */
export function lookedAt({ service, path }: AzureCall): string | undefined {
  return service === 'graph' ? OBJECT.exec(path.toLowerCase())?.[1] : undefined
}

/**
 * Returns the object that a write changes; undefined where others show the change, too: switching an application off shows on
 * its principal.
 *
 * @param parent see `parentOf`
 */
export function writtenTo({ service }: AzureCall, parent: string): string | undefined {
  return service === 'graph' && parent.startsWith('/serviceprincipals/') ? parent : undefined
}

/** Whether an answer is the first of several pages: the others are not kept, and it says nothing without them. */
export function isOneOfPages(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null) return false
  const { '@odata.nextLink': graph, nextLink: arm, $skipToken: row } = answer as { [name: string]: unknown }
  return [graph, arm, row].some(each => typeof each === 'string' && each !== '')
}
