import type { Body, Entry } from '../model/entry.ts'
import type { Listener } from '../model/event.ts'
import { Fault } from '../model/fault.ts'
import type { Journal } from '../model/journal.ts'
import type { Holds } from '../model/run/holds.ts'
import { replay, step } from '../model/run/replay.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'

/**
 * The one way in which a run moves: an entry goes to disk, then into the state, then to the renderers. The state that
 * the engine acts on is therefore always what a replay of the file would give.
 */
export class Recorder {
  readonly #journal: Journal
  readonly #listen: Listener
  readonly #holds: Holds | undefined
  #state: RunState | undefined

  /** @param holds kept in step with what the run holds; left out where nothing is decided by them */
  constructor(journal: Journal, listen: Listener, state?: RunState, holds?: Holds) {
    this.#journal = journal
    this.#holds = holds
    this.#listen = listen
    this.#state = state
  }

  /** The state of the run so far. Fault `bug` before its first entry. */
  get state(): RunState {
    if (!this.#state) throw new Fault('bug', 'a run that was not started has no state')
    return this.#state
  }

  /** Returns a change of the run. Fault `bug` for a key that it does not have. */
  change(key: string): ChangeState {
    const change = this.state.changes.get(key)
    if (!change) throw new Fault('bug', `no change ${key} in run ${this.#journal.run}`)
    return change
  }

  /** Fault `journal` when it cannot be written: then nothing more may be done. */
  async record(body: Body): Promise<Entry> {
    const entry = await this.#journal.append(body)
    if (this.#state) {
      step(this.#state, entry)
      this.#state.head = { seq: entry.seq, hash: entry.hash }
    } else {
      this.#state = replay([entry])
    }
    const change = 'key' in entry ? this.#state?.changes.get(entry.key) : undefined
    if (change) this.#holds?.set(entry.run, change)
    this.#listen({ type: 'entry', entry })
    return entry
  }
}

/** A fault that must stop the whole run: without a record there is no mutation. */
export function stopsTheRun(fault: Fault): boolean {
  return fault.code === 'journal' || fault.code === 'interrupted' || fault.code === 'bug'
}
