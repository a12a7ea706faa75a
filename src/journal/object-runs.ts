import { randomBytes } from 'node:crypto'
import type { Body } from '../model/entry.ts'
import { Fault, type FaultRecord, toFault } from '../model/fault.ts'
import { replay, step } from '../model/run/replay.ts'
import type { RunState } from '../model/run/state.ts'
import { actorOf } from '../store/actor.ts'
import { fileFault } from '../store/files.ts'
import type { Lock } from '../store/lock.ts'
import { takeLease } from '../store/objects/lease.ts'
import type { ObjectStore } from '../store/objects/object-store.ts'
import { type Loose, looseKeys } from '../store/permissions.ts'
import { Seal } from '../store/seal.ts'
import { checkedEntries, type Expected, sealEntry, splitLines } from './chain.ts'
import { heldBy } from './holdings.ts'
import { Journal } from './journal.ts'
import { listedRuns } from './listed-runs.ts'
import { ObjectHeads } from './object-heads.ts'
import { groupName, groupsOf, objectLines, readGroups } from './object-lines.ts'
import { missing, neverBegun, trustHint } from './run-faults.ts'
import { isRunId, unknownRun } from './run-id.ts'
import type { Listed, LockOptions, Run, Store } from './store-interface.ts'

/** Other processes that may open the run while this one does. */
const MOST_OPENINGS = 50

/**
 * Opens the runs of a team in an object store; touches nothing until it is used. `runs/<run>/<20 digits>.jsonl` are groups of whole
 * lines, each created if its name is free. Who opens a run for writing puts `lease.taken` into the next group, so that a process that
 * wrote the run before can append nothing more, and since nothing is written to a cloud before its entry is in the store, can change
 * nothing more.
 *
 * @param config folder of the keys of this machine, and of its heads
 */
export function openObjectRuns(objects: ObjectStore, { config }: { config: string }): Store {
  return new ObjectRuns(objects, config)
}

class ObjectRuns implements Store {
  readonly #objects: ObjectStore
  readonly #seal: Seal
  readonly #heads: ObjectHeads
  readonly #config: string
  #locked = false

  constructor(objects: ObjectStore, config: string) {
    this.#objects = objects
    this.#config = config
    this.#seal = new Seal(config)
    this.#heads = new ObjectHeads(objects, config)
  }

  async list(): Promise<Listed[]> {
    return await listedRuns(await this.runs(), {
      heads: this.#heads,
      refresh: this.#locked,
      load: async run => ({ ...(await this.#load(run, 'last')), seen: true }),
    })
  }

  async read(run: string): Promise<Run> {
    const { entries, state } = await this.#load(run, 'every')
    if (!state) throw neverBegun(run, this.#path(run))
    return { entries, state }
  }

  async runs(): Promise<string[]> {
    const names = await this.#objects.list('runs/')
    const stored = names.map(name => name.split('/')[1] ?? '')
    return [...new Set([...stored.filter(isRunId), ...(await this.#heads.runs())])].sort()
  }

  async create(run: string, now: () => string): Promise<Journal> {
    if (!isRunId(run)) throw new Fault('usage', 'a run id is 4 to 12 of a-z and 0-9')
    const path = this.#path(run)
    const known = await this.#heads.read(run)
    if (known || (await this.#objects.list(groupsOf(run))).length > 0)
      throw new Fault('journal', `run ${run} exists already`, { where: path })
    try {
      await this.#heads.settle()
      const sign = await this.#seal.signer()
      const lines = objectLines(this.#objects, run, 0)
      const lease = leaseEntry(1)
      const holds = () => this.#holds(run)
      return new Journal({ run, path, lines, now, sign, heads: this.#heads, lease, state: undefined, holds })
    } catch (error) {
      throw fileFault(`create the journal of run ${run}`, path, error)
    }
  }

  async append(run: string, now: () => string): Promise<{ journal: Journal; state: RunState }> {
    const path = this.#path(run)
    try {
      await this.#heads.settle()
      const sign = await this.#seal.signer()
      for (let tried = 0; tried < MOST_OPENINGS; tried++) {
        const { entries, state, groups } = await this.#load(run, 'every')
        if (!state) throw neverBegun(run, path)
        const epoch = 1 + entries.reduce((most, each) => (each.type === 'lease.taken' ? each.epoch : most), 1)
        const { entry, line } = sealEntry(leaseEntry(epoch), { run, at: now(), head: state.head, sign })
        const { kind } = await this.#objects.put(groupName(run, groups), line, { ifAbsent: true })
        // Somebody was faster: what was written since is read first.
        if (kind === 'conflict') continue
        step(state, entry)
        state.head = { seq: entry.seq, hash: entry.hash }
        await this.#heads.write(run, { ...state.head, held: heldBy(state) })
        const lines = objectLines(this.#objects, run, groups + 1)
        const holds = () => this.#holds(run)
        return {
          journal: new Journal({ run, path, lines, now, sign, heads: this.#heads, state, holds }),
          state,
        }
      }
    } catch (error) {
      throw fileFault(`open the journal of run ${run}`, path, error)
    }
    throw new Fault('locked', `run ${run} is being opened by other processes again and again`, {
      where: path,
      next: 'let them end',
    })
  }

  loose(): Loose[] {
    return looseKeys(this.#config)
  }

  /** Who may write the objects is the service's to say. */
  tighten(): Loose[] {
    return []
  }

  async strange(): Promise<FaultRecord | undefined> {
    return (await this.#heads.replaced())?.record()
  }

  async trust(): Promise<Fault[]> {
    await this.#heads.trust()
    const faults: Fault[] = []
    for (const run of await this.runs()) {
      await this.#load(run, 'every').catch((error: unknown) => faults.push(toFault(error)))
    }
    return faults
  }

  async lock(operation: string, { run, ...wait }: LockOptions): Promise<Lock> {
    await this.#heads.settle()
    const purpose = {
      what: 'the store',
      operation,
      ...(run === undefined ? {} : { run }),
      user: actorOf().user,
    }
    const lease = await takeLease(this.#objects, 'leases/store', purpose, wait)
    this.#locked = true
    return {
      release: async () => {
        this.#locked = false
        await lease.release()
      },
    }
  }

  #path(run: string): string {
    return `${this.#objects.where}: ${groupsOf(run)}`
  }

  async #holds(run: string): Promise<string[]> {
    const { state } = await this.#load(run, 'last')
    return state ? heldBy(state) : []
  }

  async #load(run: string, signatures: Expected['signatures']) {
    if (!isRunId(run)) throw unknownRun(run, await this.runs())
    // The head first: a run that continues while it is read may only get ahead of it.
    const head = await this.#heads.read(run)
    const path = this.#path(run)
    const { bytes, groups } = await readGroups(this.#objects, run)
    if (groups === 0 && !head) throw unknownRun(run, await this.runs())
    if (groups === 0) throw missing(run, path, await this.#heads.path(run))
    const { lines } = splitLines(bytes, undefined)
    const verify = await this.#seal.verifier()
    const trust = trustHint(this.#seal)
    const checked = checkedEntries(lines, { run, path, head, verify, signatures, trust })
    // Listing many runs must not hold all their entries at once.
    const entries = signatures === 'every' ? [...checked] : []
    const state = replay(signatures === 'every' ? entries : checked)
    return { entries, state, head, groups }
  }
}

function leaseEntry(epoch: number): Body {
  return { type: 'lease.taken', epoch, id: randomBytes(16).toString('hex'), actor: actorOf() }
}
