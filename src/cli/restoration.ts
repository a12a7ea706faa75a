import { REAL } from '../model/timing.ts'
import { type Restored, type RestoreRequest, restoreRun as restore } from '../toolkit/restore.ts'
import type { RestoreResult } from '../toolkit/results/restore.ts'
import { jsonText, previewJson, restoreJson } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { previewText } from '../ui/restore.ts'
import { idleText, restoredText } from '../ui/restored.ts'
import { needYes } from './ask.ts'
import { exitOf } from './exit-code.ts'
import { pasteable } from './hint-place.ts'
import { hosted } from './host.ts'
import { notifiersFor } from './notifiers.ts'
import { type RunFlags, runRequest } from './run-flags.ts'
import { notifyRun, restoreMessage } from './run-notes.ts'
import { exitWith, print } from './terminal.ts'

/** The flags of `restore`. */
export interface RestoreFlags extends RunFlags, Omit<RestoreRequest, keyof ReturnType<typeof runRequest>> {
  all?: boolean
  notify?: readonly string[] | undefined
}

/** `restore`: shows what it would do, asks, restores and prints the result. */
export async function restoreRun(run: string, flags: RestoreFlags): Promise<void> {
  needYes(flags, '--dry-run')
  const notifiers = await notifiersFor(flags, REAL)
  const restored = await hosted(flags, host => restore(host, run, { ...flags, ...runRequest(flags) }), {
    changes: true,
  })
  if (restored.outcome === 'restored')
    await notifyRun(notifiers, restoreMessage(restored.state, restored.now), REAL)
  await show(restored, flags)
  exitWith(exitOf(restored))
}

async function show(restored: Restored, { json, all = false }: RestoreFlags): Promise<void> {
  const { state, outcome, now } = restored
  const page = await pageOf(process.stdout, { now, all })
  if (outcome === 'restore-planned') {
    const { changes } = restored
    return await print(
      json ? jsonText(previewJson(state.run, changes)) : pasteable(previewText(state, changes, page)),
    )
  }
  if (outcome === 'idle') {
    return await print(
      json
        ? jsonText({ ...restoreJson(state), status: 'complete' } satisfies RestoreResult)
        : pasteable(idleText(state, page)),
    )
  }
  await print(json ? jsonText(restoreJson(state)) : pasteable(restoredText(state, page)))
}
