import type { Identity } from '../identity.ts'
import { type Json, same } from '../json.ts'
import type { Held } from './held-settings.ts'
import { isOpen } from './replay.ts'
import type { ChangeState, RunState } from './state.ts'

/** An entry of an identity that a run holds. */
export interface Hold extends Held {
  run: string
  key: string
}

/**
 * The holds of one target's runs, by identity and entry, the oldest first. A recorder keeps those of its run as its state has them
 * (`set`), so that a decision never rests on a hold that has ended.
 */
export class Holds {
  /** By identity id, then by entry. */
  readonly #stacks = new Map<string, Map<string, Hold[]>>()
  /** The changes of open runs, by identity id. */
  readonly #changes = new Map<string, { run: string; change: ChangeState }[]>()

  constructor(runs: Iterable<RunState>) {
    for (const run of runs) {
      const open = isOpen(run)
      for (const change of run.changes.values()) {
        const { id } = change.identity
        if (open) this.#changes.set(id, [...(this.#changes.get(id) ?? []), { run: run.run, change }])
        this.set(run.run, change)
      }
    }
  }

  /** Adds a hold on an entry of an identity, after those that are as old. */
  add(identity: string, hold: Hold): void {
    const stacks = this.#stacksOf(identity)
    const stack = stacks.get(hold.entry) ?? []
    const later = stack.findIndex(each => each.at > hold.at)
    stacks.set(hold.entry, later === -1 ? [...stack, hold] : stack.toSpliced(later, 0, hold))
  }

  /** Makes the holds of one change of a run what its state says: what it holds, and what a rotation made permanent. */
  set(
    run: string,
    {
      key,
      identity,
      held,
      kept = [],
    }: Pick<ChangeState, 'key' | 'held' | 'kept'> & { identity: { id: string } },
  ): void {
    const wanted = new Map(
      [...held, ...kept].map((each): [string, Hold] => [each.entry, { ...each, run, key }]),
    )
    const stacks = this.#stacksOf(identity.id)
    for (const [entry, stack] of stacks) {
      const at = stack.findIndex(each => each.run === run && each.key === key)
      if (at === -1) continue
      const now = wanted.get(entry)
      wanted.delete(entry)
      // In its place, since the age of a hold does not change.
      stacks.set(entry, now ? stack.with(at, now) : stack.toSpliced(at, 1))
    }
    for (const each of wanted.values()) this.add(identity.id, each)
  }

  /** Returns the holds on an entry, the oldest first, leaving out those of one change of one run. */
  others(identity: string, entry: string, run: string, key: string): Hold[] {
    return (this.#stacks.get(identity)?.get(entry) ?? []).filter(hold => hold.run !== run || hold.key !== key)
  }

  /** Returns what one change of a run holds of an identity. */
  of(identity: string, run: string, key: string): Hold[] {
    return [...(this.#stacks.get(identity)?.values() ?? [])].flatMap(stack =>
      stack.filter(hold => hold.run === run && hold.key === key),
    )
  }

  /** Returns changes of other open runs that do the same to the same identity, the oldest first. */
  alike(
    { id, uid }: Identity,
    { interruption, params, run }: { interruption: string; params: Json; run: string },
  ): { run: string; change: ChangeState }[] {
    return (this.#changes.get(id) ?? []).filter(
      each =>
        each.run !== run &&
        each.change.identity.uid === uid &&
        each.change.planned.interruption === interruption &&
        // A stop that ends by itself is not enough for one that does not.
        each.change.planned.ends === undefined &&
        same(each.change.planned.params, params),
    )
  }

  /** Returns all entries of an identity that any other change holds. */
  entriesOf(identity: string, run: string, key: string): string[] {
    return [...(this.#stacks.get(identity)?.keys() ?? [])].filter(
      entry => this.others(identity, entry, run, key).length > 0,
    )
  }

  #stacksOf(identity: string): Map<string, Hold[]> {
    const known = this.#stacks.get(identity)
    if (known) return known
    const stacks = new Map<string, Hold[]>()
    this.#stacks.set(identity, stacks)
    return stacks
  }
}

/**
 * Returns the value that an entry gets when one hold ends: what the newest of the remaining holds put there, or, with none left,
 * the original. Every hold carries the original as its `before`, since a second run inherits it from the first.
 */
export function valueAfterRelease(ended: Held, remaining: readonly Hold[]): Json | undefined {
  const newest = remaining.at(-1)
  return newest ? newest.after : ended.before
}
