import { EventsAtHand } from '../../guard/events-at-hand.ts'
import type { Reacted } from '../../guard/ports.ts'
import type { Firing } from '../../model/firing.ts'
import type { Json } from '../../model/json.ts'
import { catalogOf, providersOf } from '../clouds.ts'
import { storeOf } from '../folders.ts'
import type { Host } from '../host.ts'
import { labOf } from '../lab.ts'
import { closeAll } from '../open-run.ts'
import type { ScopeFlags } from '../scope-settings.ts'
import { sealCheck } from './gate-seal.ts'
import { judgeOf, learnedIn, readingOf, watchedPlaybooks } from './judge.ts'
import { reactorOf } from './reactor.ts'
import type { Reading } from './reading.ts'
import { type Delivery, usualProvenance } from './source-formats.ts'

/** How to react to a record. */
export interface ReactRequest extends Reading, ScopeFlags {
  /** Files, or names of shipped playbooks; all shipped ones with triggers when missing. */
  playbooks?: readonly string[]
  /**
   * The most that a trigger may do by itself; `propose` when missing. With `act` each firing may be a run: there is no ceiling
   * over several calls.
   */
  mode?: 'propose' | 'act'
  /** How the record came, which says in which envelopes it counts; `given` by hand when missing. */
  via?: Delivery
  /** Seconds that a record may be old for a trigger to act; a day when missing. */
  maxAge?: number
  /** The memory that an earlier call returned: counts and groups of events. */
  memory?: Json
  /** Wait until the clouds enforce what was contained; else the run may end as `settling`. */
  wait?: boolean
}

/** A firing, and the run or the proposal that it led to. */
export interface Reaction {
  firing: Firing
  reacted: Reacted
}

/** The end of a reaction to one record. */
export interface Reactions {
  reactions: Reaction[]
  /** The part of the record that could not be understood. */
  setAside?: string
  /** Triggers that could not be evaluated. */
  problems: { trigger: string; message: string }[]
  /** For the next call, if it is to count this record's events too. */
  memory: Json
}

/** Seconds of a day. */
const DAY = 86_400

/**
 * Reads a record, evaluates the triggers of playbooks on its events, and contains or proposes what they mean. A firing that has a
 * run already is resumed, so that a record which is delivered twice is contained once. Faults: `usage`, `invalid-playbook`,
 * and those of a containment.
 */
export async function reactTo(host: Host, record: unknown, request: ReactRequest = {}): Promise<Reactions> {
  const { via = 'given', maxAge = DAY, mode = 'propose', wait = false } = request
  const { folders, timing } = host
  const providers = await providersOf(undefined, host.clouds)
  const playbooks = await watchedPlaybooks(request.playbooks ?? [], catalogOf(providers), host)
  const reading = { ...(await readingOf(host.clouds, request)), isSealed: sealCheck(folders.config) }
  const { mappings = [], tokens, reader } = reading
  const context = { reader, mappings: mappings.map(({ name }) => name), tokens: tokens !== undefined }
  const sources = {
    provenance: new Map([[via, usualProvenance(via, context)]]),
    maxAge: maxAge * 1000,
    timing,
  }
  const all = [...playbooks.values()]
  const memory = request.memory === undefined ? undefined : { judge: request.memory }
  const judge = judgeOf(all, reading, await learnedIn(folders), memory, sources)
  const { signals, poison } = await judge.read(record, { source: via, sent: timing.date() })
  const events = new EventsAtHand()
  const firings: Firing[] = []
  const problems: Reactions['problems'] = []
  for (const signal of signals) {
    events.add(signal)
    const verdict = judge.observe(signal, timing.date())
    firings.push(...verdict.firings)
    problems.push(...verdict.problems)
  }
  const reactions = firings.length === 0 ? [] : await reacted(firings)
  return {
    reactions,
    ...(poison === undefined ? {} : { setAside: poison.reason }),
    problems,
    memory: judge.save(),
  }

  async function reacted(those: readonly Firing[]): Promise<Reaction[]> {
    const closers: (() => Promise<void>)[] = []
    try {
      const lab = await labOf(host)
      if (lab) closers.push(() => lab.close())
      const store = await storeOf(folders)
      const acting = { ...host, store, playbooks, providers, lab, scopeFlags: request, once: wait }
      const reactor = await reactorOf({ ...acting, news: () => undefined })
      closers.push(() => reactor.endGuards())
      const found: Reaction[] = []
      for (const firing of those) {
        const begun = await reactor.begun(firing.id, undefined)
        const acts = mode === 'act' && firing.mode === 'act' && firing.doubt === undefined
        const cause = events.causeOf(firing)
        const done = begun
          ? reactor.resume(begun.run, () => undefined)
          : acts
            ? reactor.contain(firing, cause, await reactor.newRun(), () => undefined)
            : reactor.propose(firing, cause, await reactor.newRun())
        found.push({ firing, reacted: await done })
      }
      return found
    } finally {
      await closeAll(closers)
    }
  }
}
