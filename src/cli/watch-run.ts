import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { clouds } from '../clouds/index.ts'
import type { GuardNews } from '../engine/index.ts'
import { type Feed, Guard } from '../guard/guard.ts'
import type { Judge, Reactor } from '../guard/ports.ts'
import { type Kept, keptOf } from '../guard/saved-state.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { openNotifiers } from '../notify/index.ts'
import type { Provenance } from '../signals/index.ts'
import { openSource, type Source } from '../sources/index.ts'
import { actorOf } from '../store/actor.ts'
import { takeLock } from '../store/lock.ts'
import type { SealedFolder } from '../store/sealed-folder.ts'
import { catalogOf, providersOf } from '../toolkit/clouds.ts'
import { storeOf } from '../toolkit/folders.ts'
import { openLab } from '../toolkit/lab.ts'
import { closeAll } from '../toolkit/open-run.ts'
import { checkScopeFlags, mergeScope } from '../toolkit/scope.ts'
import type { ScopeFlags } from '../toolkit/scope-settings.ts'
import { watchFiles } from '../toolkit/watch/files.ts'
import { sealCheck } from '../toolkit/watch/gate-seal.ts'
import {
  BASELINE,
  baselineOf,
  judgeOf,
  learnerOf,
  readingOf,
  watchedPlaybooks,
} from '../toolkit/watch/judge.ts'
import { OwnAccounts } from '../toolkit/watch/own-accounts.ts'
import { reactorOf } from '../toolkit/watch/reactor.ts'
import { formattedSource } from '../toolkit/watch/source-formats.ts'
import { warmUp } from '../toolkit/watch/warm-up.ts'
import { count } from '../ui/text.ts'
import { Baseline } from '../watch/index.ts'
import { answer } from './ask.ts'
import { guardMessage } from './guard-notes.ts'
import { plainHost } from './host.ts'
import type { RunFlags } from './run-flags.ts'
import { exitWith, tell } from './terminal.ts'
import { notifyAll, WatchView } from './watch-notes.ts'
import { actingTriggers, startedOf } from './watch-start.ts'

export interface WatchRequest extends RunFlags, ScopeFlags {
  playbooks: readonly string[]
  source: readonly string[]
  follow: boolean
  once: boolean
  learn: boolean
  mode: 'propose' | 'act'
  /** Seconds for which each run is guarded afterwards. */
  guard?: number | undefined
  ceiling: number
  /** Seconds that a record may be old for a trigger to act. */
  'max-age': number
  notify: readonly string[]
  mapping?: string | undefined
  tokens?: string | undefined
  tool: string
}

/** Milliseconds for which a watch waits, before it reads, until the clouds have let it in. */
const PATIENCE = 30_000
/** How long notifications at the very end may take, in milliseconds. */
const LAST_WORDS = 10_000

