import { contain, makePlan, nothingToContain, resume } from '../../engine/index.ts'
import type { Reacted, Reactor } from '../../guard/ports.ts'
import { newRunId, type Store } from '../../journal/store.ts'
import { Fault, toFault } from '../../model/fault.ts'
import type { Firing } from '../../model/firing.ts'
import type { Json } from '../../model/json.ts'
import { holdersOf, type Plan } from '../../model/plan.ts'
import { resolveInputs } from '../../model/playbook/inputs.ts'
import type { Playbook } from '../../model/playbook/playbook.ts'
import { scopeWith } from '../../model/playbook/scope.ts'
import type { Holds } from '../../model/run/holds.ts'
import type { RunState } from '../../model/run/state.ts'
import { containAct } from '../approval-acts.ts'
import { onceBegun } from '../begun-journal.ts'
import { direct } from '../host.ts'
import { lock, playbookOf as playbookOfRun } from '../open-run.ts'
import { mergeScope, scopeOfPlan } from '../scope.ts'
import { checkTarget, holdsOf, type Joined, join as joinClouds } from '../target.ts'
import { unbelievedText } from '../unbelieved-runs.ts'
import { accountOf, strangerDoubt } from './own-accounts.ts'
import { namedSpared, proposed } from './proposal.ts'
import type { ReactorOptions } from './reactor-options.ts'
import { RightOfWay } from './right-of-way.ts'
import { watchGuards } from './run-guards.ts'

/** A reactor whose runs are guarded beside it. */
export interface GuardingReactor extends Reactor {
  /** Resolves once no run is guarded any more. */
  guarded(): Promise<void>
  /** Ends the guards: what is in hand is finished. */
  endGuards(): Promise<void>
}

/** Seconds for which another command may have the state folder before we try again later. */
const PATIENCE = 30

