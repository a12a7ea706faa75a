import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Feed, type FeedBatch, Guard, type GuardOptions } from '../../src/guard/guard.ts'
import type { Judge, Note, Reacted, ReactionNote, Reactor, SourceNote } from '../../src/guard/ports.ts'
import { type Kept, keptOf } from '../../src/guard/saved-state.ts'
import { openSeals } from '../../src/journal/seals.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Firing } from '../../src/model/firing.ts'
import type { Json } from '../../src/model/json.ts'
import type { Signal } from '../../src/model/signal.ts'
import { REAL } from '../../src/model/timing.ts'
import type { SealedFolder } from '../../src/store/sealed-folder.ts'
import { Evaluator, type WatchedPlaybook } from '../../src/watch/index.ts'

/** A folder for a watch, in a state folder of its own. */
export const folder = async () => join(await mkdtemp(join(tmpdir(), 'interdict-guard-')), 'state', 'watch')

/** The same folder as a watch opens it. */
export async function sealedFolder(where: string): Promise<SealedFolder> {
  const state = dirname(where)
  return await openSeals({ state, config: join(dirname(state), 'config') }).folder('watch')
}

/** A record of a test: who did it, when (seconds), and its id. */
export interface Told {
  id: string
  who: string
  at: number
  bad?: true
}

export const told = (id: string, who = 'a', at = 0): Told => ({ id, who, at })

export function signalOf({ id, who, at }: Told): Signal {
  return {
    id,
    time: new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString(),
    cloud: 'aws',
    account: '111122223333',
    identity: { id: `aws:111122223333:user/${who}`, name: who },
    action: 's3:ListBuckets',
    outcome: 'denied',
    format: 'test',
    details: {},
  }
}

export const PLAYBOOK: WatchedPlaybook = {
  name: 'test',
  inputs: { user: { type: 'string', description: 'who', required: true } },
  triggers: [
    {
      name: 'refused',
      mode: 'act',
      when: 'event.outcome == "denied"',
      correlate: { type: 'event_count', groupBy: ['identity.id'], timespan: 600, condition: { gte: 3 } },
      inputs: { user: 'event.identity.name' },
      cooldown: 3600,
    },
  ],
}

/** The real evaluator over records of tests. */
export function judge({ judge, changes }: Pick<Kept, 'judge' | 'changes'>): Judge {
  const evaluator = new Evaluator([PLAYBOOK])
  if (judge !== undefined) evaluator.load(judge, changes)
  return {
    async read(record) {
      const given = record as Told
      return given.bad
        ? { signals: [], poison: { reason: 'bad', excerpt: 'x'.repeat(5000) } }
        : { signals: [signalOf(given)] }
    },
    observe: (signal, now) => evaluator.observe(signal, now),
    save: () => evaluator.save({ record: true }) as unknown as Json,
    changes: () => evaluator.changes(),
  }
}

/** Runs in memory: what a cloud would have seen of us. */
export class Runs implements Reactor {
  readonly contained: { run: string; user: Json | undefined; events: string[] }[] = []
  readonly proposed: string[] = []
  readonly resumed: string[] = []
  readonly #runs = new Map<string, { run: string; finished: boolean }>()
  /** The first act of each attempt. */
  before: () => Promise<void> = async () => undefined
  /** How each run ends. */
  ends: Reacted['status'] = 'complete'
  takenOver = false
  #next = 0

  async newRun(): Promise<string> {
    return `run${++this.#next}`
  }

  async begun(key: string): Promise<{ run: string; finished: boolean } | undefined> {
    return this.#runs.get(key)
  }

  async contain(
    fired: Firing,
    cause: { events: string[] },
    run: string,
    begun: () => void,
  ): Promise<Reacted> {
    await this.before()
    this.#runs.set(fired.id, { run, finished: false })
    begun()
    this.contained.push({ run, user: fired.inputs['user'], events: cause.events })
    this.#runs.set(fired.id, { run, finished: this.ends === 'complete' })
    return this.#reacted(run)
  }

  async resume(run: string, begun: () => void): Promise<Reacted> {
    begun()
    this.resumed.push(run)
    return this.#reacted(run)
  }

  #reacted(run: string): Reacted {
    const more = this.takenOver ? { takenOver: true as const } : {}
    return { run, status: this.ends, changes: 1, identities: [], ...more }
  }

  async propose(fired: Firing, _: unknown, run: string): Promise<Reacted> {
    await this.before()
    this.proposed.push(String(fired.inputs['user']))
    return { run, status: 'proposed', changes: 1, identities: [], plan: `${run}.json` }
  }
}

/** A queue that gives a message again until it is acknowledged, as often as it is opened. */
export class Script implements Feed {
  readonly name = 'script'
  readonly left: Map<string, Told>
  readonly #size: number
  acked = 0

  constructor(of: readonly Told[], size = 2) {
    this.left = new Map(of.map((each, index) => [`${index}`, each]))
    this.#size = size
  }

  async *batches(): AsyncGenerator<FeedBatch> {
    const all = [...this.left]
    for (let at = 0; at < all.length; at += this.#size) {
      const part = all.slice(at, at + this.#size)
      yield {
        records: part.map(([where, record]) => ({ record, where })),
        ack: async () => {
          for (const [where] of part) this.left.delete(where)
          this.acked += part.length
        },
      }
    }
  }
}

/** A source in which nothing happens until the watch is stopped. */
export function endless(signal: AbortSignal): Feed {
  return {
    name: 'endless',
    async *batches() {
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
    },
  }
}

export async function watched(
  where: string,
  feeds: readonly Feed[],
  reactor: Reactor,
  more: Partial<GuardOptions> & { signal?: AbortSignal; opened?: (guard: Guard) => void } = {},
): Promise<{ guard: Guard; notes: Note[]; sent: ReactionNote[]; loud: SourceNote[] }> {
  const notes: Note[] = []
  const sent: ReactionNote[] = []
  const loud: SourceNote[] = []
  const sealed = await sealedFolder(where)
  const kept = await keptOf(sealed)
  const options: GuardOptions = {
    folder: sealed,
    judge: judge(kept),
    reactor,
    note: note => notes.push(note),
    notify: async note => {
      if (note.event === 'unreadable') loud.push(note)
      else sent.push(note)
    },
    mode: 'act',
    ceiling: 10,
    triggers: 1,
    timing: REAL,
    every: 20,
    ...more,
  }
  const guard = await Guard.open(options, kept)
  more.opened?.(guard)
  await guard.run(feeds, more.signal ?? new AbortController().signal)
  return { guard, notes, sent, loud }
}

export const down = () => Promise.reject(new Fault('unavailable', 'the cloud does not answer'))
