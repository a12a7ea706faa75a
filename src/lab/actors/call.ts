/** One try of a workload to get at its data. */
export interface Call {
  actor: string
  /** How it went about it, e.g. `key`, `earlier session`, `fresh session`. */
  way: string
  /** When the answer was there, in milliseconds of the actors' clock. */
  at: number
  /** The same moment on the wall clock, ISO 8601. */
  wall: string
  accepted: boolean
  /** When it was sent, in milliseconds of the actors' clock. */
  begun: number
  /** Made by a thief's second identity, in its own name. */
  helper?: true
  /** The name of the error, e.g. `AccessDeniedException`. */
  error?: string
}
