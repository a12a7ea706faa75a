import { strictest } from '../model/approvals.ts'
import { placeOfRun, runCommand } from '../model/command-text.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Journal } from '../model/journal.ts'
import type { Plan } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Session } from '../model/provider.ts'
import { asking, moment } from '../model/purpose.ts'
import type { Holds } from '../model/run/holds.ts'
import { isOpen } from '../model/run/replay.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import { carryOn, statusOf, waiting } from './contain.ts'
import { checkLimit } from './limit.ts'
import { lookForNewcomers } from './newcomers.ts'
import { makePlan } from './plan.ts'
import { isNamed } from './preview.ts'
import { includedIn, protectedToday } from './protected-today.ts'
import { Recorder } from './recorder.ts'
import { carryOnRestore } from './restore.ts'
import { restoreCommand } from './restore-advice.ts'
import { forEachChange } from './segments.ts'
import { appeared } from './sweep.ts'
import { isOfACloud } from './unreached-accounts.ts'
import { verifyChange } from './verify.ts'
import { checkSignal, isReached, sessionOf, type World } from './world.ts'

/** A run that a crash, a Ctrl-C or an unreachable account left. */
export interface ResumeRequest {
  state: RunState
  journal: Journal
  holds: Holds
  /** Parsed from the text that the journal kept, for accounts that were not reached. */
  playbook: Playbook
  /** Do not wait for the delays that the clouds document. */
  noWait?: boolean
}

/** Finishes what a crash, a Ctrl-C or an unreachable account left: the restore if one was under way, else the run. */
export async function resume(
  world: World,
  { state, journal, holds, playbook, noWait }: ResumeRequest,
): Promise<RunState> {
  const recorder = new Recorder(journal, world.listen, state, holds)
  const { restore } = state
  if (restore && (restore.finished === undefined || restore.finished === 'interrupted')) {
    // Names that are already restored hold nothing any more and must not count as typing errors.
    const only = restore.only.length === 0 ? [] : stillHeld(state, restore.only)
    if (restore.only.length > 0 && only.length === 0) {
      await recorder.record({ type: 'restore.finished', status: 'complete' })
      return recorder.state
    }
    return await carryOnRestore(world, recorder, { state, holds, only, options: restore.options })
  }
  if (restore) {
    const open = isOpen(state)
    throw new Fault(
      'refused',
      `run ${state.run} is ${open ? 'being ' : ''}restored; there is nothing to resume`,
      {
        next: open ? restoreCommand({ run: state.run, world }) : runCommand('status', placeOfRun(state)),
      },
    )
  }
  await refuseProtected(world, recorder, playbook)
  const refused = await reach(world, recorder, holds, playbook)
  const finished = await carryOn(world, recorder, holds, { ...waiting(world, noWait), playbook })
  // The rest of the run is resumed all the same.
  if (refused) throw refused
  return finished
}

/**
 * Refuses the changes that were not begun and whose identity the house protects since the plan was made. A change that is written stays
 * the run's: it is held, and a restore gives it back.
 */
async function refuseProtected(world: World, recorder: Recorder, playbook: Playbook): Promise<void> {
  const { changes, plan } = recorder.state
  const open = [...changes.values()].filter(
    ({ phase, held, identity }) =>
      (phase === 'planned' || phase === 'failed') && held.length === 0 && isReached(world, identity),
  )
  const identities = new Map(open.map(({ identity }) => [identity.id, identity]))
  const included = { run: includedIn(plan), now: [] }
  const found = await protectedToday(world, playbook, [...identities.values()], included)
  for (const { key, identity } of open) {
    const because = found.get(identity.id)
    if (because !== undefined) await recorder.record({ type: 'change.refused', key, because })
  }
}

/** Whether a run says that a change is in force: it holds settings, or it found them so. */
function isVouchedFor({ phase, held }: ChangeState): boolean {
  return held.length > 0 || phase === 'already'
}

function stillHeld(state: RunState, only: readonly string[]): string[] {
  const held = [...state.changes.values()].filter(change => change.held.length > 0)
  return only.filter(name => held.some(change => isNamed(change, name)))
}

/**
 * Plans for the accounts that could not be signed in to, or not be listed whole, when the run began, and now can. The limit
 * is the run's: it is checked over these and what was reached before; when it does not allow them, they stay as they were,
 * and why is given back.
 */
