import type { Cloud } from '../clouds/index.ts'
import type { Actor, Entry } from '../model/entry.ts'
import type { Listener } from '../model/event.ts'
import type { HouseRules } from '../model/house.ts'
import type { Plan } from '../model/plan.ts'
import type { RunState } from '../model/run/state.ts'
import { REAL, type Timing } from '../model/timing.ts'
import { actorOf } from '../store/actor.ts'
import { nameClouds } from './cloud-title.ts'
import type { OpenLab } from './open-lab.ts'
import type { PreviewedRestore, PreviewedRotation } from './preview.ts'
import type { Answer, Question } from './question.ts'

/** Where runs and keys are kept. */
export interface Folders {
  state: string
  /** Keys and heads; apart from the state, so that a user who can write the state cannot forge it. */
  config: string
}

/** Environment variables: what clouds read to find credentials. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * An event on the way to a result, for a host that shows it. The result says all of it again, except `changing`,
 * `recorded` and `lab-clock`.
 */
export type Notice =
  /** A plan is made; nothing is changed yet. */
  | { type: 'planned'; plan: Plan }
  /** The restore that is about to be carried out. */
  | ({ type: 'restore-planned' } & PreviewedRestore)
  /** The rotation that is about to be carried out. `blocked`: it is refused. */
  | ({ type: 'rotation-planned'; blocked: boolean } & PreviewedRotation)
  /** From here on things are changed; with the run so far where an earlier run is resumed. */
  | { type: 'changing'; begun?: { state: RunState; entries: readonly Entry[] } }
  /** The journal of this run has an entry: after a fault, it can be resumed. */
  | { type: 'recorded'; run: string }
  /** The lab's clock was moved ahead by so many seconds, past the time at which old sessions expire. */
  | { type: 'lab-clock'; seconds: number }

/** The parts that a program hands to the toolkit: everything that the toolkit reads, asks and reports to. */
export interface Host {
  folders: Folders
  /** Act on the lab of the state folder in place of the clouds. */
  lab: boolean
  /** A lab that is open, in place of that of the state folder; the host closes it. */
  labIn?: OpenLab
  /** The clouds that there are; a cloud's code is loaded when it is used. */
  clouds: readonly Cloud[]
  environment: Environment
  timing: Timing
  /** Who acts, for journals. */
  actor: Actor
  /** Name and version of the program, for journals. */
  tool: string
  /** Protections, ceilings and defaults that count for every playbook; none when absent. */
  house?: HouseRules
  /** Aborted to stop: before the first change at once, after it when the change in hand is finished. */
  signal?: AbortSignal
  /** Takes journal entries that are on disk, and progress. */
  listen: Listener
  /** Answers a question; `undefined` takes the question's safe default. May reject, which ends the work. */
  answer(question: Question): Promise<Answer | undefined>
  /** Takes a sentence that a person should read, which is no result. */
  warn(text: string): void
  /** Takes what happens on the way; the work waits for it. */
  notice(notice: Notice): Promise<void>
  /** Does work that may take long; `what` names it. */
  during<Result>(what: string, work: () => Promise<Result>): Promise<Result>
}

/** The options of `Toolkit.open`. */
export interface ToolkitOptions {
  /** Folders of the runs and of the keys; made when something is written. */
  folders: Folders
  /** `lab`: the rehearsal lab of the state folder. Default: `live`, which is also an endpoint that the environment names. */
  target?: 'live' | 'lab'
  /** In place of the clouds that interdict knows. */
  clouds?: readonly Cloud[]
  /** The variables that say how to sign in. Default: none. */
  environment?: Environment
  /** Clock, waiting and chance. Default: the machine's. */
  timing?: Timing
  /** Who acts, for journals. Default: the user of this process. */
  actor?: Actor
  /** Name and version of the program, for journals. Default: `toolkit`. */
  tool?: string
  /** Protections, ceilings and defaults that count for every playbook; none when absent. */
  house?: HouseRules
  /** Aborted to stop: before the first change at once, after it when the change in hand is finished. */
  signal?: AbortSignal
  /** Takes journal entries that are on disk, and progress. */
  listen?: Listener
  /** Answers questions; without it each question has its safe default. */
  answer?: (question: Question) => Answer | undefined | Promise<Answer | undefined>
  /** Takes sentences that a person should read. */
  warn?: (text: string) => void
  /** Takes what happens on the way to a result. */
  notice?: (notice: Notice) => void | Promise<void>
}

/** Fills in the defaults. */
export async function hostOf(options: ToolkitOptions): Promise<Host> {
  const clouds = options.clouds ?? (await import('../clouds/index.ts')).clouds
  nameClouds(clouds)
  const { folders, signal, target, house, tool = 'toolkit', listen, warn, notice, answer } = options
  return {
    folders,
    lab: target === 'lab',
    clouds,
    environment: options.environment ?? {},
    timing: options.timing ?? REAL,
    actor: options.actor ?? actorOf(),
    tool,
    ...(house ? { house } : {}),
    ...(signal ? { signal } : {}),
    listen: listen ?? (() => undefined),
    answer: async question => await answer?.(question),
    warn: warn ?? (() => undefined),
    notice: async each => await notice?.(each),
    during: direct,
  }
}

/** Does work at once: the `during` of a host that shows nothing. */
export const direct: Host['during'] = (_, work) => work()
