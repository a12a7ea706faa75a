import { isFinished, keptOff, outcomeOf } from './facts.ts'
import { differingPaths, type Fixture } from './fixture.ts'
import { interdict, listRuns, type Outcome, readRun } from './today.ts'

/** The effect of later commands on the runs of a fixture. */
export interface Later {
  /** Command → its exit code. */
  codes: { [command: string]: number }
  /** Each run as it is in the end. */
  runs: { [run: string]: object }
  /** Paths at which the clouds differ from what they were before the first run. */
  differs: string[]
}

/** Runs a command of a run against the lab of a fixture. */
export async function lead(
  { folders }: Fixture,
  command: 'verify' | 'resume' | 'restore',
  run: string,
  args: readonly string[] = [],
): Promise<Outcome> {
  const { state, config } = folders
  return await interdict(command, [run, ...args, '--lab', '--json', '--state', state, '--config', config])
}

/**
 * Verifies the complete runs of a fixture, resumes the unfinished ones, and restores all that can be believed, oldest first: credentials that leaked are given back, drift and what was added shortly before are put back.
 */
export async function liveOn(fixture: Fixture): Promise<Later> {
  const later: Later = { codes: {}, runs: {}, differs: [] }
  for (const listed of await listRuns(fixture.folders)) {
    const { run } = listed
    if ('fault' in listed) {
      later.runs[run] = { fault: listed.fault }
      continue
    }
    const step = async (command: 'verify' | 'resume' | 'restore', args: string[] = []) => {
      const outcome = await lead(fixture, command, run, args)
      later.codes[`${command} ${run}`] = outcome.code
    }
    const recorded = (await readRun(fixture.folders, run)).state
    if (!isFinished(recorded)) await step('resume')
    // Of what was undone or restored since, it would wait long for what does not come.
    else if (recorded.finished === 'complete' && recorded.restore === undefined) await step('verify')
    const { state } = await readRun(fixture.folders, run)
    const back = keptOff(state).flatMap(id => ['--give-back', id])
    await step('restore', [
      ...['--yes', '--accept-live-tokens', '--accept-unknown-holds', '--reason', 'all of it goes back'],
      ...['--include-recent', '--drift', 'force', ...back],
    ])
    later.runs[run] = outcomeOf((await readRun(fixture.folders, run)).state)
  }
  const beginning = await fixture.beginning()
  later.differs = differingPaths(beginning.snapshot(), fixture.lab.snapshot())
  await beginning.close()
  return later
}
