/** One HTTP request as it goes out. */
export interface Wire {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers: { [name: string]: string }
  body?: string
  signal?: AbortSignal
}

/** An answer, of any status. */
export interface Reply {
  status: number
  /** By lower-case name. */
  header(name: string): string | undefined
  text: string
}

/** Sends once: no retry, no redirect. @throws what the network does */
export type Send = (request: Wire) => Promise<Reply>
