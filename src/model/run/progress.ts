import type { ChangeState } from './replay.ts'

/** The control plane reads as we wrote it, or it was so before us. */
export function isSet({ phase, set, drift, undone }: ChangeState): boolean {
  return (phase === 'written' || phase === 'already') && set && drift.length === 0 && undone.length === 0
}

/**
 * It holds, nobody is undoing it, the cloud took all of it and, where the cloud can tell, refuses it by its own evaluation.
 * Whether the cloud enforces it yet is another question (`isSettling`).
 */
export function isProven(change: ChangeState): boolean {
  const { denied, contested, fault } = change
  return (
    isSet(change) &&
    contested === undefined &&
    fault === undefined &&
    (denied === null || denied === 'denied')
  )
}
