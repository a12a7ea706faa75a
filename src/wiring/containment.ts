import { contain, makePlan } from '../engine/index.ts'
import { newRunId, type Store } from '../journal/store.ts'
import { Fault } from '../model/fault.ts'
import type { Holds } from '../model/holds.ts'
import type { Json } from '../model/json.ts'
import { cloudsOf, type Plan, planDigest } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { scopeWith } from '../model/playbook/scope.ts'
import { containJson, jsonText, planJson } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { planText } from '../ui/plan.ts'
import { summaryText } from '../ui/summary.ts'
import { confirmPlan } from './ask.ts'
import { refuseClock } from './clocks.ts'
import { catalogOf, providersOf } from './clouds.ts'
import { Doubts } from './doubt.ts'
import { foldersOf, journalPath, storeOf } from './folders.ts'
import { givenInputs, inputsFor } from './inputs.ts'
import { watchInterrupts } from './interrupt.ts'
import { openLab } from './lab.ts'
import { exitOfRun } from './outcome.ts'
import { readPlanFile, writeNew } from './plan-file.ts'
import { readPlaybook } from './playbooks.ts'
import { actorOf, closeAll, lock, type RunFlags, trustState } from './run.ts'
import { warnIfStrange } from './strange.ts'
import { canAsk, exitWith, print, tell } from './terminal.ts'
import { sayingWhat } from './waiting.ts'
import { type Watch, watchOf } from './watch.ts'
import { holdsOf, type Joined, join } from './world.ts'

export interface PlanRequest extends RunFlags {
  /** A playbook's file or name, or a plan's file. */
  subject: string
  input?: string[] | undefined
  all?: boolean
  acceptOneWay?: boolean
  /** Only these clouds of the playbook's scope. */
  cloud?: string[] | undefined
  out?: string | undefined
}

export interface ContainRequest extends PlanRequest {
  reason?: string | undefined
  ticket?: string | undefined
  ttl?: number | undefined
  yes?: boolean
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
    if (request.out !== undefined) {
      await writeNew(request.out, jsonText(planJson(plan)))
      tell(
        `plan of ${plan.changes.length} changes written to ${request.out}; carry it out with: interdict contain ${request.out}`,
      )
    }
    if (request.json) await print(jsonText(planJson(plan)))
    else if (request.out === undefined)
      await print(planText(plan, await pageOf(process.stdout, { now: plan.at, all: request.all === true })))
    if (plan.unreached.length > 0) exitWith('incomplete')
  })
}

export async function containPlaybook(request: ContainRequest): Promise<void> {
  if (!request.yes && !canAsk()) {
    throw new Fault('usage', 'a yes is needed, and there is no terminal to ask on', {
      where: '--yes',
      next: 'look at it with --dry-run, then give --yes; nothing was changed',
    })
  }
  await prepared(request, true, async ({ plan, playbook, world, holds, store, watch, path, begin }) => {
    if (!request.json)
      tell(planText(plan, await pageOf(process.stderr, { now: plan.at, all: request.all === true })))
    if (!request.yes && plan.changes.length > 0) await confirmPlan(plan)
    if (world.signal?.aborted) throw new Fault('interrupted', 'interrupted; nothing was changed')
    if (plan.changes.length === 0 && plan.unreached.length === 0) {
      throw new Fault(
        'refused',
        'nothing to contain: the playbook selects no identity here that may be touched',
        {
          next: 'check the inputs and the account; interdict inventory shows what there is',
        },
      )
    }
    begin()
    const journal = await store.create(plan.run, world.clock)
    try {
      await watch.begin()
      const state = await contain(world, {
        plan,
        journal,
        holds,
        reason: request.reason ?? '',
        ...(request.ticket === undefined ? {} : { ticket: request.ticket }),
        tool: request.tool,
        actor: actorOf(),
        ttl: request.ttl ?? playbook.ttl,
      })
      await watch.end()
      const page = await pageOf(process.stdout, { now: world.clock(), all: request.all === true })
      await print(request.json ? jsonText(containJson(state, path)) : summaryText(state, path, page))
      exitWith(exitOfRun(state))
    } finally {
      await journal.close()
    }
  })
}

