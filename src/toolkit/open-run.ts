import { foldersOf, journalPath, storeOf } from '../cli/folders.ts'
import { watchInterrupts } from '../cli/interrupt.ts'
import { sayingWhat } from '../cli/progress-note.ts'
import { noteRun } from '../cli/resume-hint.ts'
import { type Watch, watchOf } from '../cli/run-view.ts'
import { canAsk, tell } from '../cli/terminal.ts'
import type { Journal, Store } from '../journal/store.ts'
import type { Json } from '../model/json.ts'
import { cloudsOf } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Provider } from '../model/provider.ts'
import type { Holds } from '../model/run/holds.ts'
import type { RunState } from '../model/run/replay.ts'
import { actorOf } from '../store/actor.ts'
import { clockWarnings, refuseClock } from './clocks.ts'
import { catalogOf, providersOf } from './clouds.ts'
import type { OpenLab } from './lab.ts'
import { openLab } from './lab.ts'
import { scopeOfPlan } from './scope.ts'
import { unseenFault } from './state-trust.ts'
import { checkTarget, checkTargetKind, holdsOf, type Joined, join } from './target.ts'
import { Doubts } from './unbelieved-runs.ts'

export { actorOf }

export interface RunFlags {
  state?: string | undefined
  config?: string | undefined
  json?: boolean
  lab?: boolean
  wait?: number | undefined
  /** Take the state folder, and the runs in it, for the newest there are. */
  'trust-state'?: boolean
  /** Go on although another run cannot be believed that may hold the same. */
  'accept-unknown-holds'?: boolean
  /** Go on although the clock of this machine is far from the cloud's; the cloud's is used. */
  'accept-clock'?: boolean
  reason?: string | undefined
}

/** A run of an earlier command, opened to go on with it. */
export interface OpenRun {
  world: Joined['world']
  state: RunState
  holds: Holds
  watch: Watch
  lab: OpenLab | undefined
  /** @throws Fault `refused` when the clock is off by more than five minutes, and nobody accepted that */
  checkClock(what: string): void
  /** Where the journal is. */
  path: string
  /** The playbook as it was when the run began. */
  playbook(): Promise<Playbook>
  /** From here on a Ctrl-C lets what is in hand finish; `journal` does the same. */
  begin(): void
  /** Opens the journal for writing and starts the picture; not for a dry run. */
  journal(): Promise<Journal>
}

/**
 * Opens a run: state checked, lock taken (unless it is only read), signed in where the run was made, and everything
 * closed again whatever happens. `strict`: what other runs hold has to be known for certain.
 */
export async function withRun<Result>(
  operation: string,
  run: string,
  flags: RunFlags,
  options: { write: boolean; strict: boolean },
  work: (open: OpenRun) => Promise<Result>,
): Promise<Result> {
  const folders = foldersOf(flags)
  const store = await storeOf(folders)
  checkTargetKind((await store.read(run)).state, flags.lab === true)
  const interrupt = watchInterrupts()
  const closers: (() => Promise<void>)[] = [async () => interrupt.release()]
  try {
    return await interrupt.untilBegun(() => opened())
  } finally {
    await closeAll(closers)
  }

  async function opened(): Promise<Result> {
    const { signal } = interrupt
    if (options.write) {
      await trustState(store, flags)
      closers.push(await lock(store, operation, { run, signal, wait: flags.wait }))
    }
    // Read under the lock: another process may just have finished with it.
    const { state, entries, unseen } = await store.read(run)
    if (unseen && options.write) throw unseenFault(run)
    if (unseen) tell(`interdict: ${unseenFault(run).message}`)
    const watch = watchOf(flags.json === true)
    closers.push(() => watch.end())
    const lab = flags.lab ? await openLab(folders.state) : undefined
    if (lab) closers.push(() => lab.close())
    const providers = await providersOf()
    const joined = await join({
      providers,
      scope: await scopeOf(state, providers),
      lab,
      listen: watch.listen,
      signal,
      run,
    })
    closers.push(() => joined.close())
    checkTarget(state, joined.world.target)
    const doubts = new Doubts()
    const holds = await holdsOf(store, joined.world.target, doubts.add)
    doubts.tell()
    for (const { message } of clockWarnings(joined.clocks())) tell(`interdict: ${message}`)
    const unknown = options.strict && options.write ? doubts.against(state) : []
    if (!flags['accept-unknown-holds']) doubts.refuse(unknown)
    return await work({
      world: joined.world,
      state,
      holds,
      watch,
      lab,
      checkClock(what) {
        if (!flags['accept-clock']) refuseClock(joined.clocks(), what)
      },
      path: journalPath(folders, run),
      playbook: () => playbookOf(state, providers),
      begin: () => interrupt.begin(),
      async journal() {
        interrupt.begin()
        const { journal } = await store.append(run, joined.world.clock)
        noteRun(run, flags.lab === true)
        // Closed before the lock is let go.
        closers.push(() => journal.close())
        if (unknown.length > 0) {
          const { reason = '' } = flags
          await journal.append({ type: 'holds.unknown', actor: actorOf(), reason, runs: unknown })
        }
        const off = clockWarnings(joined.clocks()).map(({ message }) => message)
        if (flags['accept-clock'] && off.length > 0) {
          const { reason = '' } = flags
          await journal.append({ type: 'clock.accepted', actor: actorOf(), reason, clocks: off })
        }
        await watch.begin({ state, entries })
        return journal
      },
    })
  }
}

/** Takes the state folder for the newest there is, if that was asked for, or is answered on a terminal. */
export async function trustState(store: Store, flags: RunFlags): Promise<void> {
  const strange = await store.strange()
  if (!flags['trust-state']) {
    if (!strange || !canAsk()) return
    tell(`interdict: ${strange.message}`)
    const { confirm } = await import('../cli/ask.ts')
    await confirm('Take it for the newest there is?')
  }
  for (const fault of await store.trust()) tell(`interdict: not trusted: ${fault.message}`)
}

/** The last opened is closed first; each is closed, whatever becomes of the others. */
export async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const close of [...closers].reverse()) {
    await close().catch(error => errors.push(error))
  }
  if (errors.length > 0) throw errors[0]
}

/** Takes the lock; returns what lets it go. */
export async function lock(
  store: Store,
  operation: string,
  { run, signal, wait }: { run?: string; signal: AbortSignal; wait?: number | undefined },
): Promise<() => Promise<void>> {
  const held = await sayingWhat('waiting for another interdict to release the state folder', () =>
    store.lock(operation, {
      signal,
      ...(run === undefined ? {} : { run }),
      ...(wait === undefined ? {} : { waitMs: wait * 1000 }),
    }),
  )
  for (const { path, mode } of store.tighten()) {
    tell(
      `interdict: others could write ${path} (mode ${mode}); closed. Journals are sealed, so what they say still holds`,
    )
  }
  return () => held.release()
}

async function playbookOf(state: RunState, providers: ReadonlyMap<string, Provider>): Promise<Playbook> {
  const { parsePlaybook } = await import('../model/playbook/parse.ts')
  return parsePlaybook(
    state.plan.playbook.source,
    `${state.plan.playbook.name} (journal of ${state.run})`,
    catalogOf(providers),
  )
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
