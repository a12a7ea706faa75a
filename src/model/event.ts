import type { Entry } from './entry.ts'
import type { Progress } from './provider.ts'

/**
 * What the engine tells while it works: journal entries, after they are on disk, and progress that is not worth a
 * record. Renderers draw these; `status` of an old run draws the same entries from the file.
 */
export type Event =
  | { type: 'entry'; entry: Entry }
  | { type: 'progress'; progress: Progress }
  | { type: 'stage'; stage: Stage; at: 'begin' | 'end' }

export type Stage = 'inventory' | 'plan' | 'apply' | 'verify' | 'sweep' | 'restore'

export type Listener = (event: Event) => void
