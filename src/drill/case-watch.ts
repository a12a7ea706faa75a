import { Guard } from '../guard/guard.ts'
import { openSeals } from '../journal/seals.ts'
import type { Store } from '../journal/store.ts'
import type { Lab } from '../lab/index.ts'
import type { Actor, Body } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Provider } from '../model/provider.ts'
import type { Timing } from '../model/timing.ts'
import type { RecordReader } from '../signals/index.ts'
import { fileSource } from '../sources/files/file.ts'
import { actorOf } from '../store/actor.ts'
import { judgeOf } from '../toolkit/watch/judge.ts'
import { reactorOf } from '../toolkit/watch/reactor.ts'
import type { Baseline } from '../watch/index.ts'
import { openedLab } from './lab-world.ts'

export interface WatchRequest {
  folders: { state: string; config: string }
  /** The file that is followed. */
  source: string
  playbook: Playbook
  baseline: Baseline
  reader: RecordReader
  providers: ReadonlyMap<string, Provider>
  lab: Lab
  store: Store
  tool: string
  timing: Timing
}

/** The outcome of a firing. Times are milliseconds of the timing's clock. */
export interface Contained {
  run: string
  trigger: string
  why: string
  /** When the run was on disk with its plan, when the cloud had taken its first change, and when the run had ended. */
  atPlan: number
  atFirstCut: number
  atEnd: number
}

export interface RunningWatch {
  /** Resolves with the first run that began by itself. Rejects with the error that kept the watch from it. */
  contained: Promise<Contained>
  /** Resolves once the clouds enforce what was contained. */
  guarded(): Promise<void>
  stop(): Promise<void>
}

export const ACTOR: Actor = actorOf()

/** The watch of `interdict watch --mode act`, in this process: its source, its judge and its reactions. */
export async function watchFile(request: WatchRequest): Promise<RunningWatch> {
  const { folders, source, playbook, baseline, reader, lab, providers, tool, timing } = request
  const abort = new AbortController()
  const { promise: contained, resolve, reject } = Promise.withResolvers<Contained>()
  const seen: { [type: string]: number } = {}
  const reactor = await reactorOf({
    folders,
    store: watched(request.store, type => {
      seen[type] ??= timing.now()
    }),
    playbooks: new Map([[playbook.name, playbook]]),
    providers,
    lab: openedLab(lab),
    tool,
    timing,
    actor: ACTOR,
    warn: () => undefined,
    news: () => undefined,
  })
  const guard = await Guard.open(
    {
      folder: await openSeals(folders).folder('watch'),
      judge: judgeOf([playbook], { reader }, baseline, undefined),
      reactor,
      note(note) {
        if ((note.event === 'contained' || note.event === 'incomplete') && note.run !== undefined) {
          const { run, trigger, why } = note
          const [atEnd, { 'run.started': atPlan = 0, 'change.written': atFirstCut = 0 }] = [
            timing.now(),
            seen,
          ]
          resolve({ run, trigger, why, atPlan, atFirstCut, atEnd })
        } else if (note.event !== 'fired' && note.event !== 'proposed') reject(problemOf(note))
      },
      notify: async () => undefined,
      mode: 'act',
      ceiling: 10,
      triggers: 1,
      timing,
    },
    { judge: undefined, positions: {} },
  )
  const feed = fileSource(source, { once: false, follow: true, tell: () => undefined, timing })
  const running = guard.run([feed], abort.signal).catch(reject)
  // A caller that waits gets the error; a watch that is stopped before anybody waits is no failure.
  contained.catch(() => undefined)
  return {
    contained,
    guarded: () => reactor.guarded(),
    async stop() {
      abort.abort()
      await running
      await reactor.endGuards()
    },
  }
}

function problemOf(note: { event: string; message?: string; reason?: string; because?: string }): Fault {
  return new Fault(
    'bug',
    `the watch did not act: ${note.message ?? note.reason ?? note.because ?? note.event}`,
  )
}

/** Tells what is put on disk, as it is. */
function watched(store: Store, heard: (type: Body['type']) => void): Store {
  return {
    list: () => store.list(),
    runs: () => store.runs(),
    loose: () => store.loose(),
    tighten: () => store.tighten(),
    strange: () => store.strange(),
    trust: () => store.trust(),
    read: run => store.read(run),
    append: (run, now) => store.append(run, now),
    lock: (operation, options) => store.lock(operation, options),
    async create(run, now) {
      const journal = await store.create(run, now)
      const append = journal.append.bind(journal)
      journal.append = async body => {
        const entry = await append(body)
        heard(body.type)
        return entry
      }
      return journal
    },
  }
}

/** A Ctrl-C: the work under way was in a lab of this process. */
export function gone(): Fault {
  return new Fault('interrupted', 'interrupted; the lab is gone, and nothing else was touched')
}

/** Returns the contained run; Fault `refused` when none began in so many milliseconds, `interrupted` on a Ctrl-C. */
export async function within(
  contained: Promise<Contained>,
  patience: number,
  timing: Timing,
  signal: AbortSignal | undefined,
): Promise<Contained> {
  const done = new AbortController()
  const given = signal ? AbortSignal.any([signal, done.signal]) : done.signal
  const late = timing.sleep(patience, given).then(() => {
    if (given.aborted) throw gone()
    throw new Fault('refused', `no trigger fired within ${patience / 1000} s`, {
      next: 'interdict playbook test shows on which records the triggers of a playbook fire',
    })
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([contained, late])
  } finally {
    done.abort()
  }
}
