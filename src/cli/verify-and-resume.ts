import { REAL } from '../model/timing.ts'
import { resumeRun as resume } from '../toolkit/resume.ts'
import { verifyRun as verify } from '../toolkit/verify.ts'
import { containJson, jsonText, restoreJson } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { restoredText } from '../ui/restored.ts'
import { summaryText } from '../ui/summary.ts'
import { exitOf } from './exit-code.ts'
import { foldersOf } from './folders.ts'
import { pasteable } from './hint-place.ts'
import { hosted } from './host.ts'
import { notifiersFor } from './notifiers.ts'
import { type RunFlags, runRequest } from './run-flags.ts'
import { containMessage, notifyRun, restoreMessage } from './run-notes.ts'
import { printRun } from './status.ts'
import { exitWith, print } from './terminal.ts'

type VerbFlags = RunFlags & { all?: boolean }

/** `verify`: looks again, and prints the run. */
export async function verifyRun(run: string, flags: VerbFlags): Promise<void> {
  const verified = await hosted(flags, host => verify(host, run, runRequest(flags)), {
    inHand: 'the look-up in hand, which changes nothing',
    isTitled: true,
  })
  await printRun(verified.state, foldersOf(flags), flags, verified.now)
  exitWith(exitOf(verified))
}

/** `resume`: ends what was cut off, and prints it as the command would have that began it. */
export async function resumeRun(
  run: string,
  flags: VerbFlags & { noWait?: boolean; notify?: readonly string[] | undefined },
): Promise<void> {
  const { json, all = false, noWait = false } = flags
  const notifiers = await notifiersFor(flags, REAL)
  const resumed = await hosted(flags, host => resume(host, run, { ...runRequest(flags), noWait }))
  const { state, outcome, now } = resumed
  if (outcome !== 'rotated') {
    const message = outcome === 'restored' ? restoreMessage(state, now) : containMessage(state, now)
    await notifyRun(notifiers, message, REAL)
  }
  if (outcome === 'rotated') {
    const { showRotated } = await import('./rotation.ts')
    await showRotated(resumed, flags)
  } else {
    const page = await pageOf(process.stdout, { now, all })
    if (outcome === 'restored')
      await print(json ? jsonText(restoreJson(state)) : pasteable(restoredText(state, page)))
    else
      await print(json ? jsonText(containJson(resumed)) : pasteable(summaryText(state, resumed.path, page)))
  }
  exitWith(exitOf(resumed))
}
