import { Fault } from '../model/fault.ts'
import type { Firing } from '../model/firing.ts'
import type { Cause } from '../model/watch.ts'
import type { SealedFolder } from '../store/sealed-folder.ts'
import type { SealedLog } from '../store/sealed-log.ts'
import type { ReactionNote } from './ports.ts'

/** A firing, from when it is known until everybody was notified of its outcome. */
export interface LoggedFiring {
  at: string
  fired: Firing
  cause: Cause
  /** The source whose record completed it; absent in logs of earlier versions. */
  source?: string
  /** Chosen before anything is done, so that a restart finds what was begun. */
  run?: string
  /** RFC 3339: when it began to act. */
  acting?: string
  /** RFC 3339: when its run was on disk, after which the cloud is changed. Nothing was changed before. */
  begun?: string
  outcome?: ReactionNote
  notified?: true
}

type Line =
  | { type: 'fired'; at: string; fired: Firing; cause: Cause; source?: string }
  | { type: 'reacting'; at: string; id: string; run: string; acts: boolean }
  | { type: 'begun'; at: string; id: string }
  | { type: 'settled'; at: string; id: string; outcome: ReactionNote }
  | { type: 'notified'; id: string }

/** Settled firings that are remembered, so that the same one is known again. */
const KEPT = 5_000
/** Lines that may be added before the log is written anew: a firing has four or five. */
const MOST_MORE = 10_000
const HOUR = 3_600_000

/** Name of the log in the folder of a watch. */
export const FIRINGS = 'firings.jsonl'

/**
 * Firings and their outcomes, a line at a time, each on disk before anything follows from it. The log is sealed: a line in
 * it makes a watch contain, and a missing one makes it forget.
 */
export class FiringLog {
  readonly #log: SealedLog
  readonly #firings = new Map<string, LoggedFiring>()
  /** Playbook, trigger, group and event → firing. */
  readonly #caused = new Map<string, string>()
  #lines = 0
  /** Lines at which the log is written anew. */
  #most = 4 * KEPT + MOST_MORE
  /** Time of the newest line, in milliseconds since the epoch. */
  #newest = 0

  private constructor(log: SealedLog) {
    this.#log = log
  }

  /** Reads the log, and writes it anew without what is no longer needed. Faults: `tampered`, `journal`. */
  static async open(folder: SealedFolder): Promise<FiringLog> {
    const sealed = folder.log(FIRINGS)
    const log = new FiringLog(sealed)
    const lines = await sealed.open()
    // Sealed by us, so of our shape.
    for (const line of lines) log.#step(line as Line)
    if (lines.length > 0) await log.#compact()
    return log
  }

