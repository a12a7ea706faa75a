import { constants, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Entry } from '../model/entry.ts'
import { Fault, type FaultRecord, toFault } from '../model/fault.ts'
import { type RunState, replay } from '../model/replay.ts'
import { createOnce, errno, fileFault, makeFolder, readPlain, syncFolder } from '../store/files.ts'
import { checkedEntries, type Expected, splitLines } from './chain.ts'
import { Heads } from './heads.ts'
import { Journal } from './journal.ts'
import { type Lock, type LockOptions, takeLock } from './lock.ts'
import { isRunId, unknownRun } from './run-id.ts'
import { Seal } from './seal.ts'

export type { Journal } from './journal.ts'
export type { Lock, LockOptions } from './lock.ts'
export { isRunId, newRunId } from './run-id.ts'

/** A run, or why it cannot be believed. */
export type Listed = { run: string; state: RunState } | { run: string; fault: FaultRecord }

export interface Run {
  entries: Entry[]
  state: RunState
}

/** The run files of one state folder. */
export interface Store {
  /** Every run, oldest first, then those that cannot be believed. Writes nothing. */
  list(): Promise<Listed[]>
  /** One run, every signature checked. Faults: `usage` (unknown), `damaged`, `tampered`, `journal` (cannot be read). */
  read(run: string): Promise<Run>
  /** A new journal, which is to begin with `run.started`. Fault `journal` when the run exists. */
  create(run: string, now: () => string): Promise<Journal>
  /** Opens a run to go on with it; what a crash left unfinished at its end is moved to a file beside it. */
  append(run: string, now: () => string): Promise<{ journal: Journal; state: RunState }>
  /** For every command that writes. Fault `locked`. */
  lock(operation: string, options?: LockOptions): Promise<Lock>
}

/**
 * Opens a state folder; touches nothing until it is used.
 *
 * `state/runs/<run>.jsonl` are the journals and `state/lock` the lock. `config` is kept apart, so that whoever can write
 * the state cannot forge it: `seal.pem` signs, `trusted/*.pem` are other machines' public keys, `heads/` has how far each
 * run had got.
 */
export function openStore({ state, config }: { state: string; config: string }): Store {
  return new Files(state, config)
}

class Files implements Store {
  readonly #state: string
  readonly #seal: Seal
  readonly #heads: Heads

  constructor(state: string, config: string) {
    this.#state = state
    this.#seal = new Seal(config)
    this.#heads = new Heads(state, config)
  }

  async list(): Promise<Listed[]> {
    const listed: Listed[] = []
    for (const run of await this.#known()) {
      try {
        const found = await this.#load(run, 'last')
        if (found.state) listed.push({ run, state: found.state })
      } catch (error) {
        listed.push({ run, fault: toFault(error).record() })
      }
    }
    const begun = (each: Listed) => ('state' in each ? each.state.startedAt : '9')
    return listed.sort((a, b) =>
      begun(a) < begun(b) ? -1 : begun(a) > begun(b) ? 1 : a.run < b.run ? -1 : 1,
    )
  }

  async read(run: string): Promise<Run> {
    const { entries, state } = await this.#load(run, 'every')
    if (!state) throw neverBegun(run, this.#path(run))
    return { entries, state }
  }

  async create(run: string, now: () => string): Promise<Journal> {
    const path = this.#path(run)
    if (!isRunId(run)) throw new Fault('usage', 'a run id is 4 to 12 of a-z and 0-9')
    const exists = () => new Fault('journal', `run ${run} exists already`, { where: path })
    try {
      if (await this.#heads.read(run)) throw exists()
      await makeFolder(this.#folder)
      const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_APPEND
      const sign = await this.#seal.signer()
      const handle = await open(path, flags, 0o600)
      await syncFolder(this.#folder)
      return new Journal({ run, path, handle, now, sign, heads: this.#heads, head: undefined })
    } catch (error) {
      if (errno(error) === 'EEXIST') throw exists()
      throw fileFault(`create the journal of run ${run}`, path, error)
    }
  }

  async append(run: string, now: () => string): Promise<{ journal: Journal; state: RunState }> {
    const { state, whole, torn } = await this.#load(run, 'every')
    const path = this.#path(run)
    if (!state) throw neverBegun(run, path)
    try {
      const sign = await this.#seal.signer()
      if (torn.length > 0) await this.#keep(path, torn)
      const handle = await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW)
      if (torn.length > 0) {
        await handle.truncate(whole)
        await handle.sync()
      }
      const { head } = state
      return {
        journal: new Journal({ run, path, handle, now, sign, heads: this.#heads, head: { ...head } }),
        state,
      }
    } catch (error) {
      throw fileFault(`open the journal of run ${run}`, path, error)
    }
  }

  async lock(operation: string, options: LockOptions = {}): Promise<Lock> {
    return await takeLock(join(this.#state, 'lock'), operation, options)
  }

  get #folder(): string {
    return join(this.#state, 'runs')
  }

  #path(run: string): string {
    return join(this.#folder, `${run}.jsonl`)
  }

  /** Runs with a file or with a head. */
  async #known(): Promise<string[]> {
    let names: string[] = []
    try {
      names = await readdir(this.#folder)
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw fileFault('read', this.#folder, error)
    }
    const files = names.filter(name => name.endsWith('.jsonl')).map(name => name.slice(0, -6))
    return [...new Set([...files.filter(isRunId), ...(await this.#heads.runs())])].sort()
  }

  async #load(run: string, signatures: Expected['signatures']) {
    if (!isRunId(run)) throw unknownRun(run, await this.#known())
    // The head first: a run that goes on while we read may only get ahead of it.
    const head = await this.#heads.read(run)
    const path = this.#path(run)
    const bytes = await readPlain(path)
    if (!bytes && !head) throw unknownRun(run, await this.#known())
    if (!bytes) throw missing(run, path, await this.#heads.path(run))
    const { lines, whole } = splitLines(bytes, head)
    const verify = await this.#seal.verifier()
    const trust = `if you trust the machine that wrote it, put its public key (there: openssl pkey -in seal.pem -pubout) into ${this.#seal.trusted}/`
    const checked = checkedEntries(lines, { run, path, head, verify, signatures, trust })
    // Listing many runs must not hold all their entries at once.
    const entries = signatures === 'every' ? [...checked] : []
    const state = replay(signatures === 'every' ? entries : checked)
    return { entries, state, whole, torn: bytes.subarray(whole) }
  }

  async #keep(path: string, torn: Buffer): Promise<void> {
    for (let n = 1; !(await createOnce(`${path}.torn-${n}`, torn)); n++);
    await syncFolder(this.#folder)
  }
}

function neverBegun(run: string, path: string): Fault {
  return new Fault('damaged', `run ${run} was never begun: nothing was changed`, {
    where: path,
    next: 'delete the file',
  })
}

function missing(run: string, path: string, head: string): Fault {
  return new Fault('tampered', `the journal of run ${run} is missing`, {
    where: path,
    next: `put back a copy that you trust; if you deleted it yourself, also delete ${head}`,
  })
}
