import type { RunState } from '../model/run/state.ts'

/** The restore that is due after a step-down: from when (RFC 3339), and of how many changes. */
export interface SecondRestore {
  from: string
  changes: number
}

/** When a second restore can remove what step-downs left; undefined if nothing stepped down. */
export function secondRestore({ changes }: RunState): SecondRestore | undefined {
  const untils = [...changes.values()].flatMap(({ held }) => {
    const latest = held
      .map(({ until }) => until ?? '')
      .sort()
      .at(-1)
    return latest ? [latest] : []
  })
  const from = untils.sort().at(-1)
  return from === undefined ? undefined : { from, changes: untils.length }
}
