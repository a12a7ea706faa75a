import { constants, open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Entry } from '../model/entry.ts'
import { Fault, type FaultRecord, toFault } from '../model/fault.ts'
import { replay } from '../model/run/replay.ts'
import type { RunState } from '../model/run/state.ts'
import { actorOf } from '../store/actor.ts'
import {
  createOnce,
  errno,
  fileFault,
  makeFolder,
  readPlain,
  renameAside,
  syncFolder,
} from '../store/files.ts'
import { type Lock, takeLock } from '../store/lock.ts'
import { closeLoose, type Loose, looseIn, looseState } from '../store/permissions.ts'
import { Seal } from '../store/seal.ts'
import { sha256 } from '../store/sha256.ts'
import { checkedEntries, type Expected, noneChecked, splitLines } from './chain.ts'
import { linesIn } from './file-lines.ts'
import { FollowedRuns, goesOn, type LoadedRun, type LoadOptions } from './followed-runs.ts'
import { BEGUN } from './head-files.ts'
import { Heads } from './heads.ts'
import { heldBy } from './holdings.ts'
import { Journal } from './journal.ts'
import { listedRuns } from './listed-runs.ts'
import { missing, neverBegun, olderCopy, trustHint } from './run-faults.ts'
import { isRunId, unknownRun } from './run-id.ts'
import type { Listed, LockOptions, Run, Store } from './store-interface.ts'

export type { Journal } from './journal.ts'
export { isRunId, newRunId } from './run-id.ts'
export type { Listed, Store } from './store-interface.ts'

/**
 * Opens a state folder; touches nothing until it is used.
 *
 * `state/runs/<run>.jsonl` are the journals and `state/lock` the lock. `config` is kept apart, so that a user who can write
 * the state cannot forge it: `seal.pem` signs, `trusted/*.pem` are other machines' public keys, `heads/` has how far each
 * run had got.
 *
 * @param options `follow`: for a program that lists the runs again and again; it reads only those whose files changed since
 */
export function openStore(
  { state, config }: { state: string; config: string },
  { follow = false }: { follow?: boolean } = {},
): Store {
  return new Files(state, config, follow)
}

class Files implements Store {
  readonly #state: string
  readonly #seal: Seal
  readonly #heads: Heads
  readonly #config: string
  readonly #followed: FollowedRuns | undefined
  #headsFolder = ''
  #locked = false

  constructor(state: string, config: string, follow: boolean) {
    this.#state = state
    this.#config = config
    this.#seal = new Seal(config)
    this.#heads = new Heads(state, config)
    if (!follow) return
    this.#followed = new FollowedRuns(
      (run, before) => this.#load(run, 'last', { folder: this.#headsFolder, follow, before }),
      run => ({ journal: this.#path(run), head: join(this.#headsFolder, `${run}.json`) }),
    )
  }

  async list(): Promise<Listed[]> {
    if (this.#followed) return await this.#listFollowed(this.#followed)
    const folder = await this.#heads.folder()
    return await this.#list(run => this.#load(run, 'last', { folder }))
  }

  #listFollowed(followed: FollowedRuns): Promise<Listed[]> {
    return followed.inTurn(async () => {
      this.#headsFolder = await this.#heads.folder()
      // Refuses a key that others can read, also where no run is read.
      const keys = this.#seal.verifier()
      keys.catch(() => undefined)
      return await this.#list(run => keys.then(() => followed.load(run)))
    })
  }

  async #list(load: (run: string) => Promise<LoadedRun>): Promise<Listed[]> {
    return await listedRuns(await this.runs(), {
      heads: this.#heads,
      refresh: this.#locked,
      load: async run => {
        const { state, head } = await load(run)
        return { state, head, seen: head !== undefined }
      },
    })
  }

