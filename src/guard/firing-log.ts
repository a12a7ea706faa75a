import { Fault } from '../model/fault.ts'
import type { Firing } from '../model/firing.ts'
import type { Cause } from '../model/signal.ts'
import { Appender, read, replace } from './disk.ts'
import type { ReactionNote } from './ports.ts'

/** A firing, from when it is known until everybody was told what came of it. */
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
const HOUR = 3_600_000

/**
 * What fired and what came of it, a line at a time, each on disk before anything follows from it. A torn last line was
 * never believed, and goes.
 */
export class FiringLog {
  readonly #path: string
  #appender: Appender
  readonly #firings = new Map<string, LoggedFiring>()
  /** Playbook, trigger, group and event → firing. */
  readonly #caused = new Map<string, string>()
  #lines = 0
  /** Time of the newest line, in milliseconds since the epoch. */
  #newest = 0

  private constructor(path: string) {
    this.#path = path
    this.#appender = new Appender(path)
  }

  /** Reads the log, and writes it anew without what is no longer needed. Faults: `damaged`, `journal`. */
  static async open(path: string): Promise<FiringLog> {
    const log = new FiringLog(path)
    const text = (await read(path)) ?? ''
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
    for (const [index, line] of lines.entries()) {
      if (line === '') continue
      try {
        log.#step(JSON.parse(line) as Line)
      } catch (error) {
        throw new Fault('damaged', `line ${index + 1} is no line of ours`, {
          where: path,
          next: 'move the file away: what fired is then known from the runs alone',
          cause: error,
        })
      }
    }
    if (text !== '') await log.#compact()
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
    if (this.#lines > 4 * KEPT + 4 * this.#firings.size) await this.#compact()
  }

  async notified(id: string): Promise<void> {
    await this.#append({ type: 'notified', id })
  }

  async close(): Promise<void> {
    await this.#appender.close()
  }

  async #append(line: Line): Promise<void> {
    const text = `${JSON.stringify(line)}\n`
    // Known at once, so that what comes in the meantime finds it.
    this.#step(line)
    await this.#appender.append(text)
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

  /** What counts against the ceiling is kept, however much junk was settled since. */
  async #compact(): Promise<void> {
    const settled = [...this.#firings.values()].filter(
      ({ outcome, begun }) => outcome && !(begun !== undefined && isRecent(begun, this.#newest)),
    )
    for (const { fired } of settled.slice(0, Math.max(0, settled.length - KEPT))) {
      this.#firings.delete(fired.id)
      for (const event of fired.events) this.#caused.delete(causeKey(fired, event))
    }
    const lines = [...this.#firings.values()].flatMap(linesOf)
    await this.#appender.close()
    await replace(this.#path, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    this.#appender = new Appender(this.#path)
    this.#lines = lines.length
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
