import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { clouds } from '../clouds/index.ts'
import { Fault } from '../model/fault.ts'
import { REAL } from '../model/timing.ts'
import { PLATFORM } from '../platform/platform.ts'
import {
  estateFile,
  type LabSettings,
  openLab,
  processFile,
  runningLab,
  startStateLab,
} from '../toolkit/lab.ts'
import type { LabResetResult, LabStartResult } from '../toolkit/results/lab.ts'
import { jsonText } from '../ui/json.ts'
import { foldersOf } from './folders.ts'
import type { RunFlags } from './run-flags.ts'
import { print, tell } from './terminal.ts'

/** Commands ask this process and not its file; this is what a power cut may cost. */
const KEEP_WITHIN_MS = 250

/** Runs a lab until a signal stops it. */
export async function labStart(flags: RunFlags & LabSettings): Promise<void> {
  const { state } = foldersOf(flags)
  const running = await runningLab(state, REAL)
  if (running) {
    throw new Fault('locked', 'a lab runs here already', {
      where: running.endpoint,
      next: 'use it with --lab, or choose another folder with --state',
    })
  }
  const lab = await startStateLab(state, { ...flags, keepWithinMs: KEEP_WITHIN_MS })
  const retract = await announce(state, lab.endpoint)
  // From before it says that Ctrl-C stops it.
  const stopped = Promise.race(PLATFORM.endSignals.map(signal => once(process, signal)))
  try {
    if (flags.json)
      await print(jsonText({ id: lab.id, endpoint: lab.endpoint, pid: process.pid } satisfies LabStartResult))
    else {
      await print(
        [
          `lab ${lab.id} at ${lab.endpoint}`,
          '',
          '  # for interdict: add --lab. For other tools:',
          ...exportsOf(lab),
          '',
        ].join('\n'),
      )
      tell('Ctrl-C stops it; the estate is kept')
    }
    await stopped
  } finally {
    await retract()
    await lab.close()
  }
}

/** Lines for the shell, so that the clouds' own tools find the lab. */
function exportsOf({ endpoint, responders }: { endpoint: string; responders: { [cloud: string]: unknown } }) {
  return clouds.flatMap(({ cloud, labEnvironment }) =>
    (labEnvironment?.(endpoint, responders[cloud]) ?? []).map(line => `  ${line}`),
  )
}

export async function labReset(flags: RunFlags): Promise<void> {
  const { state } = foldersOf(flags)
  let lab: Awaited<ReturnType<typeof openLab>>
  try {
    lab = await openLab(state, REAL)
  } catch (error) {
    // A file that holds no lab is what a reset is for.
    if (!(error instanceof Fault) || error.code !== 'damaged') throw error
    await rm(estateFile(state), { force: true })
    lab = await openLab(state, REAL)
  }
  try {
    await lab.reset()
    await print(
      flags.json ? jsonText({ id: lab.id } satisfies LabResetResult) : `lab ${lab.id} is fresh again\n`,
    )
  } finally {
    await lab.close()
  }
}

/** Says to other commands where the lab of this process is; returns what takes it back. */
export async function announce(state: string, endpoint: string): Promise<() => Promise<void>> {
  const file = processFile(state)
  await writeFile(file, `${JSON.stringify({ pid: process.pid, endpoint })}\n`, { mode: 0o600 })
  return () => rm(file, { force: true })
}
