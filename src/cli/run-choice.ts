import { clouds } from '../clouds/index.ts'
import { Fault } from '../model/fault.ts'
import { findHolder, findHolders, findRun } from '../toolkit/find-run.ts'
import { foldersOf } from './folders.ts'
import type { RunFlags } from './run-flags.ts'
import { tell } from './terminal.ts'

/** The flags that say which run is meant. */
interface ChoiceFlags extends Pick<RunFlags, 'state' | 'config'> {
  identity?: string | undefined
}

const hostOf = (flags: ChoiceFlags) => ({
  folders: foldersOf(flags),
  clouds,
  warn: (text: string) => tell(`interdict: ${text}`),
})

/** Returns the id of the run that a person named by its id or the beginning of it. Throws `usage` if several begin so. */
export async function runNamed(given: string, flags: ChoiceFlags): Promise<string> {
  return await findRun(hostOf(flags), given)
}

/**
 * Returns the run to restore, and which part of it: the whole run by its id, or an identity with its credentials (`--identity`).
 *
 * @throws Fault `usage` for neither or both of them, and when several open runs hold the identity
 */
export async function runToRestore(
  given: string | undefined,
  flags: ChoiceFlags,
): Promise<{ run: string; only: string[] }> {
  const { identity } = flags
  refuseBoth(given, identity)
  if (given !== undefined) return { run: await runNamed(given, flags), only: [] }
  if (identity === undefined) {
    throw new Fault('usage', 'the run is missing', {
      next: 'interdict status lists the runs; give the id of one, or --identity with what it holds',
    })
  }
  const holder = await findHolder(hostOf(flags), identity, 'restore')
  return { run: holder.state.run, only: [holder.identity] }
}

/** Returns the ids of the open runs that hold an identity, oldest first. Throws `usage` if there is none. */
export async function runsHolding(identity: string, flags: ChoiceFlags): Promise<[string, ...string[]]> {
  const [first, ...others] = await findHolders(hostOf(flags), identity)
  return [first.state.run, ...others.map(({ state }) => state.run)]
}

/** Throws Fault `usage` where a run and an identity are named together. */
export function refuseBoth(given: string | undefined, identity: string | undefined): void {
  if (given === undefined || identity === undefined) return
  throw new Fault('usage', 'a run and --identity exclude each other', {
    next: 'for a part of a run: --only',
  })
}
