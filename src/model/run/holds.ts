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

/** All holds over the open runs of one target, by identity and entry, oldest first. */
export class Holds {
  readonly #stacks = new Map<string, Hold[]>()
  /** The changes of open runs, by identity id. */
  readonly #changes = new Map<string, { run: string; change: ChangeState }[]>()

  constructor(runs: Iterable<RunState>) {
    for (const run of runs) {
      const open = isOpen(run)
      for (const change of run.changes.values()) {
        const { id } = change.identity
        if (open) this.#changes.set(id, [...(this.#changes.get(id) ?? []), { run: run.run, change }])
        for (const held of [...change.held, ...(change.kept ?? [])]) {
          this.add(change.identity.id, { ...held, run: run.run, key: change.key })
        }
      }
    }
  }

  add(identity: string, hold: Hold): void {
    const name = stackName(identity, hold.entry)
    const stack = [...(this.#stacks.get(name) ?? []), hold]
    stack.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    this.#stacks.set(name, stack)
  }

  /** A change of a run holds nothing of an identity any more. */
  end(identity: string, run: string, key: string): void {
    const prefix = stackName(identity, '')
    for (const [name, stack] of this.#stacks) {
      if (!name.startsWith(prefix)) continue
      this.#stacks.set(
        name,
        stack.filter(hold => hold.run !== run || hold.key !== key),
      )
    }
  }

  /** The holds on an entry, leaving out one change of one run. */
  others(identity: string, entry: string, run: string, key: string): Hold[] {
    return (this.#stacks.get(stackName(identity, entry)) ?? []).filter(
      hold => hold.run !== run || hold.key !== key,
    )
  }

  /** What one change of a run holds of an identity. */
  of(identity: string, run: string, key: string): Hold[] {
    const prefix = stackName(identity, '')
    return [...this.#stacks]
      .filter(([name]) => name.startsWith(prefix))
      .flatMap(([, stack]) => stack.filter(hold => hold.run === run && hold.key === key))
  }

  /** Changes of other open runs that do the same to the same identity, the oldest first. */
  alike(
    { id, uid }: Identity,
    { interruption, params, run }: { interruption: string; params: Json; run: string },
  ): { run: string; change: ChangeState }[] {
    return (this.#changes.get(id) ?? []).filter(
      each =>
        each.run !== run &&
        each.change.identity.uid === uid &&
        each.change.planned.interruption === interruption &&
        same(each.change.planned.params, params),
    )
  }

  /** All entries of an identity that anybody but this change holds. */
  entriesOf(identity: string, run: string, key: string): string[] {
    const prefix = stackName(identity, '')
    return [...this.#stacks.keys()]
      .filter(name => name.startsWith(prefix))
      .map(name => name.slice(prefix.length))
      .filter(entry => this.others(identity, entry, run, key).length > 0)
  }
}

function stackName(identity: string, entry: string): string {
  return `${identity}\u0000${entry}`
}

/**
 * What an entry is to become when one hold ends: what the newest of the remaining holds put there, or, with none left,
 * the original. Every hold carries the original as its `before`, since a second run inherits it from the first.
 */
export function valueAfterRelease(ended: Held, remaining: readonly Hold[]): Json | undefined {
  const newest = remaining.at(-1)
  return newest ? newest.after : ended.before
}
