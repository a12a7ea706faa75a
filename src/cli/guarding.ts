import { REAL } from '../model/timing.ts'
import { type GuardLimits, guardRun as guard } from '../toolkit/guard-run.ts'
import { containJson, jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { summaryText } from '../ui/summary.ts'
import { exitOf } from './exit-code.ts'
import { type GuardNotifier, guardNotifier } from './guard-notes.ts'
import { pasteable } from './hint-place.ts'
import { hosted } from './host.ts'
import { notifiersFor } from './notifiers.ts'
import { type RunFlags, runRequest } from './run-flags.ts'
import { exitWith, print } from './terminal.ts'

interface GuardFlags extends RunFlags, GuardLimits {
  notify?: readonly string[] | undefined
  all?: boolean
}

/** `guard RUN`: keeps what the run wrote, notifies people of counter-moves, and prints the run at the end. */
export async function guardRun(run: string, flags: GuardFlags): Promise<void> {
  const notifiers = await notifiersFor(flags, REAL)
  let notes: GuardNotifier | undefined
  const guarded = await hosted(flags, host =>
    guard(host, run, {
      ...runRequest(flags),
      for: flags.for,
      limit: flags.limit,
      reporter(state) {
        notes = guardNotifier(notifiers, run, state, host.timing)
        return notes.report
      },
    }),
  )
  await notes?.done()
  const { state, path, now } = guarded
  if (flags.json) await print(jsonText(containJson(guarded)))
  else if (guarded.outcome === 'ended')
    await print(`run ${run} is restored or being restored: nothing is guarded any more\n`)
  else
    await print(
      pasteable(summaryText(state, path, await pageOf(process.stdout, { now, all: flags.all === true }))),
    )
  exitWith(exitOf(guarded))
}