  /** Not settled yet, oldest first. */
  open(): LoggedFiring[] {
    return [...this.#firings.values()].filter(each => each.outcome === undefined)
  }

  unnotified(): LoggedFiring[] {
    return [...this.#firings.values()].filter(each => each.outcome && !each.notified)
  }

  /**
   * The same firing, or one that one of the same events caused: what was seen again in another order after a restart
   * may fire at another event of the same group.
   */
  find(fired: Firing): LoggedFiring | undefined {
    const same = this.#firings.get(fired.id)
    if (same) return same
    for (const event of fired.events) {
      const id = this.#caused.get(causeKey(fired, event))
      if (id !== undefined) return this.#firings.get(id)
    }
    return undefined
  }

  /**
   * Firings whose run began in the hour before. One that was refused, that selected nobody, that found everything held
   * already or that still waits for a cloud has changed nothing, and is not among them.
   */
  changed(now: number): LoggedFiring[] {
    return [...this.#firings.values()].filter(({ begun }) => begun !== undefined && isRecent(begun, now))
  }

  async fired(at: string, fired: Firing, cause: Cause, source?: string): Promise<LoggedFiring> {
    await this.#append({ type: 'fired', at, fired, cause, ...(source === undefined ? {} : { source }) })
    const logged = this.#firings.get(fired.id)
    if (!logged) throw new Fault('bug', 'a firing that was logged is gone')
    return logged
  }

  async reacting(at: string, id: string, run: string, acts: boolean): Promise<void> {
    await this.#append({ type: 'reacting', at, id, run, acts })
  }

  /** Its run is on disk: from here on it counts against the ceiling. Once. */
  async begun(at: string, id: string): Promise<void> {
    if (this.#firings.get(id)?.begun === undefined) await this.#append({ type: 'begun', at, id })
  }

  async settled(at: string, id: string, outcome: ReactionNote): Promise<void> {
    await this.#append({ type: 'settled', at, id, outcome })
    if (this.#lines > this.#most) await this.#compact()
  }

  async notified(id: string): Promise<void> {
    await this.#append({ type: 'notified', id })
  }

  /** Resolves when nothing of what was logged could be cut off unnoticed. */
  async marked(): Promise<void> {
    await this.#log.marked()
  }

  async close(): Promise<void> {
    await this.#log.close()
  }

  async #append(line: Line): Promise<void> {
    // Known at once, so that what comes in the meantime finds it.
    this.#step(line)
    await this.#log.append(line)
  }

  #step(line: Line): void {
    this.#lines++
    if ('at' in line) this.#newest = Math.max(this.#newest, Date.parse(line.at) || 0)
    if (line.type === 'fired') {
      const { type: _, ...logged } = line
      const { fired } = line
      this.#firings.set(fired.id, logged)
      for (const event of fired.events) this.#caused.set(causeKey(fired, event), fired.id)
      return
    }
    const logged = this.#firings.get(line.id)
    if (!logged) return
    if (line.type === 'reacting') {
      logged.run = line.run
      if (line.acts) logged.acting = line.at
    } else if (line.type === 'begun') logged.begun ??= line.at
    else if (line.type === 'settled') {
      logged.outcome = line.outcome
      // Earlier versions did not write that a run had begun.
      const wrote = line.outcome.event === 'contained' && line.outcome.status !== 'held'
      if (wrote && logged.acting !== undefined) logged.begun ??= logged.acting
    } else logged.notified = true
  }

  /** Keeps the firings that count against the ceiling, however many others were settled since. */
  async #compact(): Promise<void> {
    const settled = [...this.#firings.values()].filter(
      ({ outcome, begun }) => outcome && !(begun !== undefined && isRecent(begun, this.#newest)),
    )
    for (const { fired } of settled.slice(0, Math.max(0, settled.length - KEPT))) {
      this.#firings.delete(fired.id)
      for (const event of fired.events) this.#caused.delete(causeKey(fired, event))
    }
    const lines = [...this.#firings.values()].flatMap(linesOf)
    await this.#log.replace(lines)
    this.#lines = lines.length
    this.#most = Math.max(4 * KEPT, lines.length) + MOST_MORE
  }
}

function isRecent(time: string, now: number): boolean {
  return Date.parse(time) > now - HOUR
}

function linesOf(logged: LoggedFiring): Line[] {
  const { at, fired, cause, source, run, acting, begun, outcome, notified } = logged
  const { id } = fired
  return [
    { type: 'fired', at, fired, cause, ...(source === undefined ? {} : { source }) },
    ...(run === undefined
      ? []
      : [{ type: 'reacting' as const, at: acting ?? at, id, run, acts: acting !== undefined }]),
    ...(begun === undefined ? [] : [{ type: 'begun' as const, at: begun, id }]),
    ...(outcome ? [{ type: 'settled' as const, at, id, outcome }] : []),
    ...(notified ? [{ type: 'notified' as const, id }] : []),
  ]
}

function causeKey({ playbook, trigger, group }: Firing, event: string): string {
  return JSON.stringify([playbook, trigger, Object.entries(group).sort(), event])
}
