import { placeOfRun, runCommand } from '../model/command-text.ts'
import type { RunState } from '../model/run/state.ts'

/**
 * Returns the commands that answer what somebody did to a run: `guard` writes again what was undone, and a dry restore shows each
 * value that was changed, and the ways out. Empty while everything holds as it was written.
 */
export function nextCommands(state: RunState): string[] {
  const held = [...state.changes.values()].filter(change => change.held.length > 0)
  const place = placeOfRun(state)
  return [
    ...(held.some(({ undone }) => undone.length > 0) ? [runCommand('guard', place)] : []),
    ...(held.some(({ drift }) => drift.length > 0) ? [runCommand('restore', place, '--dry-run')] : []),
  ]
}
