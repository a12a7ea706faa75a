import { isOfACloud, listIdentities, type World } from '../engine/index.ts'
import { nearest } from '../model/document/problems.ts'
import { compileExpression } from '../model/expression/expression.ts'
import { Fault, type FaultRecord, toFault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Plan } from '../model/plan.ts'
import type { Provider, Session } from '../model/provider.ts'
import { catalogOf, configuredClouds, providersOf } from './clouds.ts'
import type { Host } from './host.ts'
import { labOf } from './lab.ts'
import { closeAll } from './open-run.ts'
import { advisedFor, recordBeforeRun } from './resume-advice.ts'
import { cloudsOfFlags, scopeOf } from './scope.ts'
import type { ScopeFlags } from './scope-settings.ts'
import { join } from './target.ts'
import { untilChanging } from './until-changing.ts'

/** The identities to list. */
export interface InventoryRequest extends ScopeFlags {
  /** Names of clouds; those that the environment is set up for when empty, in the lab all of them. */
  cloud?: string[] | undefined
  /** Names of kinds; every kind that is not costly when missing. */
  kind?: string[] | undefined
  /** An expression over `identity`. */
  where?: string | undefined
}

/** The end of a listing. */
export interface Listing {
  /** Why it ended early as a whole; missing where at most single accounts broke off. */
  fault?: Fault
  /** Accounts whose listing broke off. */
  broken: { cloud: string; account: string; fault: Fault }[]
  /** Accounts that could not be entered. */
  unreached: { cloud: string; account: string; fault: FaultRecord }[]
  /** Warnings, with the account of each. */
  warned: NonNullable<Plan['warned']>
  /** Clouds that the environment is not set up for, so that they were not looked at. */
  left: string[]
  /** Accounts that were entered. */
  accounts: number
  /** Nothing is missing. */
  complete: boolean
}

/**
 * Lists identities one by one, since an estate may be larger than memory. An account whose listing breaks off does not end the
 * others. Faults: `usage`, and those of signing in; what happens after the first account was entered is in the result.
 *
 * @param put takes an identity; the listing waits for it
 */
export async function listInventory(
  host: Host,
  request: InventoryRequest,
  put: (identity: Identity) => Promise<void>,
): Promise<Listing> {
  const { chosen, left } = await cloudsFor(host, request)
  const providers = await providersOf(chosen, host.clouds)
  const scope = scopeOf(request, [...providers.keys()], host)
  checkKinds(request.kind, providers)
  const { kinds } = catalogOf(providers)
  const where =
    request.where === undefined ? undefined : compileExpression(request.where, { kinds, inputs: {} })
  const closers: (() => Promise<void>)[] = []
  const broken = new Map<Session, Fault>()
  let world: World | undefined
  try {
    await untilChanging(host.signal, () => listed())
    return ending()
  } catch (error) {
    if (world === undefined) throw error
    return ending(advisedFor(toFault(error), undefined))
  } finally {
    await closeAll(closers)
  }

  async function listed(): Promise<void> {
    const { signal, timing, environment, during, listen } = host
    const lab = await labOf(host)
    if (lab) closers.push(() => lab.close())
    const joined = await join({ providers, scope, lab, listen, signal, timing, environment, during })
    closers.push(() => joined.close())
    world = joined.world
    const wanted = request.kind ?? where?.kinds()
    const found = listIdentities(joined.world, {
      ...(wanted ? { kinds: [...wanted] } : {}),
      ...(where ? { where } : {}),
      lost: (session, error) => {
        if (!isOfACloud(error)) throw error
        broken.set(session, advisedFor(toFault(error), undefined))
      },
    })
    await during('reading the inventory', async () => {
      for await (const identity of found) await put(identity)
    })
  }

  function ending(fault?: Fault): Listing {
    const sessions = world?.sessions ?? []
    const unreached = world?.unreached ?? []
    const isPartial = sessions.some(each => each.warnings.some(({ missing }) => missing !== undefined))
    return {
      ...(fault === undefined ? {} : { fault }),
      broken: [...broken].map(([{ cloud, account }, each]) => ({ cloud, account, fault: each })),
      unreached: unreached.map(each => ({ ...each, fault: recordBeforeRun(each.fault) })),
      warned: sessions.flatMap(({ cloud, account, warnings }) =>
        warnings.map(({ message }) => ({ cloud, account, message })),
      ),
      left,
      accounts: sessions.length,
      complete: fault === undefined && broken.size === 0 && unreached.length === 0 && !isPartial,
    }
  }
}

/** The clouds that are named, or whose scope is; else in the lab all of them, elsewhere those that are set up. */
async function cloudsFor(
  host: Host,
  request: InventoryRequest,
): Promise<{ chosen?: string[]; left: string[] }> {
  const { cloud } = request
  const named = cloud && cloud.length > 0 ? cloud : cloudsOfFlags(request)
  if (named.length > 0) return { chosen: named, left: [] }
  return host.lab ? { left: [] } : await configuredClouds(host)
}

function checkKinds(kinds: readonly string[] | undefined, providers: ReadonlyMap<string, Provider>): void {
  const known = [...providers.values()].flatMap(each => each.kinds.map(({ name }) => name))
  for (const kind of kinds ?? []) {
    if (known.includes(kind)) continue
    const near = nearest(kind, known)
    throw new Fault('usage', `no kind is called ${JSON.stringify(kind)}`, {
      where: '--kind',
      next: near === undefined ? `kinds are ${known.join(', ')}` : `did you mean --kind ${near}?`,
    })
  }
}
