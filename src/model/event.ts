import type { Entry } from './entry.ts'
import type { Progress } from './provider.ts'

/**
 * An event of the engine while it works: journal entries, after they are on disk, and progress that is not worth a
 * record. Renderers draw these; `status` of an old run draws the same entries from the file.
 */
export type Event =
  | { type: 'entry'; entry: Entry }
  | { type: 'progress'; progress: Progress }
  | { type: 'stage'; stage: Stage; at: 'begin' | 'end' }
  /** Everything is written; the clouds enforce it by `until` (RFC 3339), and somebody keeps looking until then. */
  | { type: 'waiting'; until: string; changes: number }

/** Stages of a run, in their usual order. */
export type Stage = 'inventory' | 'plan' | 'apply' | 'verify' | 'sweep' | 'guard' | 'restore'

/** Gets every event, in order. It must not throw. */
export type Listener = (event: Event) => void
