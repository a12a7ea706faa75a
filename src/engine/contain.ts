import type { Actor, RunStatus } from '../model/entry.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Holds } from '../model/holds.ts'
import type { Plan } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Journal } from '../model/recorder.ts'
import type { ChangeState, RunState } from '../model/replay.ts'
import { applyChange, applyTogether } from './change.ts'
import { runLanes } from './lanes.ts'
import { lookForNewcomers, noteWhoIsThere } from './newcomers.ts'
import { Recorder } from './recorder.ts'
import { forEachChange, segments } from './segments.ts'
import { sweep } from './sweep.ts'
import { verifyChange } from './verify.ts'
import { checkSignal, isReached, type World } from './world.ts'

/** Credentials may keep appearing while the thief still can; three rounds, and then it is said. */
const SWEEPS = 3

export interface ContainRequest {
  plan: Plan
  journal: Journal
  holds: Holds
  reason: string
  ticket?: string
  /** Name and version of the program. */
  tool: string
  actor: Actor
  /** Seconds until it is due for review. */
  ttl: number
  /** What the plan was made from; with it, what a contained identity creates may be contained too (`created`). */
  playbook?: Playbook
}

/**
 * Carries out a plan: write, verify, sweep. Cloud faults end up in the state; thrown are only Fault `refused` (nothing
 * selected), `journal` (no record, so no mutation) and our bugs.
 */
export async function contain(world: World, request: ContainRequest): Promise<RunState> {
  const { plan, journal, holds, reason, ticket, tool, actor, ttl } = request
  if (plan.changes.length === 0 && plan.unreached.length === 0) {
    throw new Fault(
      'refused',
      'nothing to contain: the playbook selects no identity here that may be touched',
      {
        next: 'check the inputs and the account; interdict inventory shows what there is',
      },
    )
  }
  const recorder = new Recorder(journal, world.listen)
  const { cause, ...rest } = plan
  const due = new Date(Date.parse(world.clock()) + ttl * 1000).toISOString()
  await recorder.record({
    type: 'run.started',
    tool,
    actor,
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    due,
    ...(plan.acceptOneWay ? { acceptOneWay: true } : {}),
    ...(cause === undefined ? {} : { cause }),
    // Once is enough.
    plan: rest,
  })
  return await carryOn(world, recorder, holds, request.playbook)
}

/** Everything that is still to do in a run, from whatever state it is in. */
export async function carryOn(
  world: World,
  recorder: Recorder,
  holds: Holds,
  playbook?: Playbook,
): Promise<RunState> {
  let swept = true
  try {
    // Beside the first writes, which nothing may delay.
    const noting = noteWhoIsThere(world, recorder)
    noting.catch(() => undefined)
    await applyAll(world, recorder, holds, [...recorder.state.changes.values()])
    await noting
    for (let round = 1; ; round++) {
      const { added, whole } = await sweepOnce(world, recorder, holds)
      swept = whole
      if (added.length === 0)
        added.push(...(await lookForNewcomers(world, recorder, playbook && { holds, playbook })))
      if (added.length === 0) break
      await applyAll(world, recorder, holds, added)
      if (round === SWEEPS) {
        swept = false
        break
      }
    }
  } catch (error) {
    if (toFault(error).code !== 'interrupted') throw error
    await recorder.record({ type: 'run.finished', status: 'interrupted' })
    return recorder.state
  }
  await recorder.record({ type: 'run.finished', status: swept ? statusOf(recorder.state) : 'incomplete' })
  return recorder.state
}

async function sweepOnce(world: World, recorder: Recorder, holds: Holds): ReturnType<typeof sweep> {
  world.listen({ type: 'stage', stage: 'sweep', at: 'begin' })
  try {
    const { added, whole } = await sweep(world, recorder, holds)
    if (added.length === 0 && whole) {
      await recorder.record({ type: 'sweep.done', owners: 0, found: recorder.state.found.length })
    }
    return { added, whole }
  } finally {
    world.listen({ type: 'stage', stage: 'sweep', at: 'end' })
  }
}

async function applyAll(
  world: World,
  recorder: Recorder,
  holds: Holds,
  changes: readonly ChangeState[],
): Promise<void> {
  const open = changes.filter(
    ({ phase }) => phase === 'planned' || phase === 'intended' || phase === 'failed',
  )
  world.listen({ type: 'stage', stage: 'apply', at: 'begin' })
  await runLanes(segments(world, open, 'contain'), {
    group: async group => {
      for (const change of group) {
        checkSignal(world)
        await applyChange(world, recorder, holds, change)
      }
    },
    wave: async (wave, limit) => {
      checkSignal(world)
      await applyTogether(world, recorder, holds, wave, limit)
      checkSignal(world)
    },
  })
  world.listen({ type: 'stage', stage: 'apply', at: 'end' })
  checkSignal(world)
  world.listen({ type: 'stage', stage: 'verify', at: 'begin' })
  // Where we are not signed in (any more), nothing can be said beyond what is recorded.
  const written = changes.filter(
    ({ phase, identity }) => (phase === 'written' || phase === 'already') && isReached(world, identity),
  )
  await forEachChange(world, written, async change => {
    checkSignal(world)
    await verifyChange(world, recorder, holds, change)
  })
  world.listen({ type: 'stage', stage: 'verify', at: 'end' })
  checkSignal(world)
}

/** A change of which nothing more is asked: it holds and, where the cloud can tell, is proven. */
export function isProven({ phase, set, denied, drift }: ChangeState): boolean {
  if (phase === 'gone' || phase === 'restored') return true
  return (
    (phase === 'written' || phase === 'already') &&
    set &&
    drift.length === 0 &&
    (denied === null || denied === 'denied')
  )
}

/** Complete only when every change is proven, everything was reached, and nothing that was asked for was refused. */
export function statusOf(state: RunState): RunStatus {
  const proven = [...state.changes.values()].every(isProven)
  const contained =
    state.found.every(({ contained }) => contained) &&
    [...state.newcomers.values()].every(({ because }) => because === undefined)
  return proven && contained && state.unreached.length === 0 && state.plan.refused.length === 0
    ? 'complete'
    : 'incomplete'
}
