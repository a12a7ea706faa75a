import { type CallsByPurpose, callsMade, contain, makePlan, nothingToContain } from '../engine/index.ts'
import { newRunId, type Store } from '../journal/store.ts'
import { strictest } from '../model/approvals.ts'
import { runCommand } from '../model/command-text.ts'
import { Fault } from '../model/fault.ts'
import { approvalDigest, holdersOf, type Plan } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Holds } from '../model/run/holds.ts'
import type { RunState } from '../model/run/state.ts'
import { agree, interrupted } from './answers.ts'
import { containAct } from './approval-acts.ts'
import { approvedBy } from './approvals.ts'
import {
  approvedInputs,
  approvedPlan,
  checkApproved,
  checkStale,
  playbookFor,
  scopeFor,
} from './approved-plan.ts'
import { onceBegun } from './begun-journal.ts'
import { refuseClock } from './clocks.ts'
import { catalogOf, providersOf } from './clouds.ts'
import { journalPath, storeOf } from './folders.ts'
import type { Host } from './host.ts'
import { underHouse } from './house.ts'
import { inputsFor } from './inputs.ts'
import { labOf } from './lab.ts'
import { closeAll, lock } from './open-run.ts'
import { overruling } from './overruling.ts'
import type { ContainRequest, PlanRequest } from './plan-request.ts'
import { trustState, warnIfStrange } from './state-trust.ts'
import { holdsOf, type Joined, join } from './target.ts'
import { Doubts } from './unbelieved-runs.ts'
import { untilChanging } from './until-changing.ts'

/** The end of a containment. */
export type Contained =
  | {
      outcome: 'run'
      state: RunState
      /** The journal's file. */
      path: string
      /** RFC 3339. */
      now: string
      /** Calls to the clouds, the plan's with them. */
      calls: CallsByPurpose
    }
  /** Other runs hold all of it, and no run was made. `unproven`: those of them that are not complete. */
  | { outcome: 'held'; holders: string[]; unproven: string[]; plan: Plan }

/** A plan whose credentials, target and holds are known. */
interface Prepared {
  plan: Plan
  playbook: Playbook
  world: Joined['world']
  holds: Holds
  store: Store
  begin(): void
}

/**
 * Makes the plan of a playbook: who would be stopped, how, and who is spared. Reads only. Faults: `usage`, `invalid-playbook`,
 * `invalid-input`, `not-authenticated`, `interrupted`, and those of the clouds.
 */
export async function planContainment(host: Host, request: PlanRequest): Promise<Plan> {
  return await prepared(host, request, false, async ({ plan }) => plan)
}

/**
 * Plans, asks (`contain`), writes, verifies and sweeps. Each change is in the journal, with what was there before, before the
 * cloud is called. Faults: those of a plan, and `refused` (nothing to contain), `declined`, `stale-plan`, `limit`, `locked`,
 * `journal`.
 */
export async function containPlaybook(host: Host, request: ContainRequest): Promise<Contained> {
  return await prepared(host, request, true, async ({ plan, playbook, world, holds, store, begin }) => {
    await host.notice({ type: 'planned', plan })
    const holders = request.stack ? undefined : holdersOf(plan)
    if (holders) return await heldBy(holders, plan, store)
    const subject = typeof request.subject === 'string' ? request.subject : 'PLAN.json'
    const approvals = await approvedBy(host, containAct(host, plan, subject, world.clock()), request)
    if (plan.changes.length > 0) await agree(host, { type: 'contain', plan, safe: false })
    if (world.signal?.aborted) throw interrupted()
    if (plan.changes.length === 0 && plan.unreached.length === 0) {
      throw nothingToContain(plan, overruling(plan, request, host.lab))
    }
    begin()
    const { run } = plan
    await host.notice({ type: 'changing' })
    const journal = await store.create(run, world.clock)
    try {
      const state = await contain(world, {
        plan,
        journal: onceBegun(journal, () => host.notice({ type: 'recorded', run })),
        holds,
        reason: request.reason ?? '',
        ...(request.ticket === undefined ? {} : { ticket: request.ticket }),
        tool: host.tool,
        actor: host.actor,
        approvals,
        ttl: request.ttl ?? playbook.ttl,
        noWait: request.noWait === true,
        playbook,
      })
      const path = journalPath(host.folders, run)
      return { outcome: 'run', state, path, now: world.clock(), calls: callsMade(world) }
    } finally {
      await journal.close()
    }
  })
}

