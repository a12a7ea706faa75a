import type { ChangeState, RunState } from '../model/run/state.ts'
import type { Bench } from '../rotate/rotation-context.ts'

/** The changes that are restored once the new credentials work: those of their owners, and what else was asked for. */
export function restOf(
  bench: Bench,
  state: RunState,
  only: readonly string[],
  credentials: readonly ChangeState[],
): ChangeState[] {
  const closed = credentials.filter(change => !bench.rotation(change)?.ofOwner)
  const rotated = new Set(closed.map(({ key }) => key))
  const owners = new Set(credentials.flatMap(({ identity }) => [identity.owner, identity.id]))
  return [...state.changes.values()].filter(({ key, held, identity, planned }) => {
    if (held.length === 0 || rotated.has(key)) return false
    if (only.length === 0 || owners.has(identity.id)) return true
    return [key, identity.id, identity.name, identity.owner, planned.interruption].some(
      name => name !== undefined && only.includes(name),
    )
  })
}
