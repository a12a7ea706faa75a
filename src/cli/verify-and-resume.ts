import { resume, verify } from '../engine/index.ts'
import { isRotating, owesRestore } from '../model/run/rotation-fold.ts'
import { type RunFlags, withRun } from '../toolkit/open-run.ts'
import { containJson, jsonText, restoreJson } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { restoredText } from '../ui/restored.ts'
import { summaryText } from '../ui/summary.ts'
import { exitOfRestore, exitOfRun, exitOfVerify } from './exit-code.ts'
import { foldersOf } from './folders.ts'
import { printRun } from './status.ts'
import { exitWith, print } from './terminal.ts'

type AgainFlags = RunFlags & { all?: boolean }

export async function verifyRun(run: string, flags: AgainFlags): Promise<void> {
  await withRun('verify', run, flags, { write: true, strict: false }, async open => {
    const journal = await open.journal()
    const state = await verify(open.world, { state: open.state, journal, holds: open.holds })
    await open.watch.end()
    await printRun(state, foldersOf(flags), flags, open.world.clock())
    exitWith(exitOfVerify(state))
  })
}

export async function resumeRun(run: string, flags: AgainFlags & { noWait?: boolean }): Promise<void> {
  await withRun('resume', run, flags, { write: true, strict: true }, async open => {
    if (isRotating(open.state) || owesRestore(open.state)) {
      const { resumeRotation } = await import('./rotation.ts')
      return await resumeRotation(open, flags)
    }
    const playbook = await open.playbook()
    const journal = await open.journal()
    const { noWait = false } = flags
    const state = await resume(open.world, {
      state: open.state,
      journal,
      holds: open.holds,
      playbook,
      noWait,
    })
    await open.watch.end()
    const page = await pageOf(process.stdout, { now: open.world.clock(), all: flags.all === true })
    if (state.restore) {
      await print(flags.json ? jsonText(restoreJson(state)) : restoredText(state, page))
      exitWith(exitOfRestore(state))
    } else {
      await print(flags.json ? jsonText(containJson(state, open.path)) : summaryText(state, open.path, page))
      exitWith(exitOfRun(state))
    }
  })
}
