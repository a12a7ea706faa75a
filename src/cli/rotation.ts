import {
  horizonWayOut,
  type previewRestore,
  Recorder,
  type RestorePreview,
  restore,
  restoreCommand,
} from '../engine/index.ts'
import type { RestoreOptions } from '../model/entry.ts'
import { Fault, type FaultRecord } from '../model/fault.ts'
import type { Journal } from '../model/journal.ts'
import type { ChangeState, RunState } from '../model/run/replay.ts'
import { isRotating, refuseRotating } from '../model/run/rotation-fold.ts'
import { type PlannedRotation, prepareRotations, type Removal, selectRotations } from '../rotate/prepare.ts'
import { carryOnRotation, rotate } from '../rotate/rotate.ts'
import type { Bench } from '../rotate/rotation-context.ts'
import { actorOf, type OpenRun, type RunFlags, withRun } from '../toolkit/open-run.ts'
import { optionsOf, type RestoreChoices } from '../toolkit/restore-options.ts'
import { benchOf } from '../toolkit/rotation-bench.ts'
import { jsonText, rotationJson, rotationPlanJson } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { previewText } from '../ui/restore.ts'
import { restoredText } from '../ui/restored.ts'
import { rotatedText, rotationPlanText } from '../ui/rotation.ts'
import { needYes } from './ask.ts'
import { exitOf } from './exit-code.ts'
import { hosted } from './host.ts'
import { type RunFlags, runRequest } from './run-flags.ts'
import { exitWith, print } from './terminal.ts'

interface RotateFlags extends RunFlags, Omit<RotationRequest, keyof ReturnType<typeof runRequest>> {
  all?: boolean
}

/** `rotate` and `restore --rotate`: shows what it would do, asks, rotates, restores and prints the result. */
export async function rotateRun(run: string, flags: RotateFlags): Promise<void> {
  needYes(flags)
  const rotated = await hosted(flags, host => rotate(host, run, { ...flags, ...runRequest(flags) }))
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
      : rotatedText(state, page) + (rotated.restored ? restoredText(state, page) : ''),
  )
}
