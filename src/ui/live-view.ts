import type { Event, Listener } from '../model/event.ts'
import { type Account, accountsOf } from '../model/run/accounts.ts'
import { isLeft } from '../model/run/held-settings.ts'
import { isSet } from '../model/run/progress.ts'
import { replay, step } from '../model/run/replay.ts'
import type { RunState } from '../model/run/state.ts'
import { repeat, type Timing, timestamp } from '../model/timing.ts'
import { accountText } from './account.ts'
import { laneMark, laneWord } from './lane.ts'
import type { LiveArea } from './live-area.ts'
import { momentText, remainingText } from './moment.ts'
import { folded, type Palette } from './page.ts'
import { postponedText } from './postponed.ts'
import { clip, pad, plain, width } from './text.ts'

/** The picture of a run. */
export interface Live {
  listen: Listener
  /** Stops drawing. Returns the last picture, a line each; empty if nothing was drawn. */
  end(): Promise<readonly string[]>
  /** Whether the journal has the end of what was drawn. */
  isFinished(): boolean
}

/** Where and how it is drawn. */
export interface LiveSetting {
  area: LiveArea
  paint: Palette
  timing: Timing
  /** Writes a line above what is drawn. */
  write: (line: string) => void
  /** The result begins with the name of the run: it is not written here too. */
  isTitled?: boolean
}

/**
 * The moving picture for a terminal: one line an account, drawn from the same journal entries that are on disk. `begun` is the state
 * of a run that is resumed.
 */
export function liveView(
  { area, paint, timing, write, isTitled = false }: LiveSetting,
  begun?: RunState,
): Live {
  let state = begun
  let stage = 'looking'
  let listed = 0
  /** When the clouds enforce what is written; RFC 3339. */
  let enforcedBy: string | undefined
  let lanes: readonly Lane[] = []
  /** The accounts are put together for a drawing, not for an event: an organization has hundreds, and thousands of events. */
  let isStale = true
  const refresh = () => {
    if (!isStale) return
    isStale = false
    const now = timestamp(timing)
    lanes = state ? lanesOf(state, waitText(enforcedBy, now) ?? stage, now) : []
  }
  const stale = () => {
    isStale = true
  }
  let isNamed = isTitled
  const begin = () => {
    if (!state || isNamed) return
    const { run, plan, startedAt } = state
    isNamed = true
    // If the terminal goes away, the run's name is what one needs.
    write(`${plain(plan.playbook.name)} · run ${run} · ${momentText(startedAt)}\n`)
  }
  begin()
  const remove = area.add((columns, frame) => {
    refresh()
    const rest = columns - 4
    if (lanes.length > 0) return lanes.map(({ text }) => `  ${frame} ${clip(text, rest)}`)
    return [clip(`  ${frame} ${stage}${listed > 0 ? `, ${listed} identities` : ''}`, columns)]
  })
  // A count-down goes on while nothing else happens.
  const ended = new AbortController()
  const redrawing = repeat(1_000, timing, ended.signal, stale)
  return {
    listen: (event: Event) => {
      if (event.type === 'stage' && event.at === 'begin') stage = STAGES[event.stage]
      else if (event.type === 'progress') listed = event.progress.listed
      else if (event.type === 'waiting') enforcedBy = event.until
      else if (event.type === 'entry') {
        if (event.entry.type === 'run.started') state = replay([event.entry])
        else if (state && event.entry.seq > state.head.seq) step(state, event.entry)
        begin()
      }
      stale()
    },
    isFinished: () =>
      state !== undefined &&
      (state.restore === undefined ? state.finished !== undefined : state.restore.finished !== undefined),
    end: async () => {
      stage = ''
      enforcedBy = undefined
      ended.abort()
      await redrawing
      remove()
      stale()
      refresh()
      return lanes.map(
        ({ word, text }) => `  ${word === undefined ? ' ' : laneMark(word, { paint })} ${text}`,
      )
    },
  }
}

