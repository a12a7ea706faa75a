/** One request and its answer, as they went over the wire. */
export interface WireExchange {
  method: string
  /** Path and query, still encoded. */
  url: string
  requestHeaders: { readonly [name: string]: string }
  requestBody: string
  status: number
  responseHeaders: { readonly [name: string]: string }
  responseBody: string
}

/** A judge's findings about one exchange. */
export interface Verdict {
  /** The vendor's own name of the operation; `undefined` when the vendor's description has no such request. */
  operation: string | undefined
  problems: string[]
}

/** Text that should be JSON. `problem` instead of a value where it is not. */
export function parsed(text: string, where: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return { problem: `${where}: is not JSON` }
  }
}

export type Members = { readonly [name: string]: unknown }

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
