import type { Json } from '../model/json.ts'
import type { Timing } from '../model/timing.ts'

/** One record as it came: text, or what JSON.parse made of it. */
export interface Delivered {
  record: unknown
  /** For a person: `events.ndjson:12`, the id of a message. */
  where: string
  /** Why it cannot be a record at all, e.g. because it is too large; `record` is then its beginning. */
  flaw?: string
  /** With `flaw`: how many of them in a row this stands for, of which `record` is the first. */
  times?: number
  /** When the source was handed it, as the source itself says; milliseconds since 1970. */
  sent?: number | undefined
}

/**
 * Some records, in the order in which they came. Until it is acknowledged the source keeps them: a process that dies before has
 * them delivered again.
 */
export interface Batch {
  records: readonly Delivered[]
  /** How far this reaches, of sources that do not keep it themselves: given back when the source is opened again. */
  position?: Json
  /** Why the rest of this input is not read: the source goes on with the next, or ends. */
  unread?: string
  /** Idempotent. Rejects when the source does not take it: the records will come again. */
  ack(): Promise<void>
}

export interface Source {
  /** As it was asked for, without secrets: `file:/var/log/trail.json`, `sqs:https://…`. */
  name: string
  /**
   * Ends when the signal is aborted, and by itself where there is an end. Faults: `usage` (no such file or queue),
   * `not-authenticated`, `denied`; what passes by itself is waited for.
   */
  batches(signal: AbortSignal): AsyncIterable<Batch>
  /** Gives back what was not acknowledged, so that it need not time out. */
  close(): Promise<void>
}

export interface SourceOptions {
  /** Ends when nothing more is there. */
  once: boolean
  /** Files: wait for more, also when the file is rotated. */
  follow: boolean
  /** Called now and then with the reason of a wait. */
  tell(text: string): void
  /** Where it had got to. */
  position?: Json | undefined
  /** Milliseconds between looks; for tests. */
  poll?: number
  /** The clock and the waits. */
  timing: Timing
}
