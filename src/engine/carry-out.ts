import { Fault, toFault } from '../model/fault.ts'
import { asking } from '../model/purpose.ts'
import type { ChangeState } from '../model/run/state.ts'
import type { Limit } from './lanes.ts'
import { stopsTheRun } from './recorder.ts'
import { allOf } from './segments.ts'
import type { World } from './world.ts'
import { type Settings, type Target, type Unwritten, writeSettings } from './write-settings.ts'

/** A change whose intention is on disk, so that it may be written. */
export interface Intended {
  change: ChangeState
  target: Target
  settings: Settings
}

/** Reads, decides and records for one direction, `toContained` or `toBefore`. It writes nothing to a cloud. */
export interface Decider<Step extends { change: ChangeState }, Ready extends Intended> {
  /**
   * Decides on a fresh reading and records the intention, as its last act. Returns undefined if the change ends here, which it has
   * recorded. Throws the cloud's faults, and Fault `interrupted` before anything is recorded.
   */
  intend(step: Step): Promise<Ready | undefined>
  /**
   * Records what the cloud took and what it left; returns a step if the change is to be tried in another way. Throws a fault if
   * nothing was written.
   */
  wrote(ready: Ready, unwritten: readonly Unwritten[]): Promise<Step | undefined>
  /** Records a fault that ended the change. */
  failed(change: ChangeState, fault: Fault): Promise<void>
  /** Reads until what was written is seen, and records that. Absent if a guard keeps looking at it afterwards. */
  verify?(ready: Ready, unwritten: readonly Unwritten[]): Promise<void>
}

/**
 * Carries changes out: decides, records the intentions, writes, verifies. Every answer of a cloud ends up in the journal. No
 * change is written before the intentions of all are on disk, and then all writes begin in one turn of the event loop, so that
 * a provider can carry them out as one.
 *
 * Throws only what stops the whole run: Fault `journal`, `bug`, and `interrupted` if a Ctrl-C kept a change from being begun. What
 * was recorded by then is written and verified first.
 */
export async function carryOut<Step extends { change: ChangeState }, Ready extends Intended>(
  world: Pick<World, 'signal'>,
  decider: Decider<Step, Ready>,
  steps: readonly Step[],
  limit: Limit,
): Promise<void> {
  let isWhole = true
  const attempt = async <Result>({ change }: { change: ChangeState }, work: () => Promise<Result>) => {
    try {
      return await work()
    } catch (error) {
      const fault = toFault(error)
      if (stopsTheRun(fault)) throw fault
      await decider.failed(change, fault)
      return undefined
    }
  }
  const intend = async (step: Step) => {
    try {
      return await attempt(step, () => decider.intend(step))
    } catch (error) {
      if (toFault(error).code !== 'interrupted') throw error
      isWhole = false
      return undefined
    }
  }
  const begin = async (step: Step) => {
    if (!world.signal?.aborted) return await intend(step)
    isWhole = false
    return undefined
  }
  let ready = await inOneGo(steps, step => limit(() => begin(step)))
  while (ready.length > 0) {
    const written: { each: Ready; unwritten: readonly Unwritten[] }[] = []
    const again = await inOneGo(ready, each =>
      attempt(each, async () => {
        const unwritten = await write(each)
        const step = await decider.wrote(each, unwritten)
        written.push({ each, unwritten })
        return step
      }),
    )
    const { verify } = decider
    if (verify) await allOf(written.map(({ each, unwritten }) => limit(() => verify(each, unwritten))))
    // These are in hand: their intention is on disk, and perhaps a part of them is written.
    ready = await inOneGo(again, step => limit(() => intend(step)))
  }
  if (!isWhole) throw new Fault('interrupted', 'interrupted')
}

/** Begins all of them in one turn of the event loop; returns the results that there are, in the order of the items. */
async function inOneGo<Item, Result>(
  items: readonly Item[],
  task: (item: Item) => Promise<Result | undefined>,
): Promise<Result[]> {
  const results = await allOf(items.map(task))
  return results.flatMap(each => (each === undefined ? [] : [each]))
}

/** The write is begun synchronously. */
async function write({ target, settings }: Intended): Promise<Unwritten[]> {
  if (settings.entries.length === 0) return []
  return await asking({ purpose: 'write' }, () => writeSettings(target, settings))
}
