import { runCommand } from '../model/command-text.ts'
import type { Body, Entry } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import type { RunState } from '../model/run/state.ts'
import { fileFault } from '../store/files.ts'
import type { GroupCommitOptions } from '../store/group-commit.ts'
import { sealEntry } from './chain.ts'
import type { Head } from './head-files.ts'
import { Holdings } from './holdings.ts'

/** The lines of a journal that is being written; a group of them is durable before its appends resolve. */
export interface JournalLines {
  append(line: Buffer, head: Head): Promise<void>
  /** Rejects everything from now on. */
  fail(error: Error): void
  /** Waits for the lines that were appended, and closes what was opened for them. */
  close(): Promise<void>
  /** Removes what was made for a run of which no entry is durable. */
  discard(): Promise<void>
}

/** Where a journal notes how far its run has got. */
export interface JournalHeads {
  write(run: string, head: Head): Promise<void>
  path(run: string): Promise<string>
  forget(run: string): Promise<void>
}

interface Opening {
  run: string
  /** The place of the journal, for faults. */
  path: string
  lines: (options: Omit<GroupCommitOptions<Head>, 'write'>) => JournalLines
  /** RFC 3339, UTC, milliseconds. */
  now: () => string
  sign: (hash: string) => string
  heads: JournalHeads
  /** The entry that follows `run.started` in the same group, where several machines may write the run. */
  lease?: Body
  /** The run as it is on disk; undefined for a new one. */
  state: RunState | undefined
  /** Reads from the disk what the run holds now. */
  holds: () => Promise<readonly string[]>
}

/** A run that is being written. The file has the order of the calls, from any lane. */
export class Journal {
  readonly run: string
  readonly #log: JournalLines
  readonly #now: () => string
  readonly #sign: (hash: string) => string
  readonly #heads: JournalHeads
  readonly #holdings: Holdings
  readonly #holds: Opening['holds']
  readonly #lease: Body | undefined
  /** A command that resumes the run needs `--lab` where this is `lab`. */
  #target: string | undefined
  #onDisk: boolean
  #head: Head | undefined
  #reached: Head | undefined
  #marking: Promise<void> | undefined
  #fault: Fault | undefined
  #closed = false
  /** Something was let go of, so that the head names more than is held. */
  #lessens = false

  constructor({ run, path, lines, now, sign, heads, lease, state, holds }: Opening) {
    this.run = run
    this.#now = now
    this.#sign = sign
    this.#heads = heads
    this.#head = state && { seq: state.head.seq, hash: state.head.hash }
    this.#target = state?.plan.target.kind
    this.#onDisk = state !== undefined
    this.#holdings = new Holdings(state)
    this.#holds = holds
    this.#lease = lease
    this.#log = lines({
      fault: error => {
        this.#fault ??= this.#recordFault(`write the journal of run ${run}`, path, error)
        return this.#fault
      },
      final: true,
      written: reached => this.#mark(reached),
    })
  }

  /**
   * Resolves with the entry when it is on disk (fdatasync). Appends that come while another is being written share the
   * next write. Once a write has failed, this and every later append rejects with Fault `journal`: without a record
   * nothing may be done.
   */
  async append(body: Body): Promise<Entry> {
    if (this.#closed) throw new Fault('journal', `the journal of run ${this.run} is closed`)
    if (this.#fault) throw this.#fault
    const { entry, more, written } = this.#put(body)
    // In the same group: nobody else has opened the run then. If it fails, the group has failed.
    if (entry.type === 'run.started' && this.#lease) this.#put(this.#lease).written.catch(() => undefined)
    await written
    // Nothing may be held that the head does not know of: were the journal lost then, it would say that nothing is.
    if (more) await this.#marking
    if (more && this.#fault) throw this.#fault
    return entry
  }

  /** Seals the next entry and hands its line over. */
  #put(body: Body): { entry: Entry; more: boolean; written: Promise<void> } {
    const { run } = this
    const { entry, line } = sealEntry(body, { run, at: this.#now(), head: this.#head, sign: this.#sign })
    if (entry.type === 'run.started') this.#target = entry.plan.target.kind
    const more = this.#holdings.step(entry)
    const held = this.#holdings.list()
    this.#head = { seq: entry.seq, hash: entry.hash, ...(held === undefined ? {} : { held }) }
    this.#lessens ||= entry.type === 'restore.finished' || entry.type === 'rotation.finished'
    return { entry, more, written: this.#log.append(line, this.#head) }
  }

  #recordFault(doing: string, path: string, error: unknown): Fault {
    const { code, message, where, next, cause } = fileFault(doing, path, error)
    const command = runCommand('resume', { run: this.run, target: { kind: this.#target ?? 'live' } })
    const again = this.#onDisk ? `, then: ${command}` : ', and give the command again; nothing was changed'
    return new Fault(code, message, {
      ...(where === undefined ? {} : { where }),
      ...(next === undefined ? {} : { next: `${next}${again}` }),
      cause,
    })
  }

  /** Waits for what was appended, and closes the file. Fault `journal` when the head could not be recorded. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#log.close()
    await this.#marking
    if (!this.#onDisk) await this.#forget()
    else if (this.#lessens && !this.#fault && this.#head) {
      const { seq, hash } = this.#head
      await this.#heads.write(this.run, { seq, hash, held: await this.#holds() })
    }
    if (this.#fault) throw this.#fault
  }

  /** A run of which nothing could be recorded was never begun: its files would only be in the way of the next try. */
  async #forget(): Promise<void> {
    await this.#log.discard()
    await this.#heads.forget(this.run)
  }

  /** Writes the head without being waited for: after a crash it may be behind the journal, and that is allowed. */
  #mark(head: Head): void {
    this.#onDisk = true
    this.#reached = head
    this.#marking ??= this.#markAll()
  }

  async #markAll(): Promise<void> {
    while (this.#reached) {
      const head = this.#reached
      this.#reached = undefined
      try {
        await this.#heads.write(this.run, head)
      } catch (error) {
        const path = await this.#heads.path(this.run)
        this.#fault ??= this.#recordFault(`record the head of run ${this.run}`, path, error)
        this.#log.fail(this.#fault)
      }
    }
    this.#marking = undefined
  }
}
