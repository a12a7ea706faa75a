import type { Queue } from './queue.ts'

/** A kind of queue of a cloud, as `--source` names it. */
export interface QueueKind {
  /** The word before the colon, e.g. `sqs`; one among all clouds. */
  scheme: string
  /** The part after the colon, for help texts, e.g. `URL`. */
  form: string
  /** Opens a queue; asks it nothing yet. Fault `usage` when the address is not one of this kind. */
  open(address: string, opening: { once: boolean; environment: NodeJS.ProcessEnv }): Promise<Queue<unknown>>
}
