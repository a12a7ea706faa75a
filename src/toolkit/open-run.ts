import type { World } from '../engine/index.ts'
import type { Journal, Store } from '../journal/store.ts'
import type { Entry } from '../model/entry.ts'
import type { Json } from '../model/json.ts'
import { cloudsOf } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Provider } from '../model/provider.ts'
import type { Holds } from '../model/run/holds.ts'
import type { RunState } from '../model/run/state.ts'
import type { Lock } from '../store/lock.ts'
import { clockWarnings, refuseClock } from './clocks.ts'
import { catalogOf, providersOf } from './clouds.ts'
import { journalPath, storeOf } from './folders.ts'
import type { Host } from './host.ts'
import { labOf } from './lab.ts'
import type { OpenLab } from './open-lab.ts'
import type { RunRequest } from './run-request.ts'
import { scopeOfPlan } from './scope.ts'
import { trustState, unseenFault } from './state-trust.ts'
import { checkTarget, checkTargetKind, holdsOf, join } from './target.ts'
import { Doubts } from './unbelieved-runs.ts'
import { untilChanging } from './until-changing.ts'

/** A run that exists, opened to work on it. */
export interface OpenRun {
  world: World
  state: RunState
  holds: Holds
  lab: OpenLab | undefined
  /** @throws Fault `refused` when the clock is off by more than five minutes, and nobody accepted that */
  checkClock(what: string): void
  /** Its first entry: who sealed it began the run. */
  first: Entry | undefined
  /** The file of its journal. */
  path: string
  /** The playbook as it was when the run began. */
  playbook(): Promise<Playbook>
  /** From here on things are changed, and an abort lets the change in hand finish; `journal` does the same. */
  begin(): Promise<void>
  /** Opens the journal for writing; not for a preview. */
  journal(): Promise<Journal>
}

/**
 * Opens a run: checks its state, takes the lock (unless it is only read), signs in where the run was made, and closes all of it
 * again. Faults: those of reading a run, `wrong-target`, `locked`, `interrupted`.
 *
 * @param options `write`: the run is changed; `strict`: what other runs hold has to be known for certain
 */
export async function withRun<Result>(
  host: Host,
  operation: string,
  run: string,
  request: RunRequest,
  options: { write: boolean; strict: boolean },
  work: (open: OpenRun) => Promise<Result>,
): Promise<Result> {
  const { folders, signal } = host
  const store = await storeOf(folders)
  checkTargetKind((await store.read(run)).state, host.lab)
  const closers: (() => Promise<void>)[] = []
  try {
    return await untilChanging(signal, begin => opened(begin))
  } finally {
    await closeAll(closers)
  }

  async function opened(begin: () => void): Promise<Result> {
    if (options.write) {
      await trustState(store, host, request.trustState === true)
      closers.push(await lock(store, host, operation, { run, wait: request.wait }))
    }
    // Read under the lock: another process may just have finished with it.
    const { state, entries, unseen } = await store.read(run)
    if (unseen && options.write) throw unseenFault(run)
    if (unseen) host.warn(unseenFault(run).message)
    const lab = await labOf(host)
    if (lab) closers.push(() => lab.close())
    const providers = await providersOf(undefined, host.clouds)
    const { listen, timing, environment, during } = host
    const scope = await scopeOf(state, providers)
    const joined = await join({ providers, scope, lab, listen, signal, run, timing, environment, during })
    closers.push(() => joined.close())
    checkTarget(state, joined.world.target)
    const doubts = new Doubts()
    const holds = await holdsOf(store, joined.world.target, doubts.add)
    doubts.warn(host)
    for (const { message } of clockWarnings(joined.clocks())) host.warn(message)
    const unknown = options.strict && options.write ? doubts.against(state) : []
    if (!request.acceptUnknownHolds) doubts.refuse(unknown)
    const { actor } = host
    const { reason = '' } = request
    return await work({
      world: joined.world,
      first: entries[0],
      state,
      holds,
      lab,
      checkClock(what) {
        if (!request.acceptClock) refuseClock(joined.clocks(), what)
      },
      path: journalPath(folders, run),
      playbook: () => playbookOf(state, providers, host),
      async begin() {
        begin()
        await host.notice({ type: 'changing', begun: { state, entries: [] } })
      },
      async journal() {
        begin()
        await host.notice({ type: 'changing', begun: { state, entries } })
        const { journal } = await store.append(run, joined.world.clock)
        await host.notice({ type: 'recorded', run })
        // Closed before the lock is released.
        closers.push(() => journal.close())
        if (unknown.length > 0) await journal.append({ type: 'holds.unknown', actor, reason, runs: unknown })
        const off = clockWarnings(joined.clocks()).map(({ message }) => message)
        if (request.acceptClock && off.length > 0) {
          await journal.append({ type: 'clock.accepted', actor, reason, clocks: off })
        }
        return journal
      },
    })
  }
}

/** Closes them in reverse order, each of them even if another fails; rejects with the first error. */
export async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const close of [...closers].reverse()) {
    await close().catch(error => errors.push(error))
  }
  if (errors.length > 0) throw errors[0]
}

/**
 * Takes the lock of the state folder; returns what releases it. Closes what others could write, and warns of it.
 *
 * @param options `wait` in seconds
 */
export async function lock(
  store: Store,
  host: Pick<Host, 'warn' | 'signal' | 'during' | 'timing'>,
  operation: string,
  { run, wait }: { run?: string; wait?: number | undefined } = {},
): Promise<() => Promise<void>> {
  const held: Lock = await host.during('waiting for another interdict to release the state folder', () =>
    store.lock(operation, {
      timing: host.timing,
      ...(host.signal ? { signal: host.signal } : {}),
      ...(run === undefined ? {} : { run }),
      ...(wait === undefined ? {} : { waitMs: wait * 1000 }),
    }),
  )
  for (const { path, mode } of store.tighten()) {
    host.warn(
      `others could write ${path} (mode ${mode}); closed. Journals are sealed, so what they say still holds`,
    )
  }
  return () => held.release()
}

/**
 * The playbook of a run, as it was when the run began, under the house's rules of today. Fault `invalid-playbook` if this version does
 * not take it.
 */
export async function playbookOf(
  { run, plan: { playbook } }: RunState,
  providers: ReadonlyMap<string, Provider>,
  { house }: Pick<Host, 'house'>,
): Promise<Playbook> {
  const { parsePlaybook } = await import('../model/playbook/parse.ts')
  const { source, name } = playbook
  const own = parsePlaybook(source, `${name} (journal of ${run})`, catalogOf(providers))
  if (house === undefined) return own
  const { withHouse } = await import('../model/playbook/with-house.ts')
  // The run has its inputs and its scope; defaults are for new ones.
  return withHouse(own, { ...house, playbooks: {} }, { lab: false })
}

/** Where the run signed in. A restore must not hang on a playbook that this version no longer takes. */
async function scopeOf(
  state: RunState,
  providers: ReadonlyMap<string, Provider>,
): Promise<{ [cloud: string]: Json }> {
  const clouds = cloudsOf(state.plan)
  try {
    const scope = await scopeOfPlan(state.plan, providers)
    return Object.fromEntries(Object.entries(scope).filter(([cloud]) => clouds.includes(cloud)))
  } catch {
    return Object.fromEntries(clouds.map(cloud => [cloud, {}]))
  }
}
