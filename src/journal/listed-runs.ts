import { toFault } from '../model/fault.ts'
import type { RunState } from '../model/run/state.ts'
import { BEGUN, type Head } from './head-files.ts'
import { heldBy } from './holdings.ts'
import type { Listed } from './store-interface.ts'

/** How the runs of a store are read for a list. */
interface Listing {
  heads: {
    read(run: string): Promise<Head | undefined>
    write(run: string, head: Head): Promise<void>
  }
  /** This process alone may write now: identities that a run no longer holds are taken out of its head. */
  refresh: boolean
  /** Reads one run. `seen`: this machine has a record of it, or needs none. */
  load(run: string): Promise<{ state: RunState | undefined; head: Head | undefined; seen: boolean }>
}

/** Reads the runs: oldest first, then those that cannot be believed. */
export async function listedRuns(
  runs: readonly string[],
  { heads, refresh, load }: Listing,
): Promise<Listed[]> {
  const listed: Listed[] = []
  for (const run of runs) {
    try {
      const { state, head, seen } = await load(run)
      if (state) listed.push({ run, state, ...(seen ? {} : { unseen: true as const }) })
      if (state && head && refresh && !isSame(head, state))
        await heads.write(run, { seq: state.head.seq, hash: state.head.hash, held: heldBy(state) })
    } catch (error) {
      const head = await heads.read(run).catch(() => undefined)
      // Its file was never made, or was taken back.
      if (head?.seq === BEGUN.seq && toFault(error).code === 'usage') continue
      const held = head?.held === undefined ? {} : { held: head.held }
      listed.push({ run, fault: toFault(error).record(), ...held })
    }
  }
  const begun = (each: Listed) => ('state' in each ? each.state.startedAt : '9')
  return listed.sort((a, b) => (begun(a) < begun(b) ? -1 : begun(a) > begun(b) ? 1 : a.run < b.run ? -1 : 1))
}

function isSame(head: Head, state: RunState): boolean {
  const held = heldBy(state)
  return head.held?.length === held.length && head.held.every(id => held.includes(id))
}