async function reach(
  world: World,
  recorder: Recorder,
  holds: Holds,
  playbook: Playbook,
): Promise<Fault | undefined> {
  const { state } = recorder
  const reached: { cloud: string; account: string; plan: Plan }[] = []
  for (const { cloud, account } of gapsOf(state)) {
    const sessions = isSame(world.unreached, cloud, account) ? [] : sessionsOf(world, state, cloud, account)
    if (sessions.length === 0) continue
    const { inputs, acceptOneWay = false, includeProtected = [], within } = state.plan
    const given = { inputs, acceptOneWay, includeProtected, within }
    const request = { run: state.run, playbook, holds, ...given, part: true }
    const plan = await makePlan({ ...world, sessions, unreached: [] }, request).catch((error: unknown) => {
      // It stays unreached, and the run incomplete; the other accounts are resumed.
      if (isOfACloud(error)) return undefined
      throw error
    })
    if (plan) reached.push({ cloud, account, plan: withoutKnown(plan, state) })
  }
  const needed = strictest(state.plan.approvals, playbook.approvals).contain ?? 0
  const added = reached.find(({ plan }) => plan.changes.length > 0)
  if (needed > 0 && added) return notApproved(added)
  const counts = [state.plan, ...reached.map(({ plan }) => plan)].map(plan => plan.counts)
  try {
    if (reached.length > 0) {
      checkLimit(
        playbook,
        counts.reduce((sum, { touched }) => sum + touched, 0),
        counts.reduce((sum, { principals = 0 }) => sum + principals, 0),
      )
    }
  } catch (error) {
    return toFault(error)
  }
  for (const each of reached) await recorder.record({ type: 'run.reached', ...each })
  return undefined
}

/** People approved what they were shown: what an account adds that could not be listed then is another plan. */
function notApproved({ cloud, account }: { cloud: string; account: string }): Fault {
  return new Fault(
    'refused',
    `others approved the run without ${cloud} ${account}, which could not be listed then`,
    {
      where: `${cloud} ${account}`,
      next: 'plan the playbook again for that account, and have that plan approved; the rest of the run is resumed',
    },
  )
}

/** Accounts that were not reached, and those in which a listing was refused; each once. */
function gapsOf({ unreached, plan }: RunState): { cloud: string; account: string }[] {
  const all = [...unreached, ...(plan.unlisted ?? [])]
  return all.filter(({ cloud, account }, index) => !isSame(all.slice(0, index), cloud, account))
}

/** Returns the part of an account's second plan that its first does not have. */
function withoutKnown(plan: Plan, { changes, plan: first }: RunState): Plan {
  const isKnown = ({ cloud, account }: Plan['callers'][number]) => isSame(first.callers, cloud, account)
  if (!plan.callers.some(isKnown)) return plan
  const has = (all: readonly { identity: { id: string } }[], id: string) =>
    all.some(each => each.identity.id === id)
  const added = plan.changes.filter(({ key }) => !changes.has(key))
  const touched = new Set(
    added
      .map(({ identity }) => identity.id)
      .filter(id => ![...changes.values()].some(each => each.identity.id === id)),
  )
  return {
    ...plan,
    changes: added,
    callers: plan.callers.filter(caller => !isKnown(caller)),
    spared: plan.spared.filter(({ identity }) => !has(first.spared, identity.id)),
    refused: plan.refused.filter(({ identity }) => !has(first.refused, identity.id)),
    counts: { ...plan.counts, listed: touched.size, touched: touched.size },
  }
}

/**
 * Those of the account; where the cloud failed before it could tell which accounts there are, what is listed is a word
 * for them (`self`, `organization`, or nothing): then those that the run has not planned for.
 */
function sessionsOf(world: World, { plan, unreached }: RunState, cloud: string, account: string): Session[] {
  const all = world.sessions.filter(each => each.cloud === cloud)
  const own = all.filter(each => each.account === account)
  if (own.length > 0) return own
  return all.filter(
    each => !isSame(plan.callers, cloud, each.account) && !isSame(unreached, cloud, each.account),
  )
}

function isSame(all: readonly { cloud: string; account: string }[], cloud: string, account: string): boolean {
  return all.some(each => each.cloud === cloud && each.account === account)
}

/**
 * Looks again: is everything set, denied, and has a credential appeared? Each look is recorded, so that `status` tells
 * it without a cloud.
 */
export async function verify(
  world: World,
  { state, journal, holds }: Omit<ResumeRequest, 'playbook' | 'noWait'>,
): Promise<RunState> {
  const recorder = new Recorder(journal, world.listen, state, holds)
  const held = [...state.changes.values()].filter(isVouchedFor)
  world.listen({ type: 'stage', stage: 'verify', at: 'begin' })
  const reached = held.filter(({ identity }) => isReached(world, identity))
  const since = moment()
  await asking({ purpose: 'verify', since }, () =>
    forEachChange(world, reached, async change => {
      checkSignal(world)
      await verifyChange(world, recorder, holds, change)
    }),
  )
  world.listen({ type: 'stage', stage: 'verify', at: 'end' })
  if (held.length === 0) return recorder.state
  const { found, failed } = await asking({ purpose: 'sweep', since }, () => appeared(world, state))
  for (const { owner, identity } of found) {
    await recorder.record({ type: 'sweep.found', owner: owner.id, identity, contained: false })
  }
  await asking({ purpose: 'newcomers', since }, () => lookForNewcomers(world, recorder))
  const [first] = failed
  if (first) throw first.fault
  if (state.finished === 'settling' && statusOf(state, world.clock()) === 'complete') {
    await recorder.record({ type: 'run.finished', status: 'complete' })
  }
  // A change that was not looked at must not count as holding.
  for (const { identity } of held) sessionOf(world, identity)
  return recorder.state
}
