import type { RestorePreview } from '../engine/index.ts'
import type { PlannedRotation } from '../model/rotation.ts'
import type { RunState } from '../model/run/state.ts'
import type { Removal } from '../rotate/prepare.ts'

/** The preview of a restore. */
export interface PreviewedRestore {
  state: RunState
  changes: RestorePreview['changes']
  /** RFC 3339; the clock of the target. */
  now: string
}

/** The preview of a rotation, and of the restore after it. */
export interface PreviewedRotation {
  state: RunState
  planned: readonly PlannedRotation[]
  removal: Removal
  /** Empty where nothing is restored afterwards. */
  restored: RestorePreview['changes']
  /** RFC 3339; the clock of the target. */
  now: string
}
