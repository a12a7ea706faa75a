import type { GuardNews } from '../engine/index.ts'
import type { Guard } from '../guard/guard.ts'
import type { Note, ReactionNote, SourceNote } from '../guard/ports.ts'
import { type Timing, timestamp } from '../model/timing.ts'
import type { Message, Notifier } from '../notify/index.ts'
import { cloudTitle } from '../toolkit/cloud-title.ts'
import type { WatchEvent } from '../toolkit/results/watch-events.ts'
import type { Started } from '../toolkit/watch/started.ts'
import { holdersText } from '../ui/held-text.ts'
import { jsonText } from '../ui/json.ts'
import { stampText } from '../ui/moment.ts'
import { columnsOf } from '../ui/page.ts'
import { clip, plain, wrap } from '../ui/text.ts'
import { startedLines } from '../ui/watch-started.ts'
import { guardText } from './guard-notes.ts'
import { area, isLive, tell } from './terminal.ts'

/** Lines that wait for a slow reader; more are dropped, and that is said. */
const MOST_WAITING = 1_000_000

/** Notes on stdout as JSON, a line each, or on stderr for people, above one line that says how it goes. */
export class WatchView {
  readonly #json: boolean
  readonly #moving: boolean
  #dropped = 0
  readonly #timing: Timing
  #remove: (() => void) | undefined

  constructor(json: boolean, timing: Timing) {
    this.#json = json
    this.#timing = timing
    this.#moving = !json && isLive()
  }

  /** The first thing that a watch says. */
  started(started: Started): void {
    if (this.#json) {
      process.stdout.write(lineOf(started))
      return
    }
    this.#dated('watch begins')
    for (const line of startedLines(started)) this.#line(line)
  }

  note(note: Note | { event: 'notified'; id: string; by: string }): void {
    if (this.#json) {
      if (process.stdout.writableLength > MOST_WAITING) {
        this.#dropped++
        return
      }
      if (this.#dropped > 0) process.stdout.write(lineOf({ event: 'dropped', lines: this.#dropped }))
      this.#dropped = 0
      process.stdout.write(lineOf(note))
      return
    }
    if (note.event === 'notified' || process.stderr.writableLength > MOST_WAITING) return
    this.#dated(textOf(note))
  }

  /** A fight on a run that is guarded. */
  guard(run: string, news: GuardNews): void {
    if (this.#json) {
      process.stdout.write(lineOf({ event: `guard.${news.what}`, run, ...news }))
      return
    }
    this.#dated(guardText(run, news))
  }

  /** The line that moves; nothing where nothing can. */
  begin(guard: Guard): void {
    if (!this.#moving) return
    let last = { records: 0, at: this.#timing.date() }
    let speed = 0
    this.#remove = area.add(columns => {
      const { records, newest, fired, setAside, foreign } = guard.stats
      const now = this.#timing.date()
      if (now - last.at >= 500) {
        speed = Math.round(((records - last.records) * 1000) / (now - last.at))
        last = { records, at: now }
      }
      const lag = newest === 0 ? '' : ` · lag ${lagText(now - newest)}`
      const waits = guard.waiting > 0 ? ` · ${guard.waiting} in hand` : ''
      const aside = setAside > 0 ? ` · ${setAside} set aside` : ''
      const others = foreign > 0 ? ` · ${foreign} not ours` : ''
      const line = `watching · ${records} events · ${speed}/s${lag} · ${fired} fired${waits}${aside}${others}`
      return [clip(line, columns)]
    })
  }

  end(): void {
    this.#remove?.()
    this.#remove = undefined
  }

  /** A line that may be kept for weeks: with its date and zone. */
  #dated(text: string): void {
    this.#line(`${stampText(timestamp(this.#timing))} ${text}`)
  }

  #line(text: string): void {
    tell(wrap(plain(text), columnsOf(process.stderr) - 2).join('\n  '))
  }
}

