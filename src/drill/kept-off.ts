import type { RunState } from '../model/run/state.ts'

/** Ids of the credentials that a restore would leave off: a rehearsal gives them back too, to compare the whole estate. */
export function keptOff({ changes }: Pick<RunState, 'changes'>): string[] {
  return [...changes.values()].flatMap(({ planned, identity }) =>
    planned.after === 'keep-off' ? [identity.id] : [],
  )
}
