import type { Json } from '../model/json.ts'

/** A lab that commands act on, in this process or in another. */
export interface OpenLab {
  id: string
  endpoint: string
  /** The responder's by cloud, as `connect` takes them. */
  credentials: { readonly [cloud: string]: Json }
  /** Milliseconds until the lab's data plane knows of a change, by cloud. */
  propagation: { readonly [cloud: string]: number }
  /** RFC 3339; the lab's clock. */
  now(): string
  advance(seconds: number): Promise<void>
  /** Back to a fresh estate; the id stays, so that runs of before can still be closed. */
  reset(): Promise<void>
  close(): Promise<void>
}
