import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contain, restore, type World } from '../../src/engine/index.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Journal } from '../../src/model/journal.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { OPTIONS, type Town } from '../engine/town.ts'

/** Where a process dies: once so many entries are on disk, with half of the next one behind them or without. */
export interface Death {
  entries: number
  torn: boolean
}

/** How a piece of work ended that may have died. */
export interface Survived {
  /** Undefined when it died. */
  state: RunState | undefined
  /** Entries that it wrote. */
  entries: number
}

const actor = { user: 'mara', host: 'desk', pid: 1 }
const DIED = 'the process died here'

/** A journal of a process that dies: the first append after so many rejects, and so does each later one. */
class DyingJournal implements Journal {
  readonly run: string
  readonly #journal: Journal
  readonly #last: number
  written = 0

  constructor(journal: Journal, entries: number) {
    this.run = journal.run
    this.#journal = journal
    this.#last = entries
  }

  async append(body: Parameters<Journal['append']>[0]): ReturnType<Journal['append']> {
    if (this.written >= this.#last) throw new Fault('journal', DIED)
    this.written += 1
    return await this.#journal.append(body)
  }
}

/** Contains in a process that dies at a point; `Infinity` entries for one that lives. */
export async function containDying(town: Town, world: World, plan: Plan, death: Death): Promise<Survived> {
  const holds = await town.holds()
  const journal = await town.store.create(plan.run, world.clock)
  return await dying(town, journal, death, dies =>
    contain(world, { plan, journal: dies, holds, reason: 'test', tool: 'test', actor, ttl: 3600 }),
  )
}

/** Restores in a process that dies at a point. */
export async function restoreDying(town: Town, world: World, run: string, death: Death): Promise<Survived> {
  const { journal, state } = await town.store.append(run, world.clock)
  const holds = await town.holds()
  return await dying(town, journal, death, dies =>
    restore(world, { state, journal: dies, holds, only: [], options: OPTIONS, reason: 'test', actor }),
  )
}

async function dying(
  town: Town,
  journal: Journal & { close(): Promise<void> },
  { entries, torn }: Death,
  work: (journal: Journal) => Promise<RunState>,
): Promise<Survived> {
  const dies = new DyingJournal(journal, entries)
  const state = await work(dies).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'journal' && error.message === DIED) return undefined
    throw error
  })
  await journal.close()
  const file = join(town.folder, 'state', 'runs', `${journal.run}.jsonl`)
  if (state === undefined && torn && dies.written > 0) await appendFile(file, '{"seq":99,"type":"chan')
  return { state, entries: dies.written }
}
