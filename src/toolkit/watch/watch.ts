import { join } from 'node:path'
import type { GuardNews } from '../../engine/index.ts'
import { type Feed, Guard } from '../../guard/guard.ts'
import type { GuardStats, Judge, Note, ReactionNote, Reactor, SourceNote } from '../../guard/ports.ts'
import { type Kept, keptOf } from '../../guard/saved-state.ts'
import { Fault } from '../../model/fault.ts'
import type { Playbook } from '../../model/playbook/playbook.ts'
import { takeLock } from '../../store/lock.ts'
import type { SealedFolder } from '../../store/sealed-folder.ts'
import { Baseline } from '../../watch/index.ts'
import { catalogOf, providersOf } from '../clouds.ts'
import { storeOf } from '../folders.ts'
import type { Host } from '../host.ts'
import { labOf } from '../lab.ts'
import { closeAll } from '../open-run.ts'
import { checkScopeFlags, mergeScope } from '../scope.ts'
import type { ScopeFlags } from '../scope-settings.ts'
import { watchFiles } from './files.ts'
import { sealCheck } from './gate-seal.ts'
import { BASELINE, baselineOf, judgeOf, learnerOf, readingOf, watchedPlaybooks } from './judge.ts'
import { OwnAccounts } from './own-accounts.ts'
import { reactorOf } from './reactor.ts'
import type { Reading } from './reading.ts'
import { openSources, type SourceInput } from './sources.ts'
import { actingTriggers, type Started, startedOf } from './started.ts'
import { warmUp } from './warm-up.ts'

/** A watch, as it is asked for. */
export interface WatchRequest extends Reading, ScopeFlags, SourceInput {
  /** Files, or names of shipped playbooks; all shipped ones with triggers when none is named. */
  playbooks: readonly string[]
  /** Learn what is usual, and react to nothing. */
  learn: boolean
  mode: 'propose' | 'act'
  /** Seconds for which each run is guarded afterwards. */
  guard?: number | undefined
  /** Containments in an hour. */
  ceiling: number
  /** Seconds that a record may be old for a trigger to act. */
  maxAge: number
  /** Seconds to wait for another interdict process to release the state folder; 0 when missing. */
  wait?: number | undefined
  /** Take the state folder for the newest there is; files of the watch that are not believed are renamed. */
  trustState: boolean
  /** Names of those who are notified, for the start. */
  notified: readonly string[]
  /** Flags that a command which learns from the same sources needs to find the folders. */
  state?: string | undefined
  config?: string | undefined
}

/** Takes what happens in a watch. */
export interface WatchListener {
  /** The watch begins to read. Not called while it learns. */
  started(started: Started): void
  /** Records are read from here on. */
  reading(guard: Guard): void
  note(note: Note): void
  /** Somebody undoes what a run changed. @param last aborted when notifications have to end */
  news(run: string, news: GuardNews, last: AbortSignal): void
  /** Notifies people; resolves when all were notified. @param last aborted when notifications have to end */
  notify(note: ReactionNote | SourceNote, last: AbortSignal): Promise<void>
  /** The sources ended, or the watch was stopped; undefined after a fault. */
  ended(outcome: WatchOutcome | undefined): void
}

/** The end of a watch. */
export interface WatchOutcome {
  stats: Readonly<GuardStats>
  /** Firings that are still open: the next watch resumes them. */
  waiting: number
  /** The file of the records that could not be understood. */
  setAside: string
  /** Identities whose usual actions, resources, networks and countries are known. Absent unless the watch learned. */
  learned?: number
}

/** Milliseconds for which a watch waits, before it reads, until the clouds have let it in. */
const PATIENCE = 30_000
/** How long notifications may take after the watch was stopped, in milliseconds. */
const LAST_WORDS = 10_000

/**
 * Reads records until `host.signal` aborts or the sources are drained, and contains or proposes what the triggers of playbooks
 * mean. Faults: `usage`, `locked`, `tampered`, `damaged`, `journal`, and those of a source.
 */
