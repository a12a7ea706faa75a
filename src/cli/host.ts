import { clouds } from '../clouds/index.ts'
import { formatDuration } from '../model/duration.ts'
import { REAL } from '../model/timing.ts'
import { actorOf } from '../store/actor.ts'
import type { Host, Notice } from '../toolkit/host.ts'
import { pageOf } from '../ui/page.ts'
import { configuration } from './current-configuration.ts'
import { foldersOf } from './folders.ts'
import { watchInterrupts } from './interrupt.ts'
import { during, noteListed } from './progress-note.ts'
import { noteRun, noteUntouched } from './resume-hint.ts'
import type { RunFlags } from './run-flags.ts'
import { runView } from './run-view.ts'
import { tell } from './terminal.ts'

/** The parts of its way to the result that a command shows. */
export interface HostFlags extends RunFlags {
  all?: boolean
}

/** The host of a command that answers no question and shows no progress. */
export function plainHost(flags: HostFlags, tool = ''): Host {
  const house = configuration()?.house
  return {
    ...(house === undefined ? {} : { house }),
    folders: foldersOf(flags),
    lab: flags.lab === true,
    clouds,
    environment: process.env,
    timing: REAL,
    actor: actorOf(),
    tool,
    listen: () => undefined,
    answer: async () => undefined,
    warn: text => tell(`interdict: ${text}`),
    notice: async () => undefined,
    during,
  }
}

/** How a command differs from others. */
interface HostedOptions {
  /** Name and version, for journals. */
  tool?: string
  /** The work that is finished after Ctrl-C, if it is not a change. */
  inHand?: string
  /** The result begins with the name of the run, so that the moving picture leaves it out. */
  isTitled?: boolean
  /** The command changes things, so that an error says whether it did. */
  changes?: boolean
}

/**
 * Does work of the toolkit for a command: answers its questions on the terminal or from the flags, draws its progress on stderr
 * (nothing with `--json`), and stops it on Ctrl-C.
 */
export async function hosted<Result>(
  flags: HostFlags,
  work: (host: Host) => Promise<Result>,
  { tool = '', inHand, isTitled = false, changes = false }: HostedOptions = {},
): Promise<Result> {
  const interrupt = watchInterrupts(inHand === undefined ? {} : { inHand })
  let isUntouched = changes
  const view = runView(flags.json === true, { isTitled })
  const { answer } = await import('./ask.ts')
  try {
    return await work({
      ...plainHost(flags, tool),
      signal: interrupt.signal,
      listen(event) {
        if (event.type === 'progress') noteListed(event.progress)
        view.listen(event)
      },
      answer: question => answer(question, flags.yes === true),
      async notice(notice) {
        if (notice.type === 'changing') {
          interrupt.begin()
          isUntouched = false
          await view.begin(notice.begun)
        } else if (notice.type === 'recorded') noteRun(notice.run, flags.lab === true)
        else await show(notice, flags)
      },
    })
  } catch (error) {
    if (isUntouched) noteUntouched()
    throw error
  } finally {
    try {
      await view.end()
    } finally {
      interrupt.release()
    }
  }
}

/** Draws what is about to be asked. */
async function show(
  notice: Exclude<Notice, { type: 'changing' | 'recorded' }>,
  { json, all = false }: HostFlags,
): Promise<void> {
  if (notice.type === 'lab-clock') {
    const ahead = formatDuration(notice.seconds)
    return tell(`lab: the clock was moved ${ahead} ahead, past the time at which old sessions expire`)
  }
  if (json) return
  if (notice.type === 'planned') {
    const { planText } = await import('../ui/plan.ts')
    return tell(planText(notice.plan, await pageOf(process.stderr, { now: notice.plan.at, all })))
  }
  const page = await pageOf(process.stderr, { now: notice.now, all })
  const { previewText } = await import('../ui/restore.ts')
  if (notice.type === 'restore-planned') return tell(previewText(notice.state, notice.changes, page))
  const { rotationPlanText } = await import('../ui/rotation.ts')
  const { state, planned, removal, restored } = notice
  const rest = restored.length > 0 ? previewText(state, restored, page) : ''
  tell(rotationPlanText(state, planned, removal, page) + rest)
}