/** Makes the runs of a watch: as `contain` makes them, without a question. */
export async function reactorOf(options: ReactorOptions): Promise<GuardingReactor> {
  const { folders, actor, tool, warn, store, playbooks, providers, lab } = options
  const { timing, environment, during = direct } = options
  /** Firing → its run, also where the watch's own state was lost. */
  const causes = new Map<string, { run: string; finished: boolean }>()
  const runs = new Set<string>()
  for (const each of await store.list()) {
    runs.add(each.run)
    if ('state' in each && each.state.cause) causes.set(each.state.cause.key, begunOf(each.state))
  }

  const playbookOf = (fired: Firing): Playbook => {
    const playbook = playbooks.get(fired.playbook)
    if (playbook) return playbook
    throw new Fault('refused', `the playbook ${fired.playbook} is no longer watched`)
  }

  async function inWorld<Result>(
    scope: { [cloud: string]: Json },
    run: string,
    work: (world: Joined['world'], holds: () => Promise<Holds>) => Promise<Result>,
  ): Promise<Result> {
    // The runs are read while the clouds let us in.
    const listed = store.list()
    listed.catch(() => undefined)
    const listen = () => undefined
    const joined = await joinClouds({ providers, scope, lab, listen, run, timing, environment })
    const { world } = joined
    try {
      return await work(world, () => holdsOf(store, world.target, doubted, listed))
    } finally {
      await joined.close()
    }
  }

  const way = new RightOfWay(timing)
  const guards = await watchGuards(options, way)

  const doubted = (other: string, fault: Fault) => warn(unbelievedText(other, fault))

  async function planned(
    world: Joined['world'],
    fired: Firing,
    run: string,
    heldBy: () => Promise<Holds>,
  ): Promise<{ plan: Plan; holds: Holds }> {
    const playbook = playbookOf(fired)
    const inputs = resolveInputs(playbook, fired.inputs)
    const holds = await heldBy()
    const plan = await makePlan(world, {
      run,
      playbook,
      inputs,
      scope: scopeOf(fired),
      holds,
      narrow: true,
      within: accountOf(fired, world.sessions),
      // A record of a credential's use names its owner.
      near: [fired.identity.name],
    })
    if (playbook.approvals && Object.keys(playbook.approvals).length > 0) plan.approvals = playbook.approvals
    if (plan.changes.length > 0) return { plan, holds }
    const [unreached] = plan.unreached
    if (unreached) {
      const { cloud, account, fault } = unreached
      throw new Fault('unavailable', `${cloud} ${account} was not reached: ${fault.message}`)
    }
    const [refused] = plan.refused
    if (plan.spared.length > 0 || !refused) throw nothingToContain(plan)
    throw new Fault('refused', `${refused.identity.id} cannot be contained: ${refused.because}`)
  }

  const scopeOf = (fired: Firing) => {
    const playbook = playbookOf(fired)
    const scope = scopeWith(playbook.scope, resolveInputs(playbook, fired.inputs))
    return mergeScope(scope, options.scopeFlags ?? {})
  }

  async function locked<Result>(run: string, work: () => Promise<Result>): Promise<Result> {
    const release = await lock(store, { warn, during, timing }, 'watch', { run, wait: PATIENCE })
    try {
      return await way.during(work)
    } finally {
      await release()
    }
  }

  /** Writes the plan for a person. */
  const proposal = (plan: Plan) => proposed(plan, folders, lab !== undefined)

  return {
    guarded: () => guards.guarded(),
    endGuards: () => guards.end(),

    async newRun() {
      const run = newRunId(runs)
      runs.add(run)
      return run
    },

    async begun(key, run) {
      const known = causes.get(key)
      if (known || run === undefined) return known
      try {
        const { state } = await store.read(run)
        return state.cause?.key === key ? begunOf(state) : undefined
      } catch (error) {
        const { code } = toFault(error)
        // Unknown, or its file was made and nothing is in it yet: nothing was changed.
        if (code === 'usage' || code === 'damaged') return undefined
        throw error
      }
    },

    async contain(fired, cause, wanted, begun) {
      const playbook = playbookOf(fired)
      return await locked(wanted, async () => {
        const run = (await isTaken(store, wanted)) ? newRunId(runs) : wanted
        return await inWorld(scopeOf(fired), run, async (world, heldBy) => {
          const { plan, holds } = await planned(world, fired, run, heldBy)
          const held = heldAs(plan)
          if (held) return held
          plan.cause = cause
          const because = strangerDoubt(fired, world.sessions) ?? approvalsMissing(plan)
          if (because !== undefined) return { ...(await proposal(plan)), because }
          const journal = await store.create(run, world.clock)
          try {
            const state = await contain(world, {
              plan,
              journal: onceBegun(journal, () => {
                causes.set(cause.key, { run, finished: false })
                begun()
              }),
              holds,
              reason: reasonOf(fired),
              tool,
              actor,
              ttl: playbook.ttl,
              // Other firings do not wait for the delays of a cloud; the guard does.
              noWait: options.once !== true,
              playbook,
            })
            guards.begin(run, scopeOf(fired))
            causes.set(cause.key, begunOf(state))
            return reactedOf(state)
          } finally {
            await journal.close()
          }
        })
      })
    },

    async resume(run, begun) {
      const { state: found } = await store.read(run)
      begun()
      // The guard beside the watch ends it.
      const isGuarded = found.finished === 'settling' && guards.has(run)
      if (begunOf(found).finished || isGuarded) return reactedOf(found)
      return await locked(run, async () => {
        const playbook = await playbookOfRun(found, providers, options)
        const scope = await scopeOfPlan(found.plan, providers)
        return await inWorld(scope, run, async (world, heldBy) => {
          checkTarget(found, world.target)
          const { journal, state } = await store.append(run, world.clock)
          try {
            const done = await resume(world, {
              state,
              journal,
              holds: await heldBy(),
              playbook,
              noWait: options.once !== true,
            })
            guards.begin(run, scope)
            if (done.cause) causes.set(done.cause.key, begunOf(done))
            return reactedOf(done)
          } finally {
            await journal.close()
          }
        })
      })
    },

    async propose(fired, cause, run) {
      return await inWorld(scopeOf(fired), run, async (world, heldBy) => {
        const { plan } = await planned(world, fired, run, heldBy)
        const held = heldAs(plan)
        if (held) return held
        plan.cause = cause
        return await proposal(plan)
      })
    },
  }
}

/** A watch has nobody who approves: what others have to approve is proposed. */
function approvalsMissing(plan: Plan): string | undefined {
  const { needed } = containAct({}, plan, plan.run, plan.at)
  return needed === 0
    ? undefined
    : `${needed === 1 ? 'another person has' : `${needed} other people have`} to approve a containment`
}

/** Complete, or taken over by a person: nothing is left for a watch to do. */
function begunOf({ run, finished, restore }: RunState): { run: string; finished: boolean } {
  return { run, finished: finished === 'complete' || restore !== undefined }
}

function reactedOf({ run, finished, restore, changes, plan }: RunState): Reacted {
  const held = [...changes.values()]
  const spared = namedSpared(plan)
  return {
    run,
    status: finished ?? 'interrupted',
    ...(restore === undefined ? {} : { takenOver: true as const }),
    changes: held.length,
    identities: [...new Set(held.map(({ identity }) => identity.id))],
    ...(spared.length > 0 ? { spared } : {}),
  }
}

/** Other runs hold all that the firing asks for: no second run is made. */
function heldAs(plan: Plan): Reacted | undefined {
  const heldBy = holdersOf(plan)
  const [run] = heldBy ?? []
  if (!heldBy || run === undefined) return undefined
  const identities = [...new Set(plan.changes.map(({ identity }) => identity.id))]
  return { run, status: 'held', changes: 0, identities, heldBy }
}

function reasonOf({ trigger, why }: Firing): string {
  return `watch: ${trigger}: ${why}`
}

/** A crash may have left the file of a run in which nothing is. */
async function isTaken(store: Store, run: string): Promise<boolean> {
  try {
    await store.read(run)
    return true
  } catch (error) {
    return toFault(error).code !== 'usage'
  }
}