/** One line of `--json`. */
function lineOf(event: WatchEvent): string {
  return jsonText(event, 0)
}

/** Notifies all; rejects if one notification failed, after all were tried. */
export async function notifyAll(
  notifiers: readonly Notifier[],
  note: ReactionNote | SourceNote,
  signal: AbortSignal,
  done: (by: string) => void,
): Promise<void> {
  const { event, id, time, ...body } = note
  // A later word about the same firing is another message.
  const message: Message = { id: `${id}.${event}`, event, time, text: textOf(note), body }
  const outcomes = await Promise.allSettled(
    notifiers.map(async notifier => {
      await notifier.send(message, signal)
      done(notifier.name)
    }),
  )
  const failed = outcomes.find(each => each.status === 'rejected')
  if (failed) throw failed.reason
}

function textOf(note: Note): string {
  switch (note.event) {
    case 'fired':
      return `fired: ${note.trigger} of ${note.playbook}: ${note.why}, ${note.identity}`
    case 'unreadable':
      return `NOTHING UNDERSTOOD: ${note.count} records in a row from ${note.source}, so nothing can fire on it: ${note.because}`
    case 'set-aside':
      return `set aside: ${note.where}${note.count > 1 ? ` and ${note.count - 1} more` : ''}: ${note.reason}`
    case 'foreign':
      return `not ours: records of ${cloudTitle(note.cloud)} ${note.account} from ${note.source} are ignored; name the account with a scope flag if it is yours`
    case 'problem':
      return `problem: ${[note.source, note.playbook, note.trigger, note.message].filter(Boolean).join(': ')}`
    default:
      return reactionText(note)
  }
}

const STANDS: { [status: string]: string } = {
  settling: 'everything is set, and the documented delay of the cloud is not over; it is guarded until then',
  contested: 'somebody keeps undoing it, and writing it again does not win',
}

function reactionText(note: ReactionNote): string {
  const {
    event,
    playbook,
    trigger,
    why,
    identity,
    run,
    status,
    changes = 0,
    command,
    ceiling,
    because,
  } = note
  const cause = `${playbook} by ${trigger} (${why}, ${identity})`
  const what = `${changes} change${changes === 1 ? '' : 's'}`
  if (status === 'held') {
    return `HELD ALREADY: ${cause}: ${holdersText(note.heldBy ?? [])} all of this, so no run was made`
  }
  if (event === 'contained') return `CONTAINED: ${cause}: run ${run}, ${what}${sparedText(note)}`
  if (event === 'incomplete') {
    const why = because ?? STANDS[status ?? 'incomplete'] ?? `it is ${status}, and is resumed`
    return `NOT CONTAINED YET: ${cause}: run ${run}, ${what}: ${why}${sparedText(note)}`
  }
  if (event === 'proposed') {
    const full = ceiling === undefined ? '' : ` ${ceilingText(ceiling, note.budget)}, a person has to decide:`
    const doubt = because === undefined ? '' : ` a person has to decide, since ${because}:`
    return `PROPOSED:${full}${doubt} ${cause}: ${what}; carry it out with: ${command}${sparedText(note)}`
  }
  if (event === 'waiting') return `NOT YET: ${cause}: ${because}; it is tried again`
  return `REFUSED: ${cause}: ${because}`
}

function ceilingText(ceiling: number, budget: ReactionNote['budget']): string {
  if (!budget) return `CEILING of ${ceiling} an hour is reached`
  return `BUDGET of the ${budget.of} ${budget.name} (${budget.most} of the ceiling of ${ceiling} an hour) is used up`
}

/** Returns the identities that the playbook means and that are protected, with the reason. */
function sparedText({ spared = [] }: ReactionNote): string {
  return spared.map(({ identity, because }) => `; SPARED ${identity}: ${because}`).join('')
}

function lagText(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7200) return `${Math.round(seconds / 60)}m`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)}h` : `${Math.round(seconds / 86_400)}d`
}