  async read(run: string): Promise<Run> {
    const { entries, state, head } = await this.#load(run, 'every')
    if (!state) throw neverBegun(run, this.#path(run))
    return { entries, state, ...(head ? {} : { unseen: true as const }) }
  }

  loose(): Loose[] {
    return looseIn({ state: this.#state, config: this.#config })
  }

  tighten(): Loose[] {
    return closeLoose(looseState(this.#state).filter(({ refuse }) => !refuse))
  }

  async strange(): Promise<FaultRecord | undefined> {
    return (await this.#heads.unseenFault(await this.#heads.place()))?.record()
  }

  async trust(): Promise<Fault[]> {
    await this.#heads.trust()
    const faults: Fault[] = []
    for (const run of await this.runs()) {
      try {
        const { state, head } = await this.#load(run, 'every')
        if (head || !state) continue
        const other = await this.#heads.elsewhere(run)
        if (other && other.head.seq > state.head.seq) throw olderCopy(run, this.#path(run), other.place)
        const { seq, hash } = state.head
        await this.#heads.write(run, { seq, hash, held: heldBy(state) })
      } catch (error) {
        faults.push(toFault(error))
      }
    }
    return faults
  }

  async create(run: string, now: () => string): Promise<Journal> {
    const path = this.#path(run)
    if (!isRunId(run)) throw new Fault('usage', 'a run id is 4 to 12 of a-z and 0-9')
    const exists = () => new Fault('journal', `run ${run} exists already`, { where: path })
    try {
      const known = await this.#heads.read(run)
      if (known && known.seq !== BEGUN.seq) throw exists()
      await this.#heads.settle()
      await makeFolder(this.#folder)
      if (!known || known.seq === BEGUN.seq) await this.#clear(path)
      const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_APPEND
      const sign = await this.#seal.signer()
      const handle = await open(path, flags, 0o600)
      await syncFolder(this.#folder)
      try {
        // A run without a head was never seen here, so it has one before its first entry.
        await this.#heads.write(run, BEGUN)
      } catch (error) {
        await handle.close()
        await unlink(path).catch(() => undefined)
        throw error
      }
      const holds = () => this.#holds(run)
      const lines = linesIn(path, handle)
      return new Journal({ run, path, lines, now, sign, heads: this.#heads, state: undefined, holds })
    } catch (error) {
      if (errno(error) === 'EEXIST') throw exists()
      throw fileFault(`create the journal of run ${run}`, path, error)
    }
  }

  async append(run: string, now: () => string): Promise<{ journal: Journal; state: RunState }> {
    const { state, whole, torn, head } = await this.#load(run, 'every')
    if (!head) throw await this.#unseen(run)
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
      const holds = () => this.#holds(run)
      return {
        journal: new Journal({
          ...{ run, path, lines: linesIn(path, handle), now, sign, heads: this.#heads, state, holds },
        }),
        state,
      }
    } catch (error) {
      throw fileFault(`open the journal of run ${run}`, path, error)
    }
  }

  async lock(operation: string, { run, ...wait }: LockOptions): Promise<Lock> {
    const strange = await this.#heads.unseenFault(await this.#heads.place())
    if (strange) throw strange
    const lock = await takeLock(
      join(this.#state, 'lock'),
      { what: 'the state folder', operation, ...(run === undefined ? {} : { run }), user: actorOf().user },
      wait,
    )
    try {
      await this.#heads.settle()
    } catch (error) {
      await lock.release()
      throw fileFault('record the state folder', this.#state, error)
    }
    this.#locked = true
    return {
      release: async () => {
        this.#locked = false
        await lock.release()
      },
    }
  }

  /** The fault of going on with a run of which this machine has no record. */
  async #unseen(run: string): Promise<Fault> {
    const other = await this.#heads.elsewhere(run)
    if (other) return olderCopy(run, this.#path(run), other.place)
    return new Fault('tampered', `run ${run} was never seen on this machine: it may be an old copy`, {
      where: this.#path(run),
      next: 'compare it with the machine that it comes from; to go on with it: --trust-state',
    })
  }

  async #holds(run: string): Promise<string[]> {
    const { state } = await this.#load(run, 'last')
    return state ? heldBy(state) : []
  }

  /** Moves away what a crash left where a run was about to begin: a file in which no entry is. */
  async #clear(path: string): Promise<void> {
    const bytes = await readPlain(path)
    if (bytes === undefined || splitLines(bytes, BEGUN).lines.length > 0) return
    await renameAside(path, 'torn')
  }

  get #folder(): string {
    return join(this.#state, 'runs')
  }

  #path(run: string): string {
    return join(this.#folder, `${run}.jsonl`)
  }

  /** Runs with a file or with a head. */
  async runs(): Promise<string[]> {
    let names: string[] = []
    try {
      names = await readdir(this.#folder)
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw fileFault('read', this.#folder, error)
    }
    const files = names.filter(name => name.endsWith('.jsonl')).map(name => name.slice(0, -6))
    return [...new Set([...files.filter(isRunId), ...(await this.#heads.runs())])].sort()
  }

  async #load(
    run: string,
    signatures: Expected['signatures'],
    { folder, follow = false, before }: LoadOptions = {},
  ): Promise<LoadedRun & { entries: Entry[]; torn: Buffer }> {
    if (!isRunId(run)) throw unknownRun(run, await this.runs())
    // The head first: a run that goes on while we read may only get ahead of it.
    const head = await this.#heads.read(run, folder)
    const path = this.#path(run)
    const bytes = await readPlain(path)
    if (!bytes && (!head || head.seq === BEGUN.seq)) throw unknownRun(run, await this.runs())
    if (!bytes) throw missing(run, path, await this.#heads.path(run))
    const from = before && goesOn(before, bytes, head) ? before : undefined
    const checked = from?.checked ?? noneChecked()
    const split = splitLines(bytes.subarray(from?.whole), head && { seq: head.seq - checked.count })
    const whole = (from?.whole ?? 0) + split.whole
    const verify = await this.#seal.verifier()
    const trust = trustHint(this.#seal)
    const read = checkedEntries(split.lines, { run, path, head, verify, signatures, trust }, checked)
    // Listing many runs must not hold all their entries at once.
    const entries = signatures === 'every' ? [...read] : []
    const state = replay(signatures === 'every' ? entries : read, structuredClone(from?.state))
    const digest = follow ? { digest: sha256(bytes.subarray(0, whole)) } : {}
    return { entries, state, whole, head, checked, torn: bytes.subarray(whole), ...digest }
  }

  async #keep(path: string, torn: Buffer): Promise<void> {
    for (let n = 1; !(await createOnce(`${path}.torn-${n}`, torn)); n++);
  }
}
