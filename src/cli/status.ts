import type { RunState } from '../model/run/state.ts'
import { REAL, timestamp } from '../model/timing.ts'
import { journalPath, storeOf } from '../toolkit/folders.ts'
import type { Folders } from '../toolkit/host.ts'
import { openProposals } from '../toolkit/proposals.ts'
import type { DueResult, RunsResult } from '../toolkit/results/run.ts'
import { type Listed, listRuns, readRun } from '../toolkit/status.ts'
import { exitOfListed } from './exit-code.ts'
import { foldersOf } from './folders.ts'
import { pasteable, withPlace } from './hint-place.ts'
import type { RunFlags } from './run-flags.ts'
import { exitWith, print, tell } from './terminal.ts'

type StatusFlags = RunFlags & { all?: boolean }

const hostOf = (flags: StatusFlags) => ({
  folders: foldersOf(flags),
  warn: (text: string) => tell(`interdict: ${text}`),
})

/** `status`: all runs, or some. @param chosen ids; undefined for all of them */
export async function showRuns(flags: StatusFlags, chosen?: readonly string[]): Promise<void> {
  const all = await listRuns(hostOf(flags))
  const listed = all.filter(each => isShown(each, flags, chosen))
  const proposals = chosen === undefined ? await openProposals(hostOf(flags)) : []
  const now = timestamp(REAL)
  if (flags.json) {
    const { faultyRunJson, jsonText, runJson } = await import('../ui/json.ts')
    const runs = listed.map(each =>
      'state' in each ? runJson(each.state, now) : faultyRunJson(each.run, each.fault),
    )
    const waiting = proposals.length === 0 ? {} : { proposals }
    await print(jsonText({ runs, ...waiting } satisfies RunsResult))
  } else if (listed.length === 0 && proposals.length === 0) {
    const { NO_RUNS } = await import('../ui/no-runs.ts')
    await print(NO_RUNS)
  } else {
    const [{ statusText }, { pageOf }, { waitingLines }, { dueLines }] = await Promise.all([
      import('../ui/status.ts'),
      import('../ui/page.ts'),
      import('../ui/proposals.ts'),
      import('../ui/due-actions.ts'),
    ])
    const page = await pageOf(process.stdout, { now, all: flags.all === true })
    const states = listed.flatMap(each => ('state' in each ? [each.state] : []))
    const below = [...dueLines(states, page), ...waitingLines(proposals, page)]
    await print(pasteable(`${statusText(listed, page)}${below.map(line => `${line}\n`).join('')}`))
  }
  exitWith(exitOfListed(listed))
}

/** A run that cannot be believed is shown wherever it may be one of those that are asked for. */
function isShown(each: Listed, { lab }: StatusFlags, chosen: readonly string[] | undefined): boolean {
  if (chosen !== undefined && !chosen.includes(each.run)) return false
  return lab !== true || !('state' in each) || each.state.plan.target.kind === 'lab'
}

/** `status --due`: the actions that are due on all runs, or on one. */
export async function showDue(flags: StatusFlags, run?: string): Promise<void> {
  const store = await storeOf(foldersOf(flags))
  const listed = run === undefined ? await store.list() : [{ run, state: (await store.read(run)).state }]
  const [{ dueOf, dueText }, { pageOf }, { jsonText }] = await Promise.all([
    import('../ui/due-actions.ts'),
    import('../ui/page.ts'),
    import('../ui/json.ts'),
  ])
  const shown = listed.filter(each => isShown(each, flags, undefined))
  const due = withPlace(dueOf(shown.flatMap(each => ('state' in each ? [each.state] : []))))
  await print(
    flags.json
      ? jsonText({ due } satisfies DueResult)
      : dueText(due, await pageOf(process.stdout, { now: timestamp(REAL) })),
  )
  exitWith(exitOfListed(listed))
}

/** `status RUN`: one run in full. */
export async function showRun(run: string, flags: StatusFlags): Promise<void> {
  const host = hostOf(flags)
  const state = await readRun(host, run)
  await printRun(state, host.folders, flags, timestamp(REAL))
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
  await print(pasteable(runText(state, journalPath(folders, state.run), page)))
}
