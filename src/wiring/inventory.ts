import { isOfACloud, listIdentities, type World } from '../engine/index.ts'
import { compileExpression } from '../model/expression/expression.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Provider, Session } from '../model/provider.ts'
import { plain } from '../ui/text.ts'
import { catalogOf, configuredClouds, providersOf } from './clouds.ts'
import { tellFault } from './fault-text.ts'
import { foldersOf } from './folders.ts'
import { watchInterrupts } from './interrupt.ts'
import { type InventoryTarget, inventoryOutput } from './inventory-output.ts'
import { openLab } from './lab.ts'
import { advised, recordBeforeRun } from './resumable.ts'
import { closeAll } from './run.ts'
import { exitWith, tell } from './terminal.ts'
import { sayingWhat } from './waiting.ts'
import { join } from './world.ts'

export interface InventoryRequest extends InventoryTarget {
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
    const scope = Object.fromEntries([...providers.keys()].map(name => [name, {}]))
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
    const warnings = [...new Set(world.sessions.flatMap(each => each.warnings.map(({ message }) => message)))]
    const unreached = [
      ...world.unreached.map(each => ({ ...each, fault: recordBeforeRun(each.fault) })),
      ...[...broken].map(([{ cloud, account }, each]) => ({ cloud, account, fault: each.record() })),
    ]
    await output.end({ warnings, unreached, ...(fault === undefined ? {} : { fault }) })
    for (const warning of warnings) tell(`interdict: ${plain(warning)}`)
    if (left.length > 0)
      tell(`interdict: not set up here, so not looked at: ${left.join(', ')} (--cloud names one)`)
    for (const each of world.unreached) {
      tell(`interdict: ${each.cloud} ${each.account} was not reached: ${plain(each.fault.message)}`)
    }
    for (const { cloud, account } of broken.keys()) {
      tell(`interdict: the listing of ${cloud} ${account} broke off and is not complete`)
    }
    if (unreached.length > 0) exitWith('incomplete')
    if (fault === undefined) return
    await tellFault(fault)
    // What one account says decides only where it is the only one.
    exitWith(error === undefined && world.sessions.length > 1 ? 'incomplete' : fault.exit)
  }
}

/** In the lab, everything that it has; else the clouds that were named, or that this machine is set up for. */
async function cloudsFor({ cloud, lab }: InventoryRequest): Promise<{ chosen?: string[]; left: string[] }> {
  if (cloud && cloud.length > 0) return { chosen: cloud, left: [] }
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
