import { REAL, timestamp } from '../model/timing.ts'
import type { DueResult } from '../toolkit/results/run.ts'
import { listRuns } from '../toolkit/status.ts'
import { type Due, dueOf, dueText } from '../ui/due-actions.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { exitOfDue } from './exit-code.ts'
import { foldersOf } from './folders.ts'
import { withPlace } from './hint-place.ts'
import { notifiersFor } from './notifiers.ts'
import type { RunFlags } from './run-flags.ts'
import { dueMessage, notifyRun } from './run-notes.ts'
import { exitWith, print, tell } from './terminal.ts'

interface DueFlags extends RunFlags {
  /** Seconds: what is due that soon counts, too. */
  within?: number | undefined
  notify?: readonly string[] | undefined
}

/**
 * `due`: the reviews and second restores that are due, for a scheduler: exit 8 if there are any. Each message has the same id every
 * time, so that a receiver who drops ids that it has had is notified once.
 */
export async function showDueNow(flags: DueFlags): Promise<void> {
  const notifiers = await notifiersFor(flags, REAL)
  const listed = await listRuns({ folders: foldersOf(flags), warn: text => tell(`interdict: ${text}`) })
  const now = timestamp(REAL)
  const until = new Date(Date.parse(now) + (flags.within ?? 0) * 1000).toISOString()
  const states = listed.flatMap(each => ('state' in each ? [each.state] : []))
  const due: Due[] = withPlace(dueOf(states).filter(({ at }) => at <= until))
  await print(
    flags.json ? jsonText({ due } satisfies DueResult) : dueText(due, await pageOf(process.stdout, { now })),
  )
  // A rehearsal is news for those only who ask for it.
  const isAsked = (flags.notify ?? []).length > 0
  const messages = due.flatMap(each => {
    const state = states.find(({ run }) => run === each.run)
    return state && (isAsked || state.plan.target.kind === 'live') ? [dueMessage(each, state, now)] : []
  })
  for (const message of messages) await notifyRun(notifiers, message, REAL)
  exitWith(exitOfDue(listed, due))
}
