import { contain, makePlan, nothingToContain } from '../engine/index.ts'
import { newRunId, type Store } from '../journal/store.ts'
import { Fault } from '../model/fault.ts'
import { approvalDigest, holdersOf, type Plan } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Holds } from '../model/run/holds.ts'
import { isOpen } from '../model/run/replay.ts'
import { isAbsolute } from '../model/spare.ts'
import {
  approvedInputs,
  approvedPlan,
  checkApproved,
  checkStale,
  playbookFor,
  scopeFor,
} from '../toolkit/approved-plan.ts'
import { tellingBegun } from '../toolkit/begun-journal.ts'
import { refuseClock } from '../toolkit/clocks.ts'
import { catalogOf, providersOf } from '../toolkit/clouds.ts'
import { openLab } from '../toolkit/lab.ts'
import { actorOf, closeAll, lock, type RunFlags, trustState } from '../toolkit/open-run.ts'
import { containCommand, sealedPlan, writeNew } from '../toolkit/plan-file.ts'
import { scopeWords } from '../toolkit/scope.ts'
import { warnIfStrange } from '../toolkit/state-trust.ts'
import { holdsOf, type Joined, join } from '../toolkit/target.ts'
import { Doubts } from '../toolkit/unbelieved-runs.ts'
import { heldJson, heldText } from '../ui/held-text.ts'
import { containJson, jsonText, planJson } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { planText } from '../ui/plan.ts'
import { summaryText } from '../ui/summary.ts'
import { confirmPlan } from './ask.ts'
import { exitOfRun } from './exit-code.ts'
import { foldersOf, journalPath, storeOf } from './folders.ts'
import { inputsFor } from './inputs.ts'
import { watchInterrupts } from './interrupt.ts'
import { tellOpenChannels } from './open-channels.ts'
import { sayingWhat } from './progress-note.ts'
import { noteRun, recordBeforeRun } from './resume-hint.ts'
import { type Watch, watchOf } from './run-view.ts'
import type { ScopeFlags } from './scope-flags.ts'
import { canAsk, exitWith, print, tell } from './terminal.ts'

export interface PlanRequest extends RunFlags, ScopeFlags {
  /** A playbook's file or name, or a plan's file. */
  subject: string
  input?: string[] | undefined
  all?: boolean
  acceptOneWay?: boolean
  /** Ids or names of protected identities, or `all`. */
  includeProtected?: string[] | undefined
  /** Only these clouds of the playbook's scope. */
  cloud?: string[] | undefined
  out?: string | undefined
  /** Of the plan's file that was approved. */
  digest?: string | undefined
}

export interface ContainRequest extends PlanRequest {
  reason?: string | undefined
  ticket?: string | undefined
  ttl?: number | undefined
  /** Do not wait for the delays that the clouds document. */
  noWait?: boolean
  /** Seconds for which it is guarded afterwards. */
  guard?: number | undefined
  yes?: boolean
  /** Make a run of its own also where other runs hold everything. */
  stack?: boolean
  tool: string
}

interface Prepared {
  plan: Plan
  playbook: Playbook
  world: Joined['world']
  holds: Holds
  store: Store
  watch: Watch
  /** Where the journal will be. */
  path: string
  /** From here on things are changed. */
  begin(): void
}

/** `plan` and `contain --dry-run`: resolve, show, change nothing. */
export async function showPlan(request: PlanRequest): Promise<void> {
  await prepared(request, false, async ({ plan }) => {
    const unreached = plan.unreached.map(each => ({ ...each, fault: recordBeforeRun(each.fault) }))
    const shown = { ...plan, unreached }
    if (request.out !== undefined) {
      await writeNew(request.out, await sealedPlan(shown, 'plan', foldersOf(request)))
      const digest = approvalDigest(shown)
      tell(`plan of ${plan.changes.length} changes written to ${request.out}`)
      tell(`digest ${digest}`)
      tell(`carry it out with: ${containCommand(request.out, digest, request.lab === true)}`)
    }
    if (request.json) await print(jsonText(planJson(shown)))
    else if (request.out === undefined)
      await print(planText(plan, await pageOf(process.stdout, { now: plan.at, all: request.all === true })))
    if (plan.unreached.length > 0 || plan.unlisted !== undefined) exitWith('incomplete')
    // As contain ends: somebody named a target, and nothing would be done about it.
    else if (plan.missing !== undefined) exitWith('refused')
  })
}

export async function containPlaybook(request: ContainRequest): Promise<void> {
  if (!request.yes && !canAsk()) {
    throw new Fault('usage', 'a yes is needed, and there is no terminal to ask on', {
      where: '--yes',
      next: 'look at it with --dry-run, then give --yes; nothing was changed',
    })
  }
  const contained = await prepared(
    request,
    true,
    async ({ plan, playbook, world, holds, store, watch, path, begin }) => {
      if (!request.json)
        tell(planText(plan, await pageOf(process.stderr, { now: plan.at, all: request.all === true })))
      const holders = request.stack ? undefined : holdersOf(plan)
      if (holders) return await sayHeld(holders, plan, request, store)
      if (!request.yes && plan.changes.length > 0) await confirmPlan(plan)
      if (world.signal?.aborted) throw new Fault('interrupted', 'interrupted; nothing was changed')
      if (plan.changes.length === 0 && plan.unreached.length === 0) {
        throw nothingToContain(plan, overruling(plan, request))
      }
      begin()
      const journal = await store.create(plan.run, world.clock)
      try {
        await watch.begin()
        const state = await contain(world, {
          plan,
          journal: tellingBegun(journal, () => noteRun(plan.run, request.lab === true)),
          holds,
          reason: request.reason ?? '',
          ...(request.ticket === undefined ? {} : { ticket: request.ticket }),
          tool: request.tool,
          actor: actorOf(),
          ttl: request.ttl ?? playbook.ttl,
          noWait: request.noWait === true,
          playbook,
        })
        await watch.end()
        await tellOpenChannels(
          request,
          plan.changes.map(({ identity }) => identity.id),
        )
        if (request.guard !== undefined && isOpen(state)) return state.run
        const page = await pageOf(process.stdout, { now: world.clock(), all: request.all === true })
        await print(request.json ? jsonText(containJson(state, path)) : summaryText(state, path, page))
        exitWith(exitOfRun(state))
        return undefined
      } finally {
        await journal.close()
      }
    },
  )
  // The state folder is free again: a person may restore while it is guarded.
  if (contained === undefined) return
  const { guardRun } = await import('./guarding.ts')
  await guardRun(contained, { ...request, for: request.guard })
}