async function prepared(
  request: PlanRequest,
  write: boolean,
  work: (prepared: Prepared) => Promise<void>,
): Promise<void> {
  const folders = foldersOf(request)
  const approved = request.subject.endsWith('.json') ? await readPlanFile(request.subject) : undefined
  const providers = await providersOf()
  const playbook = await playbookFor(request.subject, approved, catalogOf(providers))
  const inputs = approved
    ? approvedInputs(approved, request)
    : await inputsFor(playbook, request.input, request.lab === true)
  const store = await storeOf(folders)
  const interrupt = watchInterrupts()
  const closers: (() => Promise<void>)[] = [async () => interrupt.release()]
  try {
    await interrupt.untilBegun(() => opened())
  } finally {
    await closeAll(closers)
  }

  async function opened(): Promise<void> {
    const { signal } = interrupt
    if (write) await trustState(store, request)
    else await warnIfStrange(store)
    const listed = await store.list()
    const run = approved?.run ?? newRunId(listed.map(each => each.run))
    if (write) closers.push(await lock(store, 'contain', { run, signal, wait: request.wait }))
    const watch = watchOf(request.json === true)
    closers.push(() => watch.end())
    const lab = request.lab ? await openLab(folders.state) : undefined
    if (lab) closers.push(() => lab.close())
    const scope = scopeWith(scopeFor(playbook, approved, request), inputs)
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
        holds,
        acceptOneWay: request.acceptOneWay === true,
        ...(approved ? { at: approved.at } : {}),
      })
    const plan = await sayingWhat(`reading ${accountsText(world)}`, making)
    if (approved) checkStale(approved, plan)
    const dated = plan.changes.some(({ verb }) => verb === 'revoke-sessions')
    if (write && dated && !request['accept-clock']) refuseClock(joined.clocks(), 'which sessions are denied')
    if (approved?.cause) plan.cause = approved.cause
    await work({
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

async function playbookFor(
  subject: string,
  approved: Plan | undefined,
  catalog: ReturnType<typeof catalogOf>,
): Promise<Playbook> {
  if (!approved) return await readPlaybook(subject, catalog)
  const { parsePlaybook } = await import('../model/playbook/parse.ts')
  return parsePlaybook(approved.playbook.source, subject, catalog)
}

/** The clouds of the playbook that were asked for; those of an approved plan are what it was made on. */
function scopeFor(
  { name, scope }: Playbook,
  approved: Plan | undefined,
  { cloud: asked = [] }: PlanRequest,
): Playbook['scope'] {
  if (approved && asked.length > 0) {
    throw new Fault('usage', 'a plan has its clouds already', {
      where: '--cloud',
      next: 'leave it out, or plan again',
    })
  }
  const strange = asked.find(cloud => !Object.hasOwn(scope, cloud))
  if (strange !== undefined) {
    throw new Fault('usage', `${name} does nothing in ${JSON.stringify(strange)}`, {
      where: '--cloud',
      next: `its scope has ${Object.keys(scope).join(', ')}`,
    })
  }
  const wanted = approved ? cloudsOf(approved) : asked
  if (wanted.length === 0) return scope
  return Object.fromEntries(Object.entries(scope).filter(([cloud]) => wanted.includes(cloud)))
}

function approvedInputs(approved: Plan, request: PlanRequest): { [name: string]: Json } {
  if (Object.keys(givenInputs(request.input)).length > 0) {
    throw new Fault('usage', 'a plan has its inputs already', {
      where: '--input',
      next: 'leave it out, or plan again',
    })
  }
  return approved.inputs
}

function checkApproved(approved: Plan, target: Plan['target'], request: PlanRequest): void {
  // A file may be somebody else's: what cannot be put back is accepted by who carries it out.
  if (approved.acceptOneWay && !request.acceptOneWay) {
    throw new Fault('refused', 'the plan has changes that these credentials could not put back', {
      where: 'acceptOneWay',
      next: 'give --accept-one-way --reason … here too, or plan again without it; nothing was changed',
    })
  }
  const { kind, at } = approved.target
  if (kind === target.kind && at === target.at) return
  throw new Fault(
    'wrong-target',
    `the plan was made against ${kind} ${at}, and this is ${target.kind} ${target.at}`,
    {
      next: kind === 'lab' ? 'add --lab; nothing was changed' : 'leave out --lab; nothing was changed',
    },
  )
}

/** What was approved is what is done, or nothing. */
function checkStale(approved: Plan, plan: Plan): void {
  if (planDigest(approved) === planDigest(plan)) return
  const keys = (of: Plan) => new Set(of.changes.map(({ key }) => key))
  const [before, now] = [keys(approved), keys(plan)]
  const gone = [...before].filter(key => !now.has(key)).length
  const added = [...now].filter(key => !before.has(key)).length
  throw new Fault(
    'stale-plan',
    `the plan no longer matches: ${added} new, ${gone} gone, the rest may read otherwise`,
    {
      where: `run ${plan.run}`,
      next: 'plan again and look at it; nothing was changed',
    },
  )
}
