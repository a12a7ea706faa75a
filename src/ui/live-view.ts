import type { Event, Listener } from '../model/event.ts'
import { type Account, accountsOf } from '../model/run/accounts.ts'
import { isLeft } from '../model/run/held-settings.ts'
import { isSet } from '../model/run/progress.ts'
import { replay, step } from '../model/run/replay.ts'
import type { RunState } from '../model/run/state.ts'
import { repeat, type Timing, timestamp } from '../model/timing.ts'
import { accountText } from './account.ts'
import { postponedText } from './line-view.ts'
import { folded } from './page.ts'
import { clip, pad, plain, width } from './text.ts'

export interface Live {
  listen: Listener
  /** Stops drawing and leaves the last picture. */
  end(): Promise<void>
}

/**
 * The moving picture for a terminal: one line an account, drawn on stderr from the same journal entries that are on
 * disk. `begun` is the state of a run that is resumed.
 */
export async function liveView(stream: NodeJS.WriteStream, timing: Timing, begun?: RunState): Promise<Live> {
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2')
  let state = begun
  let stage = 'looking'
  let listed = 0
  let wide = 0
  /** When the clouds enforce what is written; RFC 3339. */
  let enforcedBy: string | undefined
  const redraws = new Set<(accounts: ReadonlyMap<string, Account>) => void>()
  /** The accounts are put together once a redraw: an organization has hundreds. */
  const redraw = () => {
    const accounts = accountsByName(state)
    for (const each of redraws) each(accounts)
  }
  let finish: () => void = () => undefined
  const over = new Promise<void>(resolve => {
    finish = resolve
  })
  const title = (account: Account | undefined) => {
    const columns = (stream.columns ?? 80) - 4
    if (!account) return clip(`${stage}${listed > 0 ? `, ${listed} identities` : ''}`, columns)
    return clip(accountTitle(account, waitText(enforcedBy, timestamp(timing)) ?? stage, wide), columns)
  }
  const logger = new ListrLogger({ useIcons: false, processOutput: new ProcessOutput(stream, stream) })
  let drawing: Promise<unknown> | undefined
  const draw = (rows: readonly ((accounts: ReadonlyMap<string, Account>) => string)[]) => {
    const list = new Listr(
      rows.map(row => ({
        title: row(accountsByName(state)),
        task: async (_: unknown, task: { title: string }) => {
          redraws.add(accounts => {
            task.title = row(accounts)
          })
          await over
          task.title = row(accountsByName(state))
        },
      })),
      {
        concurrent: true,
        registerSignalListeners: false,
        rendererOptions: { logger, collapseSubtasks: false },
      },
    )
    drawing = list.run().catch(() => undefined)
  }
  const begin = () => {
    if (drawing || !state) return
    const { run, plan, startedAt } = state
    // If the terminal goes away, the run's name is what one needs.
    stream.write(`${plain(plan.playbook.name)} · run ${run} · ${startedAt.slice(11, 19)} UTC\n\n`)
    const accounts = accountsOf(state).filter(({ changes }) => changes.length > 0)
    wide = Math.max(0, ...accounts.map(account => width(accountText(account))))
    const { shown, more } = folded(accounts, ROWS, { all: false })
    draw([
      ...shown.map(each => (all: ReadonlyMap<string, Account>) => title(all.get(nameOf(each)))),
      ...(more > 0
        ? [(all: ReadonlyMap<string, Account>) => restTitle([...all.values()], new Set(shown.map(nameOf)))]
        : []),
    ])
  }
  begin()
  // A count-down goes on while nothing else happens.
  const ended = new AbortController()
  const redrawing = repeat(1_000, timing, ended.signal, redraw)
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
      redraw()
    },
    end: async () => {
      stage = ''
      enforcedBy = undefined
      ended.abort()
      await redrawing
      finish()
      await drawing
      if (drawing) stream.write('\n')
      drawing = undefined
    },
  }
}

/** Accounts with a line of their own; the others share one. */
const ROWS = 16

function nameOf({ cloud, account }: Account): string {
  return `${cloud}:${account}`
}

function accountsByName(state: RunState | undefined): ReadonlyMap<string, Account> {
  return new Map((state ? accountsOf(state) : []).map(each => [nameOf(each), each]))
}

/** The accounts that have no line of their own, together. */
function restTitle(accounts: readonly Account[], drawn: ReadonlySet<string>): string {
  const rest = accounts.filter(each => each.changes.length > 0 && !drawn.has(nameOf(each)))
  const changes = rest.flatMap(each => each.changes)
  const title = accountTitle({ cloud: '', account: '', changes }, '', 0)
  return `… and ${rest.length} more accounts   ${title.trim()}`
}

/** `enforced in 1:43 min`; undefined when nothing is waited for. */
function waitText(until: string | undefined, now: string): string | undefined {
  if (until === undefined) return undefined
  const left = Math.ceil((Date.parse(until) - Date.parse(now)) / 1000)
  if (left <= 0) return undefined
  return left < 60
    ? `enforced in ${left} s`
    : `enforced in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')} min`
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

function accountTitle(account: Account, stage: string, wide: number): string {
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
  if (waiting) parts.push(postponedText(waiting))
  const drifted = changes.filter(({ drift }) => drift.length > 0).length
  if (drifted > 0) parts.push(`${drifted} drifted`)
  const failed = changes.filter(({ fault }) => fault !== undefined).length
  if (failed > 0) parts.push(`${failed} failed`)
  return parts.join('   ')
}
