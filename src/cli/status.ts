import { Fault } from '../model/fault.ts'
import type { RunState } from '../model/run/replay.ts'
import type { RunFlags } from '../toolkit/open-run.ts'
import type { DueResult, RunsResult } from '../toolkit/results/run.ts'
import { unseenFault, warnIfStrange } from '../toolkit/state-trust.ts'
import { type Folders, foldersOf, journalPath, storeOf } from './folders.ts'
import { exitWith, print, tell } from './terminal.ts'

type StatusFlags = RunFlags & { all?: boolean }

export async function showRuns(flags: StatusFlags): Promise<void> {
  const store = await storeOf(foldersOf(flags))
  await warnIfStrange(store)
  const listed = await store.list()
  for (const each of listed) {
    if ('state' in each && each.unseen) tell(`interdict: ${unseenFault(each.run).message}`)
  }
  const now = new Date().toISOString()
  if (flags.json) {
    const { faultyRunJson, jsonText, runJson } = await import('../ui/json.ts')
    const runs = listed.map(each =>
      'state' in each ? runJson(each.state, now) : faultyRunJson(each.run, each.fault),
    )
    await print(jsonText({ runs } satisfies RunsResult))
  } else if (listed.length === 0) {
    const { NO_RUNS } = await import('../ui/no-runs.ts')
    await print(NO_RUNS)
  } else {
    const [{ statusText }, { pageOf }] = await Promise.all([
      import('../ui/status.ts'),
      import('../ui/page.ts'),
    ])
    await print(statusText(listed, await pageOf(process.stdout, { now, all: flags.all === true })))
  }
  const damaged = listed.find(each => 'fault' in each)
  if (damaged && 'fault' in damaged) exitWith(new Fault(damaged.fault.code, damaged.fault.message).exit)
}

/** What is to be done about all runs, or one; runs that cannot be believed are left out, and end in their exit code. */
export async function showDue(flags: StatusFlags, run?: string): Promise<void> {
  const store = await storeOf(foldersOf(flags))
  const listed = run === undefined ? await store.list() : [await store.read(run)]
  const [{ dueOf, dueText }, { pageOf }, { jsonText }] = await Promise.all([
    import('../ui/due-actions.ts'),
    import('../ui/page.ts'),
    import('../ui/json.ts'),
  ])
  const due = dueOf(listed.flatMap(each => ('state' in each ? [each.state] : [])))
  await print(flags.json ? jsonText({ due } satisfies DueResult) : dueText(due, await pageOf(process.stdout)))
  const damaged = listed.find(each => 'fault' in each)
  if (damaged && 'fault' in damaged) exitWith(new Fault(damaged.fault.code, damaged.fault.message).exit)
}

export async function showRun(run: string, flags: StatusFlags): Promise<void> {
  const folders = foldersOf(flags)
  const { state, unseen } = await (await storeOf(folders)).read(run)
  if (unseen) tell(`interdict: ${unseenFault(run).message}`)
  await printRun(state, folders, flags, new Date().toISOString())
}

/** One run in full, as `status RUN` and `verify RUN` print it. */
export async function printRun(
  state: RunState,
  folders: Folders,
  flags: StatusFlags,
  now: string,
): Promise<void> {
  if (flags.json) {
    const { jsonText, runDetailJson } = await import('../ui/json.ts')
    return await print(jsonText(runDetailJson(state, now)))
  }
  const [{ runText }, { pageOf }] = await Promise.all([import('../ui/status.ts'), import('../ui/page.ts')])
  const page = await pageOf(process.stdout, { now, all: flags.all === true })
  await print(runText(state, journalPath(folders, state.run), page))
}