/** Other runs hold everything already: no run is made, and what is not proven is not called done. */
async function heldBy(holders: readonly string[], plan: Plan, store: Store): Promise<Contained> {
  const states = await Promise.all(holders.map(async run => (await store.read(run)).state))
  const unproven = states.filter(({ finished }) => finished !== 'complete').map(({ run }) => run)
  return { outcome: 'held', holders: [...holders], unproven, plan }
}

async function prepared<Result>(
  host: Host,
  request: PlanRequest,
  write: boolean,
  work: (prepared: Prepared) => Promise<Result>,
): Promise<Result> {
  const { folders } = host
  const approved = await approvedPlan(request, folders)
  const providers = await providersOf(undefined, host.clouds)
  const playbook = underHouse(await playbookFor(request.subject, approved, catalogOf(providers)), host)
  const inputs = approved ? approvedInputs(approved, request) : await inputsFor(host, playbook, request)
  const store = await storeOf(folders)
  const closers: (() => Promise<void>)[] = []
  try {
    return await untilChanging(host.signal, begin => opened(begin))
  } finally {
    await closeAll(closers)
  }

  async function opened(begin: () => void): Promise<Result> {
    if (write) await trustState(store, host, request.trustState === true)
    else await warnIfStrange(store, host)
    const listed = await store.list()
    const run = approved?.run ?? newRunId(listed.map(each => each.run))
    if (approved && listed.some(each => each.run === run)) {
      throw new Fault('refused', `this plan was carried out already, as run ${run}`, {
        ...(typeof request.subject === 'string' ? { where: request.subject } : {}),
        next: runCommand('status', { run, target: approved.target }),
      })
    }
    if (write) closers.push(await lock(store, host, 'contain', { run, wait: request.wait }))
    const lab = await labOf(host)
    if (lab) closers.push(() => lab.close())
    const scope = scopeFor(playbook, approved, request, inputs)
    const { listen, signal, timing, environment, during } = host
    const joined = await join({ providers, scope, lab, listen, signal, run, timing, environment, during })
    closers.push(() => joined.close())
    const { world } = joined
    const doubts = new Doubts()
    const holds = await holdsOf(store, world.target, doubts.add)
    doubts.warn(host)
    if (approved) checkApproved(approved, world.target, request)
    const ended = approved?.changes.find(({ ends }) => ends !== undefined)?.ends
    const ttl = lastingOf(approved, ended, request.ttl) ?? playbook.ttl
    const making = () =>
      makePlan(world, {
        run,
        playbook: { ...playbook, ttl },
        inputs,
        scope,
        holds,
        acceptOneWay: request.acceptOneWay === true,
        includeProtected: request.includeProtected ?? [],
        narrow: true,
        ...(approved ? { at: approved.at, within: approved.within } : {}),
      })
    const plan = await during(`reading ${accountsText(world)}`, making)
    if (approved) checkStale(approved, plan)
    refuseEnded(plan, world.clock())
    const dated = plan.changes.some(({ verb }) => verb === 'revoke-sessions')
    if (write && dated && !request.acceptClock) refuseClock(joined.clocks(), 'which sessions are denied')
    if (approved?.cause) plan.cause = approved.cause
    const counts = strictest(approved?.approvals, playbook.approvals, host.house?.approvals?.counts)
    if (Object.keys(counts).length > 0) plan.approvals = counts
    if (approved) plan.approval = approved.approval ?? approvalDigest(approved)
    return await work({ plan, playbook, world, holds, store, begin })
  }
}

/** Seconds that an approved plan lasts that ends by itself. Fault `usage` where another time is asked for. */
function lastingOf(approved: Plan | undefined, ends: string | undefined, ttl: number | undefined) {
  if (approved === undefined || ends === undefined) return ttl
  if (ttl === undefined) return Math.round((Date.parse(ends) - Date.parse(approved.at)) / 1000)
  throw new Fault('usage', `the plan ends by itself at ${ends}`, {
    where: '--ttl',
    next: 'leave it out, or plan again with another ttl',
  })
}

function refuseEnded({ run, changes }: Plan, now: string): void {
  const over = changes.find(({ ends }) => ends !== undefined && Date.parse(ends) <= Date.parse(now))
  if (over === undefined) return
  throw new Fault('stale-plan', `the plan was to end by itself at ${over.ends}, which is over`, {
    where: `run ${run}`,
    next: 'plan again; nothing was changed',
  })
}

function accountsText({ sessions }: Joined['world']): string {
  const [first, ...others] = sessions.map(({ cloud, account }) => `${cloud} ${account}`)
  return others.length > 0 ? `${first} and ${others.length} more` : `${first}`
}
