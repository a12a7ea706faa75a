import { kindOf } from './retry.ts'
import type { GcpCall } from './transport.ts'

/**
 * Whether the same question has the same answer until something is written. An operation that is polled changes by itself, and
 * of a listing only the first page is asked for without a token.
 */
export function isShared({ operation, query }: GcpCall): boolean {
  return (
    kindOf(operation) === 'read' && !/operations\.get$/i.test(operation) && query?.pageToken === undefined
  )
}

/** Returns the same text for the same question. */
export function questionOf({ method, service, path, query = {}, body }: GcpCall): string {
  return JSON.stringify([method, service, path, query, body ?? null])
}

/** Whether an answer is the first of several pages: the others are not kept, and it says nothing without them. */
export function isOneOfPages(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('nextPageToken' in answer)) return false
  return typeof answer.nextPageToken === 'string' && answer.nextPageToken !== ''
}