/** A line of the picture. `word` is undefined for the line of the accounts that have none of their own. */
interface Lane {
  word: ReturnType<typeof laneWord> | undefined
  text: string
}

function lanesOf(state: RunState, stage: string, now: string): Lane[] {
  const accounts = accountsOf(state).filter(({ changes }) => changes.length > 0)
  const wide = Math.max(0, ...accounts.map(account => width(accountText(account))))
  const { shown, more } = folded(accounts, ROWS, { all: false })
  const lanes: Lane[] = shown.map(account => ({
    word: laneWord(account, state, now),
    text: accountTitle(account, { stage, wide, now }),
  }))
  if (more > 0) lanes.push({ word: undefined, text: restTitle(accounts.slice(shown.length), now) })
  return lanes
}

/** Accounts with a line of their own; the others share one. */
const ROWS = 16

/** The accounts that have no line of their own, together. */
function restTitle(rest: readonly Account[], now: string): string {
  const changes = rest.flatMap(each => each.changes)
  const title = accountTitle({ cloud: '', account: '', changes }, { stage: '', wide: 0, now })
  return `… and ${rest.length} more accounts   ${title.trim()}`
}

/** `enforced in 1m 43s`; undefined when nothing is waited for. */
function waitText(until: string | undefined, now: string): string | undefined {
  const left = until === undefined ? '' : remainingText(until, now)
  return left === '' ? undefined : `enforced in ${left}`
}

const STAGES = {
  inventory: 'listing',
  plan: 'planning',
  apply: 'stopping',
  verify: 'proving',
  sweep: 'sweeping',
  guard: 'guarding',
  restore: 'restoring',
} as const

function accountTitle(
  account: Account,
  { stage, wide, now }: { stage: string; wide: number; now: string },
): string {
  const { changes } = account
  const restoring = changes.some(({ restored }) => restored.length > 0) || stage === 'restoring'
  const parts = [pad(accountText(account), wide)]
  if (restoring) {
    const todo = changes.filter(({ held, restored }) => held.length > 0 || restored.length > 0).length
    const done = changes.filter(
      ({ phase, held, restored }) => restored.length > 0 && phase !== 'restoring' && !held.some(isLeft),
    ).length
    parts.push(`${done}/${todo} done`)
  } else {
    const total = changes.length
    const written = changes.filter(
      each => isSet(each) || each.phase === 'written' || each.phase === 'already',
    ).length
    // Where nothing can tell whether it is denied, nothing is waited for.
    const asked = changes.filter(({ set, denied }) => !set || denied !== null).length
    parts.push(`${written}/${total} set`)
    if (asked > 0) parts.push(`${changes.filter(({ denied }) => denied === 'denied').length}/${asked} denied`)
    const unknown = changes.filter(({ set, denied }) => set && denied === 'unknown').length
    if (unknown > 0) parts.push(`${unknown} unknown`)
    if (stage !== '') parts.push(stage)
  }
  const moves = changes.flatMap(each => each.countered ?? [])
  if (moves.length > 0) {
    const times = moves.reduce((sum, each) => sum + each.count, 0)
    parts.push(`undone ${times} ${times === 1 ? 'time' : 'times'}, written again`)
  }
  const contested = changes.filter(each => each.contested !== undefined).length
  if (contested > 0) parts.push(`${contested} contested`)
  const undone = changes.filter(each => each.undone.length > 0).length
  if (undone > 0) parts.push(`${undone} undone`)
  const [waiting] = changes.flatMap(({ postponed }) => postponed ?? [])
  if (waiting) parts.push(postponedText(waiting, now))
  const drifted = changes.filter(({ drift }) => drift.length > 0).length
  if (drifted > 0) parts.push(`${drifted} drifted`)
  const failed = changes.filter(({ fault }) => fault !== undefined).length
  if (failed > 0) parts.push(`${failed} failed`)
  return parts.join('   ')
}
