import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contain, makePlan, type PlanRequest, restore, resume, type World } from '../../src/engine/index.ts'
import { openStore, type Store } from '../../src/journal/store.ts'
import type { RestoreOptions } from '../../src/model/entry.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import { Holds } from '../../src/model/run/holds.ts'
import type { RunState } from '../../src/model/run/state.ts'

const actor = { user: 'mara', host: 'desk', pid: 1 }

export const OPTIONS: RestoreOptions = { drift: 'skip', stepDown: false, acceptLiveTokens: true }

/** Joins engine and journal as the commands do, without the command line. */
export class Town {
  readonly store: Store
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    this.store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
  }

  /** @param begun a town's folder to go on from; it stays as it is */
  static async open(begun?: string): Promise<Town> {
    const folder = await mkdtemp(join(tmpdir(), 'interdict-engine-'))
    if (begun !== undefined) await cp(begun, folder, { recursive: true })
    return new Town(folder)
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  async holds(): Promise<Holds> {
    const listed = await this.store.list()
    return new Holds(listed.flatMap(each => ('state' in each ? [each.state] : [])))
  }

  async contain(
    world: World,
    run: string,
    playbook: Playbook,
    more: Partial<PlanRequest> = {},
  ): Promise<RunState> {
    const holds = await this.holds()
    return await this.carryOut(world, await makePlan(world, { run, playbook, inputs: {}, holds, ...more }))
  }

  /** Contains as a plan says that was made before. */
  async carryOut(world: World, plan: Plan): Promise<RunState> {
    const holds = await this.holds()
    const journal = await this.store.create(plan.run, world.clock)
    try {
      return await contain(world, { plan, journal, holds, reason: 'test', tool: 'test', actor, ttl: 3600 })
    } finally {
      await journal.close()
    }
  }

  /** As `contain`, with a process that dies once so many entries are on disk. Rejects with Fault `journal` when it did. */
  async containUntil(world: World, run: string, playbook: Playbook, entries: number): Promise<RunState> {
    const holds = await this.holds()
    const plan = await makePlan(world, { run, playbook, inputs: {}, holds })
    const journal = await this.store.create(run, world.clock)
    let appended = 0
    const dying: Pick<typeof journal, 'run' | 'append'> = {
      run,
      append: async body => {
        if (++appended > entries) throw new Fault('journal', 'the process died here')
        return await journal.append(body)
      },
    }
    try {
      return await contain(world, {
        plan,
        journal: dying,
        holds,
        reason: 'test',
        tool: 'test',
        actor,
        ttl: 3600,
      })
    } finally {
      await journal.close()
    }
  }

  async restore(world: World, run: string, options: Partial<RestoreOptions> = {}, only: string[] = []) {
    const { journal, state } = await this.store.append(run, world.clock)
    try {
      const holds = await this.holds()
      return await restore(world, {
        state,
        journal,
        holds,
        only,
        options: { ...OPTIONS, ...options },
        reason: 'test',
        actor,
      })
    } finally {
      await journal.close()
    }
  }

  async resume(world: World, run: string, playbook: Playbook): Promise<RunState> {
    const { journal, state } = await this.store.append(run, world.clock)
    try {
      return await resume(world, { state, journal, holds: await this.holds(), playbook })
    } finally {
      await journal.close()
    }
  }
}