/** Other runs hold everything already: no run is made, and what is not proven is not called done. */
async function sayHeld(
  holders: readonly string[],
  plan: Plan,
  request: ContainRequest,
  store: Store,
): Promise<undefined> {
  const states = await Promise.all(holders.map(async run => (await store.read(run)).state))
  const unproven = states.filter(({ finished }) => finished !== 'complete').map(({ run }) => run)
  const page = await pageOf(process.stdout, { now: plan.at, all: request.all === true })
  await print(
    request.json ? jsonText(heldJson(holders, plan, unproven)) : heldText(holders, plan, unproven, page),
  )
  exitWith(plan.refused.length > 0 || unproven.length > 0 ? 'incomplete' : 'done')
  return undefined
}

async function prepared<Result>(
  request: PlanRequest,
  write: boolean,
  work: (prepared: Prepared) => Promise<Result>,
): Promise<Result> {
  const folders = foldersOf(request)
  const approved = await approvedPlan(request, folders)
  const providers = await providersOf()
  const playbook = await playbookFor(request.subject, approved, catalogOf(providers))
  const inputs = approved
    ? approvedInputs(approved, request)
    : await inputsFor(playbook, request.input, request.lab === true)
  const store = await storeOf(folders)
  const interrupt = watchInterrupts()
  const closers: (() => Promise<void>)[] = [async () => interrupt.release()]
  try {
    return await interrupt.untilBegun(() => opened())
  } finally {
    await closeAll(closers)
  }

  async function opened(): Promise<Result> {
    const { signal } = interrupt
    if (write) await trustState(store, request)
    else await warnIfStrange(store)
    const listed = await store.list()
    const run = approved?.run ?? newRunId(listed.map(each => each.run))
    if (write && approved && listed.some(each => each.run === run)) {
      throw new Fault('refused', `this plan was carried out already, as run ${run}`, {
        where: request.subject,
        next: `interdict status ${run}`,
      })
    }
    if (write) closers.push(await lock(store, 'contain', { run, signal, wait: request.wait }))
    const watch = watchOf(request.json === true)
    closers.push(() => watch.end())
    const lab = request.lab ? await openLab(folders.state) : undefined
    if (lab) closers.push(() => lab.close())
    const scope = scopeFor(playbook, approved, request, inputs)
    const joined = await join({ providers, scope, lab, listen: watch.listen, signal, run })
    closers.push(() => joined.close())
    const { world } = joined
    const doubts = new Doubts()
    const holds = await holdsOf(store, world.target, doubts.add)
    doubts.tell()
    if (approved) checkApproved(approved, world.target, request)
    const making = () =>
      makePlan(world, {
        run,
        playbook,
        inputs,
        scope,
        holds,
        acceptOneWay: request.acceptOneWay === true,
        includeProtected: request.includeProtected ?? [],
        ...(approved ? { at: approved.at, within: approved.within } : {}),
      })
    const plan = await sayingWhat(`reading ${accountsText(world)}`, making)
    if (approved) checkStale(approved, plan)
    const dated = plan.changes.some(({ verb }) => verb === 'revoke-sessions')
    if (write && dated && !request['accept-clock']) refuseClock(joined.clocks(), 'which sessions are denied')
    if (approved?.cause) plan.cause = approved.cause
    if (approved?.approval !== undefined) plan.approval = approved.approval
    return await work({
      plan,
      playbook,
      world,
      holds,
      store,
      watch,
      path: journalPath(folders, run),
      begin: () => interrupt.begin(),
    })
  }
}

function accountsText({ sessions }: Joined['world']): string {
  const [first, ...others] = sessions.map(({ cloud, account }) => `${cloud} ${account}`)
  return others.length > 0 ? `${first} and ${others.length} more` : `${first}`
}

/** The command that would touch what was spared, where somebody may decide that; undefined when nobody may. */
function overruling({ spared }: Plan, request: ContainRequest): string | undefined {
  const may = spared.filter(each => each.class !== undefined && !isAbsolute({ class: each.class }))
  const [first] = may
  if (!first) return undefined
  const words = [
    'interdict contain',
    request.subject,
    ...(request.input ?? []).flatMap(each => ['--input', each]),
    ...(request.cloud ?? []).flatMap(each => ['--cloud', each]),
    ...scopeWords(request),
    ...may.slice(0, 3).flatMap(({ identity }) => ['--include-protected', identity.id]),
    ...(request.lab ? ['--lab'] : []),
  ]
  return `${words.map((word, at) => (at === 0 ? word : quoted(word))).join(' ')} --reason "why it is touched all the same"`
}

/** As one word of a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
