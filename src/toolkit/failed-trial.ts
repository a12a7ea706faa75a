import type { RunState } from '../model/run/state.ts'

/** Whether the cloud refused a new credential when it was tried. */
export function failedTrial({ changes }: RunState): boolean {
  return [...changes.values()].some(({ rotation }) => rotation?.done?.tried === 'refused')
}