/** Watches until a signal stops it, or until the sources are drained. */
export async function watch(request: WatchRequest): Promise<void> {
  const host = plainHost(request, request.tool)
  host.answer = question => answer(question, false)
  const { folders } = host
  const folder = join(folders.state, 'watch')
  const view = new WatchView(request.json === true)
  const notifiers = openNotifiers(request.notify, process.env)
  const providers = await providersOf()
  const playbooks = await watchedPlaybooks(request.playbooks, catalogOf(providers))
  checkWatchScope(request, [...playbooks.values()])
  const queues = clouds.flatMap(({ queues = [] }) => queues)
  const reading = { ...(await readingOf(clouds, request)), isSealed: sealCheck(folders.config) }
  const stopping = stopSignals()
  const closers: (() => Promise<void>)[] = [async () => stopping.release()]
  try {
    const { signal } = stopping
    const lock = await takeLock(
      join(folder, 'lock'),
      { what: 'the state folder', operation: 'watch', user: actorOf().user },
      { signal, waitMs: (request.wait ?? 0) * 1000 },
    )
    closers.push(() => lock.release())
    const store = await storeOf(folders)
    const files = await watchFiles(host, store, request['trust-state'] === true)
    // A source that is only learned from is not watched.
    const kept = request.learn ? { judge: undefined, positions: {} } : await keptOf(files.watch)
    const sources: Source[] = []
    const judged = { provenance: new Map<string, Provenance>(), maxAge: request['max-age'] * 1000 }
    closers.push(async () => {
      await Promise.allSettled(sources.map(each => each.close()))
    })
    for (const given of new Set(request.source)) {
      const { source: named, from } = formattedSource(given, {
        reader: reading.reader,
        mappings: (reading.mappings ?? []).map(({ name }) => name),
        tokens: reading.tokens !== undefined,
        state: folders.state,
      })
      const { once, follow } = request
      const { positions } = kept
      const opening = { once, follow, tell, positions, input: process.stdin, environment: process.env }
      const source = await openSource(named, { ...opening, queues })
      sources.push(source)
      if (judged.provenance.has(source.name)) {
        throw new Fault('usage', `${source.name} is given twice`, {
          where: '--source',
          next: 'name all of its formats in one, as in --source aws,ocsf@…',
        })
      }
      judged.provenance.set(source.name, from)
    }
    if (request.learn) {
      const learned = (await baselineOf(files.watch)) ?? new Baseline()
      const judge = learnerOf(reading, learned, judged)
      const file = files.watch.file(BASELINE)
      await run(sources, judge, NOBODY, files.learning, kept, () => file.write(learned.save()))
      return
    }
    const lab = request.lab ? await openLab(folders.state) : undefined
    if (lab) closers.push(() => lab.close())
    const last = new AbortController()
    const own = new OwnAccounts()
    const acting = {
      ...host,
      own,
      store,
      playbooks,
      providers,
      lab,
      scopeFlags: request,
      guard: request.guard,
      once: request.once,
      news: (run: string, news: GuardNews) => {
        view.guard(run, news)
        for (const notifier of notifiers) {
          const message = guardMessage(run, news)
          void notifier
            .send(message, last.signal)
            .catch((error: unknown) => tell(`interdict: ${toFault(error).message}`))
        }
      },
    }
    const reactor = await reactorOf(acting)
    closers.push(() => reactor.endGuards())
    const warmed = warmUp(acting, signal)
    closers.push(async () => await warmed)
    // Whose records count is known once the clouds let us in; one that does not answer keeps nobody waiting for long.
    const patience = new AbortController()
    await Promise.race([
      warmed,
      pause(PATIENCE, undefined, { signal: AbortSignal.any([signal, patience.signal]) }).catch(
        () => undefined,
      ),
    ])
    patience.abort()
    const baseline = await baselineOf(files.watch)
    const judge = judgeOf(
      [...playbooks.values()],
      { ...reading, isOurs: (cloud, account) => own.isOurs(cloud, account) },
      baseline,
      kept.judge,
      judged,
    )
    view.started(
      startedOf({
        ...request,
        playbooks: [...playbooks.values()],
        named: request.playbooks,
        sources: [...new Set(request.source)].map((given, at) => {
          const { name = '' } = sources[at] ?? {}
          return { given, name, formats: [...(judged.provenance.get(name)?.formats ?? [])] }
        }),
        notify: notifiers.map(({ name }) => name),
        learned: baseline?.size ?? 0,
      }),
    )
    await run(sources, judge, reactor, files.watch, kept)
  } finally {
    view.end()
    await closeAll(closers)
  }

  async function run(
    feeds: readonly Feed[],
    judge: Judge,
    reactor: Reactor,
    where: SealedFolder,
    kept: Kept,
    learned?: () => Promise<void>,
  ): Promise<void> {
    const { signal } = stopping
    const last = new AbortController()
    signal.addEventListener('abort', () => setTimeout(() => last.abort(), LAST_WORDS).unref(), { once: true })
    const guard = await Guard.open(
      {
        folder: where,
        judge,
        reactor,
        note: note => view.note(note),
        notify: note =>
          notifyAll(notifiers, note, last.signal, by => view.note({ event: 'notified', id: note.id, by })),
        mode: request.mode,
        ceiling: request.ceiling,
        triggers: actingTriggers([...playbooks.values()], request.mode),
        now: Date.now,
        ...(learned ? { also: learned } : {}),
      },
      kept,
    )
    view.begin(guard)
    await guard.run(feeds, signal)
    view.end()
    const { records, signals, setAside, fired, foreign } = guard.stats
    if (!request.json) {
      const aside = setAside > 0 ? `, ${setAside} set aside in ${join(where.path, 'set-aside.ndjson')}` : ''
      const open = guard.waiting > 0 ? `, ${guard.waiting} still open: the next watch resumes them` : ''
      const others = foreign > 0 ? `, ${foreign} of accounts that are not ours` : ''
      tell(`${count(records, 'record')}, ${count(signals, 'event')}, ${fired} fired${aside}${others}${open}`)
    }
    if (guard.waiting > 0 || guard.stats.unread > 0)
      exitWith(guard.waiting > 0 && signal.aborted ? 'interrupted' : 'incomplete')
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

/**
 * The first Ctrl-C, SIGTERM or lost terminal finishes what is in hand; a second Ctrl-C or SIGTERM ends the program at once: what
 * is left is done next time.
 */
function stopSignals(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
    tell('interdict: finishing what is in hand; Ctrl-C again stops at once')
  }
  const hangUp = () => controller.abort()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('SIGHUP', hangUp)
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
      process.off('SIGHUP', hangUp)
    },
  }
}
