import { makePlan, type World } from '../../src/engine/index.ts'
import type { Lab, RecordedExchange } from '../../src/lab/index.ts'
import type { Entry, RestoreOptions } from '../../src/model/entry.ts'
import type { Event } from '../../src/model/event.ts'
import { entryOf, type Facet } from '../../src/model/facet.ts'
import type { Json } from '../../src/model/json.ts'
import { same } from '../../src/model/json.ts'
import type { Plan } from '../../src/model/plan.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Provider } from '../../src/model/provider.ts'
import type { ChangeState, RunState } from '../../src/model/run/state.ts'
import { REAL } from '../../src/model/timing.ts'
import { type Case, type Opened, openCase, signIn } from '../cases/case.ts'
import { Town } from '../engine/town.ts'

export const RUN = 'aaaa'

export function playbookFrom(source: string, { cloud, kinds, interruptions }: Provider): Playbook {
  return parsePlaybook(source, 'test.yaml', { clouds: [cloud], kinds, interruptions })
}

/** The part of an incident that is made once for several. See `Beginning`. */
export interface Begun {
  /** Names the lab in the journals, whichever lab an incident has. */
  readonly at: string
  /** The snapshot that a restore has to give back. */
  readonly seed: Json
  /** JSON of the lab's estate. */
  readonly estate: string
  readonly plan: Plan
  /** A state folder to copy; undefined: an empty one. */
  readonly folder: string | undefined
  /** The settings that a change looks after, as they are in the seed. */
  original(change: ChangeState): Promise<Facet>
}

/** A lab, a state folder, and what the commands do between them, without the command line. */
export class Incident<C extends Case = Case> {
  readonly case: C
  readonly lab: Lab
  readonly town: Town
  readonly playbook: Playbook
  readonly seed: Json
  #opened: Opened
  readonly #began: Begun | undefined
  /** Called with every event: a test can act at one exact moment of a run. An error that it throws ends the run there. */
  listen: (event: Event) => void = () => undefined

  constructor(given: C, opened: Opened, town: Town, began?: Begun) {
    this.case = given
    this.lab = opened.lab
    this.town = town
    this.playbook = playbookFrom(given.playbook, given.provider)
    this.#opened = opened
    this.#began = began
    this.seed = began?.seed ?? this.snapshot()
  }

  static async open<C extends Case>(
    given: C,
    {
      town,
      record,
      callTimeout,
      began,
    }: {
      town?: Town
      record?: (exchange: RecordedExchange) => void
      callTimeout?: number
      /** The part that was made before, of the same case. */
      began?: Begun
    } = {},
  ): Promise<Incident<C>> {
    const opened = await openCase(given, { record, callTimeout, estate: began?.estate })
    return new Incident(given, opened, town ?? (await Town.open(began?.folder)), began)
  }

  /** Signs in anew, as the next command does. */
  async signInAgain(): Promise<void> {
    const { provider, scope } = this.case
    const sessions = await signIn(provider, scope, this.lab)
    for (const session of this.#opened.sessions) await session.close()
    this.#opened = { ...this.#opened, sessions }
  }

  async close(): Promise<void> {
    for (const session of this.#opened.sessions) await session.close()
    await this.lab.close()
    await this.town.close()
  }

  snapshot(): Json {
    return this.#opened.snapshot()
  }

  world(more: Partial<World> = {}): World {
    const { provider } = this.case
    return {
      timing: REAL,
      providers: new Map([[provider.cloud, provider]]),
      sessions: this.#opened.sessions,
      unreached: [],
      target: { kind: 'lab', at: this.#began?.at ?? this.lab.id },
      clock: () => this.lab.clock.now(),
      listen: event => this.listen(event),
      patience: 2000,
      ...more,
    }
  }

  /** The plan of the run: made before, where the incident has a beginning. */
  async plan(): Promise<Plan> {
    if (this.#began) return this.#began.plan
    const holds = await this.town.holds()
    return await makePlan(this.world(), { run: RUN, playbook: this.playbook, inputs: {}, holds })
  }

  async contain(): Promise<RunState> {
    return await this.town.carryOut(this.world(), await this.plan())
  }

  resume(run = RUN): Promise<RunState> {
    return this.town.resume(this.world(), run, this.playbook)
  }

  restore(options: Partial<RestoreOptions> = {}, run = RUN): Promise<RunState> {
    return this.town.restore(this.world(), run, options)
  }

  /** The first time that such an entry is on disk. */
  once(type: Entry['type'], act: () => void): void {
    this.listen = event => {
      if (event.type !== 'entry' || event.entry.type !== type) return
      this.listen = () => undefined
      act()
    }
  }

  contained(): boolean {
    return this.case.contained()
  }

  /** Differences from the seed in the cloud that the journal cannot restore. Has to be empty at any time. */
  async unowed(run = RUN): Promise<string[]> {
    const { state } = await this.town.store.read(run)
    if (this.#began) return await this.#unowedOf(state, change => this.#began?.original(change))
    const twin = await openCase(this.case.fresh())
    try {
      return await this.#unowedOf(state, change => facetOf(this.case, twin, change))
    } finally {
      for (const session of twin.sessions) await session.close()
      await twin.lab.close()
    }
  }

  async #unowedOf(
    state: RunState,
    originalOf: (change: ChangeState) => Promise<Facet> | undefined,
  ): Promise<string[]> {
    const wrong: string[] = []
    // Two interruptions of one identity may look after the same setting; either may hold it.
    const all = [...state.changes.values()]
    for (const change of all) {
      const before = await originalOf(change)
      const now = await facetOf(this.case, this.#opened, change)
      for (const entry of Object.keys({ ...before, ...now })) {
        const [original, live] = [entryOf(before ?? {}, entry), entryOf(now, entry)]
        const owed = all
          .filter(({ identity }) => identity.id === change.identity.id)
          .flatMap(({ held }) => held)
          .find(each => each.entry === entry)
        if (same(live, original) || (owed && same(owed.before, original))) continue
        wrong.push(`${change.key} ${entry}`)
      }
    }
    return wrong
  }
}

/** The settings of an interruption, as they are in a lab. */
export async function facetOf(
  { provider }: Case,
  { sessions, lab }: Opened,
  { key, planned, identity }: ChangeState,
): Promise<Facet> {
  const interruption = provider.interruptions.find(({ id }) => id === planned.interruption)
  const session = sessions.find(({ account }) => account === identity.account)
  if (!interruption || !session) throw new Error(`nobody knows ${key}`)
  const now = lab.clock.now()
  const context = { run: RUN, now, identity, params: planned.params, exhausted: [] }
  return (await interruption.read(session.client, context))?.facet ?? {}
}
