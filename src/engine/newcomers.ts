import { toFault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import { digestOf, type Newcomer, type Newcomers } from '../model/newcomer.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Session } from '../model/provider.ts'
import type { Holds } from '../model/run/holds.ts'
import { issuedBy } from '../model/run/rotation-fold.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import { inLanes } from './lanes.ts'
import { NewcomerPlan } from './newcomer-plan.ts'
import { type Recorder, stopsTheRun } from './recorder.ts'
import type { World } from './world.ts'

/** More than this many ids of one account are not kept in a journal. */
const MOST_KNOWN = 20_000

/**
 * Records which identities there are in the accounts of the run, where the cloud will not say later which of them are new.
 * Once in a run, before its first change there. A listing that fails is left out: the look for newcomers says so.
 */
export async function noteWhoIsThere(world: World, recorder: Recorder): Promise<void> {
  const { state } = recorder
  await forTouched(world, state, async session => {
    const { cloud, account } = session
    if (!session.present) return
    const begun = [...state.changes.values()].some(
      ({ identity, phase }) => laneName(identity) === laneName(session) && phase !== 'planned',
    )
    if (begun || state.known.has(laneName(session))) return
    const ids = await session.present()
    if (ids.length > MOST_KNOWN) return
    await recorder.record({ type: 'newcomers.known', cloud, account, ids: ids.map(digestOf).sort() })
  })
}

/**
 * Looks for identities that were created since the plan was made, in the accounts that the run touches, and records what is
 * new. Never fails the run: what could not be listed is recorded in words. With a playbook that says `created: contain`, adds
 * a change for what a contained identity created, within the limit and the spares of a plan; the caller applies it.
 */
export async function lookForNewcomers(
  world: World,
  recorder: Recorder,
  contain?: { holds: Holds; playbook: Playbook },
): Promise<ChangeState[]> {
  const { state } = recorder
  const added: ChangeState[] = []
  const looks: { session: Session; looked: Newcomers }[] = []
  await forTouched(world, state, async session => {
    if (session.newcomers) looks.push({ session, looked: await lookIn(session, state) })
  })
  const plan =
    contain?.playbook.created === 'contain' ? new NewcomerPlan(world, recorder, contain) : undefined
  looks.sort((a, b) => (laneName(a.session) < laneName(b.session) ? -1 : 1))
  for (const { session, looked } of looks) {
    const { cloud, account } = session
    const found = []
    for (const each of unknownTo(state, looked.found)) {
      const outcome = plan && (await plan.add(session, each))
      added.push(...(outcome?.changes ?? []))
      found.push({
        ...each,
        contained: (outcome?.changes.length ?? 0) > 0,
        ...(outcome?.because === undefined ? {} : { because: outcome.because }),
      })
    }
    const known = state.unlooked.get(laneName(session)) ?? []
    if (found.length === 0 && known.join('\n') === looked.problems.join('\n')) continue
    await recorder.record({ type: 'newcomers.found', cloud, account, found, problems: looked.problems })
  }
  return added
}

async function lookIn(session: Session, state: RunState): Promise<Newcomers> {
  const known = state.known.get(laneName(session))
  const since = { time: state.plan.at, ...(known === undefined ? {} : { known: new Set(known) }) }
  try {
    return (await session.newcomers?.(since)) ?? { found: [], problems: [] }
  } catch (error) {
    const fault = toFault(error)
    if (stopsTheRun(fault) && fault.code !== 'bug') throw fault
    return { found: [], problems: [fault.message] }
  }
}

/** Newcomers that no other part of the run speaks of, and those whose maker has become known. */
function unknownTo(state: RunState, found: readonly Newcomer[]): Newcomer[] {
  if (found.length === 0) return []
  const handled = new Set([
    ...[...state.changes.values()].map(({ identity }) => identity.id),
    ...state.found.map(({ identity }) => identity.id),
    ...issuedBy(state),
  ])
  return found.filter(({ identity, maker }) => {
    const known = state.newcomers.get(identity.id)
    if (known?.contained || handled.has(identity.id)) return false
    return known === undefined || (known.maker === undefined && maker !== undefined)
  })
}

/** Every session of an account in which the run changes something, some at once; stops at a Ctrl-C. */
async function forTouched(
  world: World,
  { changes }: RunState,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const touched = new Set([...changes.values()].map(({ identity }) => laneName(identity)))
  const sessions = world.sessions.filter(each => touched.has(laneName(each)))
  await inLanes(
    sessions.map(each => [each]),
    laneName,
    async group => {
      for (const session of group) {
        if (world.signal?.aborted) return
        try {
          await work(session)
        } catch (error) {
          const fault = toFault(error)
          if (fault.code === 'journal') throw fault
        }
      }
    },
  )
}

function laneName({ cloud, account }: Pick<Identity, 'cloud' | 'account'>): string {
  return `${cloud}:${account}`
}
