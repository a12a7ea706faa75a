import type { Entry } from '../model/entry.ts'
import type { Identity } from '../model/identity.ts'
import type { PlannedChange } from '../model/plan.ts'
import type { RunState } from '../model/run/state.ts'

/** More are not listed in a head, which is written anew with each group of entries. */
const MOST = 1_000

/**
 * The identities of which a run may hold something, for its head: never too few. They grow with the entries, and shrink
 * when the whole run is replayed.
 */
export class Holdings {
  readonly #held: Set<string>
  readonly #ofKey = new Map<string, Identity>()

  constructor(state: RunState | undefined) {
    this.#held = new Set(state ? heldBy(state) : [])
    for (const { key, identity } of state?.changes.values() ?? []) this.#ofKey.set(key, identity)
  }

  /** Undefined: too many to list. */
  list(): readonly string[] | undefined {
    return this.#held.size > MOST ? undefined : [...this.#held].sort()
  }

  /** @returns whether there are more than before: then the head has to be on disk before what follows is done */
  step(entry: Entry): boolean {
    const before = this.#held.size
    for (const { key, identity } of plannedIn(entry)) {
      this.#ofKey.set(key, identity)
      this.#add(identity)
    }
    if ('key' in entry) this.#add(this.#ofKey.get(entry.key))
    return this.#held.size > before
  }

  #add(identity: Identity | undefined): void {
    if (identity === undefined) return
    this.#held.add(identity.id)
    if (identity.owner !== undefined) this.#held.add(identity.owner)
  }
}

/** Ids of the identities of which a run holds something, and of their owners. */
export function heldBy({ changes }: RunState): string[] {
  const ids = new Set<string>()
  for (const { identity, held, kept = [], phase } of changes.values()) {
    // A setting that was recorded and perhaps not written is held; `restoring` still holds what it had.
    if (held.length === 0 && kept.length === 0 && phase !== 'intended' && phase !== 'restoring') continue
    ids.add(identity.id)
    if (identity.owner !== undefined) ids.add(identity.owner)
  }
  return [...ids].sort()
}

function plannedIn(entry: Entry): readonly PlannedChange[] {
  if (entry.type === 'change.added') return [entry.change]
  return entry.type === 'run.started' || entry.type === 'run.reached' ? entry.plan.changes : []
}
