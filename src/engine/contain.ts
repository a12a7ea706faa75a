import type { Actor, Body, RunStatus } from '../model/entry.ts'
import { toFault } from '../model/fault.ts'
import type { Journal } from '../model/journal.ts'
import type { Plan } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { asking, type Moment } from '../model/purpose.ts'
import { isSettling } from '../model/run/enforcement.ts'
import type { Holds } from '../model/run/holds.ts'
import { isAccounted } from '../model/run/progress.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import { Guard } from './guard/guard.ts'
import { reinforce } from './guard/reinforce.ts'
import { keepSweeping } from './guard/sweeping.ts'
import { runLanes } from './lanes.ts'
import { lookForNewcomers, noteWhoIsThere } from './newcomers.ts'
import { nothingToContain } from './nothing-to-contain.ts'
import { applyPostponed } from './quota-wait.ts'
import { Recorder } from './recorder.ts'
import { segments } from './segments.ts'
import { sweep } from './sweep.ts'
import { applyChange, applyTogether } from './to-contained.ts'
import { checkSignal, isReached, type World } from './world.ts'

/** Credentials may keep appearing while the thief still can; three rounds, and then it is said. */
const SWEEPS = 3

/** A plan to carry out, and everything that is recorded with it. */
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
  /** Recorded after the start and before the first change: who approved it. */
  approvals?: readonly Body[]
  /** Do not wait for the delays that the clouds document: the run ends as `settling`. */
  noWait?: boolean
  /** The playbook of the plan; with it, identities that a contained identity creates may be contained too (`created`). */
  playbook?: Playbook
}

/**
 * Carries out a plan: write, verify, sweep. Cloud faults end up in the state; thrown are only Fault `refused` (nothing
 * selected), `journal` (no record, so no mutation) and our bugs.
 */
export async function contain(world: World, request: ContainRequest): Promise<RunState> {
  const { plan, journal, holds, reason, ticket, tool, actor, ttl } = request
  if (plan.changes.length === 0 && plan.unreached.length === 0) {
    throw nothingToContain(plan)
  }
  const recorder = new Recorder(journal, world.listen, undefined, holds)
  const { cause, ...rest } = plan
  const ends = plan.changes.find(change => change.ends !== undefined)?.ends
  const due = new Date(ends ?? Date.parse(world.clock()) + ttl * 1000).toISOString()
  await recorder.record({
    type: 'run.started',
    tool,
    actor,
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    due,
    ...(plan.includeProtected ? { includeProtected: plan.includeProtected } : {}),
    ...(plan.acceptOneWay ? { acceptOneWay: true } : {}),
    ...(cause === undefined ? {} : { cause }),
    // Once is enough.
    plan: rest,
  })
  for (const each of request.approvals ?? []) await recorder.record(each)
  return await carryOn(world, recorder, holds, {
    ...waiting(world, request.noWait),
    ...(request.playbook ? { playbook: request.playbook } : {}),
  })
}

/** Somebody who does not wait is done when all is set, or after this long in a fight. */
const NO_WAIT_MS = 20_000

/** Returns how a run waits for documented delays. `until`: the end of a run that does not wait, by the timing's clock. */
export function waiting(world: World, noWait: boolean | undefined): { wait: boolean; until?: number } {
  if (!noWait) return { wait: true }
  return { wait: false, until: world.timing.now() + NO_WAIT_MS }
}

/**
 * Does everything that is still to do in a run, from any state that it is in: write, guard what is written until the clouds
 * enforce it, sweep, and look for identities that were created meanwhile.
 */
export async function carryOn(
  world: World,
  recorder: Recorder,
  holds: Holds,
  { wait, until, playbook }: { wait: boolean; until?: number; playbook?: Playbook },
): Promise<RunState> {
  const guard: Guard = new Guard(world, {
    recorder,
    holds,
    wait,
    ...(until === undefined ? {} : { until }),
    reinforce: change => reinforce(world, { recorder, holds, keep: each => guard.keep(each) }, change),
  })
  let swept = true
  let interrupted = false
  try {
    // Beside the first writes, which nothing may delay.
    const noting = noteWhoIsThere(world, recorder)
    noting.catch(() => undefined)
    await applyAll(world, recorder, holds, guard, [...recorder.state.changes.values()])
    await noting
    for (let round = 1; ; round++) {
      await settle(world, recorder, holds, guard, wait)
      const since = guard.inForce
      const { added, whole } = await sweepOnce(world, recorder, holds, since)
      swept = whole
      if (added.length === 0)
        added.push(
          ...(await asking({ purpose: 'newcomers', since }, () =>
            lookForNewcomers(world, recorder, playbook && { holds, playbook }),
          )),
        )
      if (added.length === 0) break
      await applyAll(world, recorder, holds, guard, added)
      if (round === SWEEPS) {
        await settle(world, recorder, holds, guard, wait)
        swept = false
        break
      }
    }
  } catch (error) {
    if (toFault(error).code !== 'interrupted') throw error
    interrupted = true
  } finally {
    await guard.end()
  }
  const status = interrupted
    ? endedEarly(recorder.state, world.clock())
    : statusOf(recorder.state, world.clock())
  await recorder.record({
    type: 'run.finished',
    status: swept || status !== 'complete' ? status : 'incomplete',
  })
  return recorder.state
}