export async function watchSources(
  host: Host,
  request: WatchRequest,
  listener: WatchListener,
): Promise<void> {
  const { folders, timing, signal = new AbortController().signal } = host
  const providers = await providersOf(undefined, host.clouds)
  const playbooks = await watchedPlaybooks(request.playbooks, catalogOf(providers), host)
  const all = [...playbooks.values()]
  checkWatchScope(request, all)
  const reading = { ...(await readingOf(host.clouds, request)), isSealed: sealCheck(folders.config) }
  const closers: (() => Promise<void>)[] = []
  let outcome: WatchOutcome | undefined
  try {
    const lock = await takeLock(
      join(folders.state, 'watch', 'lock'),
      { what: 'the state folder', operation: 'watch', user: host.actor.user },
      { signal, timing, waitMs: (request.wait ?? 0) * 1000 },
    )
    closers.push(() => lock.release())
    const store = await storeOf(folders, { follow: true })
    const files = await watchFiles(host, store, request.trustState)
    // A source that is only learned from is not watched.
    const kept = request.learn ? { judge: undefined, positions: {} } : await keptOf(files.watch)
    const { sources, provenance } = await openSources(host, request, reading, kept.positions, closers)
    const judged = { provenance, maxAge: request.maxAge * 1000, timing }
    const senders = { kept, mode: request.mode, ceiling: request.ceiling, playbooks: all }
    if (request.learn) {
      const learned = (await baselineOf(files.watch)) ?? new Baseline()
      const judge = learnerOf(reading, learned, judged)
      const file = files.watch.file(BASELINE)
      const also = async () => void (await file.write(learned.save()))
      const learning = { ...senders, feeds: sources, judge, reactor: NOBODY, folder: files.learning, also }
      outcome = { ...(await guardFeeds({ timing, signal }, learning, listener)), learned: learned.size }
      return
    }
    const lab = await labOf(host)
    if (lab) closers.push(() => lab.close())
    const own = new OwnAccounts(host.clouds)
    const last = lastWords({ timing, signal })
    closers.push(async () => last.release())
    const acting = {
      ...host,
      ...{ own, store, playbooks, providers, lab, scopeFlags: request },
      ...{ guard: request.guard, once: request.once },
      news: (run: string, news: GuardNews) => listener.news(run, news, last.signal),
    }
    const reactor = await reactorOf(acting)
    closers.push(() => reactor.endGuards())
    const warmed = warmUp(acting, signal)
    closers.push(async () => await warmed)
    // Whose records count is known once the clouds let us in; one that does not answer keeps nobody waiting for long.
    const warm = new AbortController()
    await Promise.race([warmed, timing.sleep(PATIENCE, AbortSignal.any([signal, warm.signal]))])
    warm.abort()
    const baseline = await baselineOf(files.watch)
    const isOurs = (cloud: string, account: string) => own.isOurs(cloud, account)
    const judge = judgeOf(all, { ...reading, isOurs }, baseline, kept, judged)
    const given = [...new Set(request.sources)].map((given, at) => {
      const { name = '' } = sources[at] ?? {}
      return { given, name, formats: [...(provenance.get(name)?.formats ?? [])] }
    })
    const { mode, ceiling, playbooks: named, notified: notify } = request
    const learned = baseline?.size ?? 0
    listener.started(
      startedOf({
        ...request,
        mode,
        ceiling,
        named,
        notify,
        learned,
        timing,
        playbooks: all,
        sources: given,
      }),
    )
    const feeding = { ...senders, feeds: sources, judge, reactor, folder: files.watch }
    outcome = await guardFeeds({ timing, signal }, feeding, listener)
  } finally {
    listener.ended(outcome)
    await closeAll(closers)
  }
}

interface Feeding {
  feeds: readonly Feed[]
  judge: Judge
  reactor: Reactor
  folder: SealedFolder
  kept: Kept
  mode: 'propose' | 'act'
  ceiling: number
  playbooks: readonly Playbook[]
  /** Done with each checkpoint. */
  also?: () => Promise<void>
}

type Clocked = Pick<Host, 'timing'> & { signal: AbortSignal }

async function guardFeeds(
  { timing, signal }: Clocked,
  feeding: Feeding,
  listener: WatchListener,
): Promise<WatchOutcome> {
  const { feeds, judge, reactor, folder, kept, mode, ceiling, playbooks, also } = feeding
  const last = lastWords({ timing, signal })
  try {
    const guard = await Guard.open(
      {
        ...{ folder, judge, reactor, mode, ceiling, timing },
        note: note => listener.note(note),
        notify: note => listener.notify(note, last.signal),
        triggers: actingTriggers(playbooks, mode),
        ...(also ? { also } : {}),
      },
      kept,
    )
    listener.reading(guard)
    await guard.run(feeds, signal)
    return { stats: guard.stats, waiting: guard.waiting, setAside: join(folder.path, 'set-aside.ndjson') }
  } finally {
    last.release()
  }
}

/** An AbortSignal that aborts so long after the watch was stopped; `release` keeps it from doing so. */
function lastWords({ timing, signal }: Clocked): { signal: AbortSignal; release(): void } {
  const last = new AbortController()
  const released = new AbortController()
  const stopped = () =>
    void timing.sleep(LAST_WORDS, released.signal).then(() => {
      if (!released.signal.aborted) last.abort()
    })
  if (signal.aborted) stopped()
  else signal.addEventListener('abort', stopped, { once: true })
  return {
    signal: last.signal,
    release() {
      signal.removeEventListener('abort', stopped)
      released.abort()
    },
  }
}

/** Every flag has to concern one of the playbooks; the tenant may be that of the records alone. */
function checkWatchScope({ tenant: _, ...flags }: WatchRequest, playbooks: readonly Playbook[]): void {
  const scopes = playbooks.map(({ scope }) => scope)
  checkScopeFlags(flags, {
    name: playbooks.map(({ name }) => name).join(', '),
    clouds: [...new Set(scopes.flatMap(scope => Object.keys(scope)))],
  })
  for (const scope of scopes) mergeScope(scope, flags)
}

/** While it learns nothing fires. */
const NOBODY: Reactor = {
  newRun: never,
  begun: never,
  contain: never,
  resume: never,
  propose: never,
}

function never(): Promise<never> {
  return Promise.reject(new Fault('bug', 'nothing is contained while learning'))
}
