import { REAL } from '../model/timing.ts'
import { type Rotated, type RotationRequest, rotateRun as rotate } from '../toolkit/rotate.ts'
import { jsonText, rotationJson, rotationPlanJson } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { previewText } from '../ui/restore.ts'
import { restoredText } from '../ui/restored.ts'
import { rotatedText, rotationPlanText } from '../ui/rotation.ts'
import { needYes } from './ask.ts'
import { exitOf } from './exit-code.ts'
import { pasteable } from './hint-place.ts'
import { hosted } from './host.ts'
import { notifiersFor } from './notifiers.ts'
import { type RunFlags, runRequest } from './run-flags.ts'
import { notifyRun, restoreMessage } from './run-notes.ts'
import { exitWith, print } from './terminal.ts'

interface RotateFlags extends RunFlags, Omit<RotationRequest, keyof ReturnType<typeof runRequest>> {
  all?: boolean
  notify?: readonly string[] | undefined
}

/** `rotate` and `restore --rotate`: shows what it would do, asks, rotates, restores and prints the result. */
export async function rotateRun(run: string, flags: RotateFlags): Promise<void> {
  needYes(flags, '--dry-run')
  const notifiers = await notifiersFor(flags, REAL)
  const rotated = await hosted(flags, host => rotate(host, run, { ...flags, ...runRequest(flags) }), {
    changes: true,
  })
  if (rotated.outcome === 'rotated' && rotated.restored)
    await notifyRun(notifiers, restoreMessage(rotated.state, rotated.now), REAL)
  await showRotated(rotated, flags)
  exitWith(exitOf(rotated))
}

/** Prints a rotation, and the restore after it. */
export async function showRotated(
  rotated: Rotated,
  { json, all = false }: Pick<RotateFlags, 'json' | 'all'>,
): Promise<void> {
  const { state, now } = rotated
  const page = await pageOf(process.stdout, { now, all })
  if (rotated.outcome === 'rotation-planned') {
    const { planned, removal, restored } = rotated
    const rest = restored.length > 0 ? previewText(state, restored, page) : ''
    return await print(
      json
        ? jsonText(rotationPlanJson(state, planned, restored))
        : rotationPlanText(state, planned, removal, page) + rest,
    )
  }
  await print(
    json
      ? jsonText(rotationJson(state))
      : pasteable(rotatedText(state, page) + (rotated.restored ? restoredText(state, page) : '')),
  )
}