/** Until every change is enforced and left alone; credentials that appear meanwhile are stopped as they appear. */
async function settle(
  world: World,
  recorder: Recorder,
  holds: Holds,
  guard: Guard,
  wait: boolean,
): Promise<void> {
  world.listen({ type: 'stage', stage: 'verify', at: 'begin' })
  const sweeping = keepSweeping(world, {
    recorder,
    holds,
    isFought: () => guard.fought.length > 0,
    add: added => applyAll(world, recorder, holds, guard, added),
  })
  try {
    // A quota that others use up holds up what needs it and nothing else; who does not wait leaves it to a resume.
    if (wait) for (const late of await applyPostponed(world, recorder, holds)) keepWritten(world, guard, late)
    await guard.settled()
  } finally {
    await sweeping.end()
  }
  world.listen({ type: 'stage', stage: 'verify', at: 'end' })
  checkSignal(world)
}

/** A Ctrl-C while only the documented delays were waited for leaves nothing that a resume would have to write. */
function endedEarly(state: RunState, now: string): RunStatus {
  return statusOf(state, now) === 'settling' ? 'settling' : 'interrupted'
}

async function sweepOnce(
  world: World,
  recorder: Recorder,
  holds: Holds,
  since: Moment,
): ReturnType<typeof sweep> {
  world.listen({ type: 'stage', stage: 'sweep', at: 'begin' })
  try {
    const { added, whole } = await sweep(world, recorder, holds, since)
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
  guard: Guard,
  changes: readonly ChangeState[],
): Promise<void> {
  const open = changes.filter(
    // A setting that the cloud did not take the last time is tried again.
    ({ phase, left }) =>
      phase === 'planned' ||
      phase === 'intended' ||
      phase === 'failed' ||
      (phase === 'written' && left.length > 0),
  )
  world.listen({ type: 'stage', stage: 'apply', at: 'begin' })
  const kept = new Set<string>()
  const keep = ({ key }: ChangeState) => {
    if (!kept.has(key) && keepWritten(world, guard, recorder.change(key))) kept.add(key)
  }
  // Cuts that are still to be made must not wait behind the readings of those that are guarded already.
  await asking({ purpose: 'snapshot' }, () =>
    runLanes(segments(world, open, 'contain'), {
      group: async group => {
        for (const change of group) {
          checkSignal(world)
          await applyChange(world, recorder, holds, change)
          keep(change)
        }
      },
      wave: async (wave, limit) => {
        checkSignal(world)
        try {
          await applyTogether(world, recorder, holds, wave, limit)
        } finally {
          for (const change of wave) keep(change)
        }
      },
    }),
  )
  // Also what a run before a crash had written.
  for (const change of changes) keep(change)
  world.listen({ type: 'stage', stage: 'apply', at: 'end' })
  checkSignal(world)
}

/** Where we are not signed in (any more), nothing can be said beyond what is recorded. */
function keepWritten(world: World, guard: Guard, change: ChangeState): boolean {
  const { phase, identity } = change
  if ((phase !== 'written' && phase !== 'already') || !isReached(world, identity)) return false
  guard.keep(change)
  return true
}

/**
 * A change of which nothing more is asked: it is proven, or cannot be on an emulator, or there is nothing left to prove. One that could not be added to
 * what the playbook asks for takes nothing from that.
 */
function isDone(change: ChangeState): boolean {
  if (change.planned.companion && (change.phase === 'failed' || change.phase === 'refused')) return true
  return change.phase === 'gone' || change.phase === 'restored' || isAccounted(change)
}

/**
 * Complete only when every change is proven (on an emulator that cannot prove it: read back as set) and enforced, everything was reached, and nothing that was asked for was
 * refused. `now`: RFC 3339.
 */
export function statusOf(state: RunState, now: string): RunStatus {
  const changes = [...state.changes.values()]
  if (changes.some(({ contested }) => contested !== undefined)) return 'contested'
  const { unreached, plan, found, newcomers } = state
  const isContained =
    found.every(({ contained }) => contained) &&
    [...newcomers.values()].every(({ because }) => because === undefined)
  // The playbook means this very identity, and it was left as it is.
  const isSpared = plan.spared.some(({ named }) => named === true)
  const isWhole =
    unreached.length === 0 && (plan.unlisted ?? []).length === 0 && plan.refused.length === 0 && !isSpared
  if (!changes.every(isDone) || !isContained || !isWhole) return 'incomplete'
  return changes.some(change => isSettling(change, now)) ? 'settling' : 'complete'
}
