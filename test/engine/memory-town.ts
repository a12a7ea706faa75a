import {
  contain,
  makePlan,
  type PlanRequest,
  restore,
  resume,
  verify,
  type World,
} from '../../src/engine/index.ts'
import { Recorder } from '../../src/engine/recorder.ts'
import type { Body, Entry, RestoreOptions } from '../../src/model/entry.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { replay } from '../../src/model/run/replay.ts'
import type { ChangeState, RunState } from '../../src/model/run/state.ts'
import { SlowJournal } from './memory-journal.ts'

const actor = { user: 'mara', host: 'desk', pid: 1 }
const OPTIONS: RestoreOptions = { drift: 'skip', stepDown: false, acceptLiveTokens: true }

/** As `Town`, with journals in memory: every stage begins with the state that a replay of the entries gives. */
export class MemoryTown {
  readonly #journals = new Map<string, SlowJournal>()
  /** The process dies once a stage has recorded so many entries: then it rejects with Fault `journal`. */
  dies = Number.POSITIVE_INFINITY

  /** Entries of a run, of these types or of all. */
  entries<Type extends Body['type']>(run: string, ...types: Type[]): Extract<Entry, { type: Type }>[] {
    const all = this.#journals.get(run)?.entries ?? []
    return all.filter((each): each is Extract<Entry, { type: Type }> =>
      types.length === 0 ? true : types.some(type => type === each.type),
    )
  }

  state(run: string): RunState {
    const state = replay(this.entries(run))
    if (!state) throw new Error(`no run ${run}`)
    return structuredClone(state)
  }

  /** The changes of a run to an identity, by its name. */
  changes(run: string, name: string): ChangeState[] {
    return [...this.state(run).changes.values()].filter(({ identity }) => identity.name === name)
  }

  holds(): Holds {
    return new Holds([...this.#journals.keys()].map(run => this.state(run)))
  }

  async plan(world: World, run: string, playbook: Playbook, more: Partial<PlanRequest> = {}): Promise<Plan> {
    return await makePlan(world, { run, playbook, inputs: {}, holds: this.holds(), ...more })
  }

  /** Carries out a plan, or that of a playbook. */
  async contain(
    world: World,
    run: string,
    of: Playbook | Plan,
    more: Partial<PlanRequest> & { noWait?: boolean } = {},
  ): Promise<RunState> {
    const { noWait = false, ...rest } = more
    const plan = 'changes' in of ? of : await this.plan(world, run, of, rest)
    const holds = this.holds()
    const journal = this.#open(run, world)
    return await contain(world, {
      plan,
      journal,
      holds,
      reason: 'test',
      tool: 'test',
      actor,
      ttl: 3600,
      noWait,
    })
  }

  async resume(world: World, run: string, playbook: Playbook, noWait = false): Promise<RunState> {
    const [state, holds] = [this.state(run), this.holds()]
    return await resume(world, { state, journal: this.#open(run, world), holds, playbook, noWait })
  }

  async verify(world: World, run: string): Promise<RunState> {
    const [state, holds] = [this.state(run), this.holds()]
    return await verify(world, { state, journal: this.#open(run, world), holds })
  }

  async restore(
    world: World,
    run: string,
    options: Partial<RestoreOptions> = {},
    only: string[] = [],
  ): Promise<RunState> {
    return await restore(world, {
      state: this.state(run),
      holds: this.holds(),
      journal: this.#open(run, world),
      only,
      options: { ...OPTIONS, ...options },
      reason: 'test',
      actor,
    })
  }

  #open(run: string, world: World): SlowJournal {
    const journal = this.#journals.get(run) ?? new SlowJournal(run, world.clock)
    this.#journals.set(run, journal)
    journal.most = journal.entries.length + this.dies
    return journal
  }
}

/** A run that has begun and has written nothing. */
export interface BegunRun {
  recorder: Recorder
  journal: SlowJournal
  holds: Holds
  changes: ChangeState[]
}

/** Plans, and records the start of the run. */
export async function begunRun(world: World, playbook: Playbook, holds = new Holds([])): Promise<BegunRun> {
  const plan = await makePlan(world, { run: 'aaaa', playbook, inputs: {}, holds })
  const journal = new SlowJournal('aaaa', world.clock)
  const recorder = new Recorder(journal, world.listen, undefined, holds)
  await recorder.record({
    type: 'run.started',
    tool: 'test',
    actor,
    reason: 'test',
    due: world.clock(),
    plan,
  })
  return { recorder, journal, holds, changes: [...recorder.state.changes.values()] }
}
