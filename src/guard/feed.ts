import type { Json } from '../model/json.ts'

/** The part of a source that the guard needs; see `src/sources`. */
export interface Feed {
  name: string
  batches(signal: AbortSignal): AsyncIterable<FeedBatch>
}

export interface FeedBatch {
  records: readonly {
    record: unknown
    where: string
    flaw?: string
    times?: number
    sent?: number | undefined
  }[]
  position?: Json
  /** Why the rest of an input is not read. */
  unread?: string
  ack(): Promise<void>
}
