import { isOfACloud, listIdentities, type World } from '../engine/index.ts'
import { compileExpression } from '../model/expression/expression.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Provider, Session } from '../model/provider.ts'
import { catalogOf, configuredClouds, providersOf } from '../toolkit/clouds.ts'
import { openLab } from '../toolkit/lab.ts'
import { closeAll } from '../toolkit/open-run.ts'
import { cloudsOfFlags, scopeOf } from '../toolkit/scope.ts'
import { join } from '../toolkit/target.ts'
import { unreachedTexts, warningTexts } from '../ui/grouped-accounts.ts'
import { pageOf } from '../ui/page.ts'
import { tellFault } from './fault-text.ts'
import { foldersOf } from './folders.ts'
import { watchInterrupts } from './interrupt.ts'
import { type InventoryTarget, inventoryOutput } from './inventory-output.ts'
import { sayingWhat } from './progress-note.ts'
import { advised, recordBeforeRun } from './resume-hint.ts'
import type { ScopeFlags } from './scope-flags.ts'
import { exitWith, tell } from './terminal.ts'

export interface InventoryRequest extends InventoryTarget, ScopeFlags {
  state?: string | undefined
  config?: string | undefined
  cloud?: string[] | undefined
  kind?: string[] | undefined
  where?: string | undefined
  lab: boolean
}

/** Lists what the clouds let in. Accounts whose listing breaks off leave the others. */
export async function inventory(request: InventoryRequest): Promise<void> {
  const { chosen, left } = await cloudsFor(request)
  const providers = await providersOf(chosen)
  const scope = scopeOf(request, [...providers.keys()])
  checkKinds(request.kind, providers)
  const { kinds } = catalogOf(providers)
  const where =
    request.where === undefined ? undefined : compileExpression(request.where, { kinds, inputs: {} })
  const interrupt = watchInterrupts()
  const closers: (() => Promise<void>)[] = [async () => interrupt.release()]
  const output = inventoryOutput(request)
  const broken = new Map<Session, Fault>()
  let world: World | undefined
  try {
    await interrupt.untilBegun(() => listed())
    await ended()
  } catch (error) {
    // Before there is a world, nothing was printed, and the command ends like all others.
    if (world === undefined) throw error
    const fault = toFault(error)
    await ended(fault)
    // A call that nobody waits for any more would keep the program until it is given up.
    if (fault.code === 'interrupted') process.exit()
  } finally {
    await closeAll(closers)
  }

  async function listed(): Promise<void> {
    const lab = request.lab ? await openLab(foldersOf(request).state) : undefined
    if (lab) closers.push(() => lab.close())
    const { signal } = interrupt
    const joined = await join({ providers, scope, lab, listen: () => undefined, signal })
    closers.push(() => joined.close())
    world = joined.world
    const wanted = request.kind ?? where?.kinds()
    const found = listIdentities(world, {
      ...(wanted ? { kinds: [...wanted] } : {}),
      ...(where ? { where } : {}),
      lost: (session, error) => {
        if (!isOfACloud(error)) throw error
        broken.set(session, advised(toFault(error)))
      },
    })
    await sayingWhat('reading the inventory', async () => {
      for await (const identity of found) await output.put(identity)
    })
  }

  /** @param error what ended it, where it is not of one account */
  async function ended(error?: Fault): Promise<void> {
    if (world === undefined) return
    const [lost] = broken.values()
    const fault = error === undefined ? lost : advised(error)
    const warned = world.sessions.flatMap(({ cloud, account, warnings }) =>
      warnings.map(({ message }) => ({ cloud, account, message })),
    )
    const warnings = [...new Set(warned.map(({ message }) => message))]
    const unreached = [
      ...world.unreached.map(each => ({ ...each, fault: recordBeforeRun(each.fault) })),
      ...[...broken].map(([{ cloud, account }, each]) => ({ cloud, account, fault: each.record() })),
    ]
    await output.end({ warnings, warned, unreached, ...(fault === undefined ? {} : { fault }) })
    const page = await pageOf(process.stderr, request)
    for (const warning of warningTexts(warned, page)) tell(`interdict: ${warning}`)
    if (left.length > 0)
      tell(`interdict: not set up here, so not looked at: ${left.join(', ')} (--cloud names one)`)
    for (const text of unreachedTexts(world.unreached, page)) tell(`interdict: ${text}`)
    for (const { cloud, account } of broken.keys()) {
      tell(`interdict: the listing of ${cloud} ${account} broke off and is not complete`)
    }
    const isPartial = world.sessions.some(each => each.warnings.some(({ missing }) => missing !== undefined))
    if (unreached.length > 0 || isPartial) exitWith('incomplete')
    if (fault === undefined) return
    await tellFault(fault)
    // The answer of one account decides only where it is the only one.
    exitWith(error === undefined && world.sessions.length > 1 ? 'incomplete' : fault.exit)
  }
}

/** The clouds that --cloud or the scope flags name; else in the lab all of them, elsewhere those that this machine is set up for. */
async function cloudsFor(request: InventoryRequest): Promise<{ chosen?: string[]; left: string[] }> {
  const { cloud, lab } = request
  const named = cloud && cloud.length > 0 ? cloud : cloudsOfFlags(request)
  if (named.length > 0) return { chosen: named, left: [] }
  return lab ? { left: [] } : await configuredClouds()
}

function checkKinds(kinds: readonly string[] | undefined, providers: ReadonlyMap<string, Provider>): void {
  const known = [...providers.values()].flatMap(each => each.kinds.map(({ name }) => name))
  for (const kind of kinds ?? []) {
    if (known.includes(kind)) continue
    throw new Fault('usage', `no kind is called ${JSON.stringify(kind)}`, {
      where: '--kind',
      next: `kinds are ${known.join(', ')}`,
    })
  }
}
