import { Fault } from '../model/fault.ts'
import type { Holds } from '../model/holds.ts'
import type { Identity } from '../model/identity.ts'
import type { Json } from '../model/json.ts'
import type { Plan, PlannedChange, PlaybookRef, RefusedChange, Spared } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { blastOf } from './blast.ts'
import {
  type CredentialList,
  credentialList,
  expand,
  knownCredentials,
  planChange,
  type Wanted,
} from './expand.ts'
import { foresee } from './foresight.ts'
import { inLanes, laneOf } from './lanes.ts'
import { checkLimit, withinShare } from './limit.ts'
import { kept, Lost } from './lost.ts'
import { adviceOf, callsOf, manualOf } from './notes.ts'
import { checkOneWay } from './one-way.ts'
import { type Selector, selector, sparedBecause } from './select.ts'
import { type Selection, select } from './selection.ts'
import { sessionOf, type World } from './world.ts'

export interface PlanRequest {
  run: string
  /** The time that the plan is made for: an approved plan is made again for the time of the first. */
  at?: string
  playbook: Playbook
  inputs: { [name: string]: Json }
  holds: Holds
  /** Plan, with a warning, what these credentials could not put back. */
  acceptOneWay?: boolean
  /** A part of a run, whose limit the caller checks over the whole. */
  part?: boolean
  /** Where the playbook says exactly which identities are meant, only those are read; the plan is otherwise the same. */
  narrow?: boolean
}

/**
 * Resolves a playbook to exact changes. Reads only. Faults: `limit` (too many identities), `invalid-playbook` (a select
 * expression failed), `refused` (an account where we must not act), and the cloud's own.
 */
export async function makePlan(world: World, request: PlanRequest): Promise<Plan> {
  const { run, playbook, inputs } = request
  const at = request.at ?? world.clock()
  for (const { warnings } of world.sessions) {
    const refusal = warnings.find(({ refuse }) => refuse)
    if (refusal)
      throw new Fault('refused', refusal.message, { next: 'use another identity to run interdict' })
  }
  const chosen = selector(world, playbook, inputs)
  const lost = new Lost(world.sessions.length)
  let narrow = request.narrow === true && chosen.lookups !== undefined
  let found = await find(world, chosen, lost, narrow)
  // Of some of the principals, the share is only greater: what passes would pass among all, and what does not is counted.
  if (narrow && !withinShare(playbook.limit, found.touched.size, found.selection.principals)) {
    narrow = false
    found = await find(world, chosen, lost, narrow)
  }
  const { selection, expanded, touched } = found
  if (!request.part) checkLimit(playbook.limit, touched.size, selection.principals)

  const foreseen = await foresee(
    world,
    dedupe(expanded.wanted),
    expanded.listed,
    identity => sparedBecause(sessionOf(world, identity), chosen, identity) !== undefined,
  )
  const { changes, refused, warnings } = await planChanges(world, request, at, foreseen.wanted)
  warnings.push(...foreseen.warnings)
  const blast = await blastOf(world, changes, at)
  world.listen({ type: 'stage', stage: 'plan', at: 'end' })

  const sessions = world.sessions.filter(session => !lost.has(session))
  return {
    version: 1,
    run,
    at,
    target: world.target,
    playbook: reference(playbook),
    inputs,
    callers: sessions.map(({ cloud, account, alias, caller, endpoint }) => ({
      cloud,
      account,
      name: caller.name,
      ...(alias === undefined ? {} : { alias }),
      ...(endpoint === undefined ? {} : { endpoint }),
    })),
    changes,
    spared: onePerIdentity([...selection.spared, ...expanded.spared]),
    refused: [...expanded.refused, ...refused],
    unreached: [...world.unreached, ...lost.accounts],
    warnings: [
      ...sessions.flatMap(({ warnings }) => warnings.map(({ message }) => message)),
      ...warnings.sort(),
    ],
    counts: {
      listed: selection.listed,
      principals: selection.principals,
      ...(narrow ? { narrow: true } : {}),
      touched: touched.size,
      limit: playbook.limit.identities,
      share: playbook.limit.share,
    },
    blast,
    known: expanded.known,
    calls: callsOf(world, changes),
    manual: manualOf(world, changes),
    advice: adviceOf(world, changes),
    ...(request.acceptOneWay ? { acceptOneWay: true } : {}),
  }
}

/** Selects and expands. @param narrow see `PlanRequest` */
async function find(world: World, chosen: Selector, lost: Lost, narrow: boolean) {
  const selection = await select(world, chosen, lost, narrow)
  world.listen({ type: 'stage', stage: 'plan', at: 'begin' })
  const expanded = await expandAll(world, chosen, selection, lost)
  const touched = new Set(expanded.wanted.map(({ identity }) => identity.owner ?? identity.id))
  return { selection, expanded, touched }
}

interface Expanded {
  wanted: Wanted[]
  refused: RefusedChange[]
  spared: Spared[]
  known: Plan['known']
  listed: CredentialList
}

/** What the steps ask for, identity by identity, with the credentials that each owns. */
async function expandAll(
  world: World,
  chosen: Selector,
  { selected }: Selection,
  lost: Lost,
): Promise<Expanded> {
  const listed = credentialList(world)
  const results = new Map<Identity, Omit<Expanded, 'listed'> & { identity: Identity }>()
  await inLanes(
    selected.map(each => [each]),
    laneOf,
    async group => {
      for (const { identity, steps } of group) {
        const session = sessionOf(world, identity)
        await lost.unless(identity, async () => {
          const known = await knownCredentials(listed, identity)
          const { wanted, refused } = await expand(world, listed, identity, steps)
          const result = { identity, wanted: [] as Wanted[], refused, spared: [] as Spared[], known }
          for (const each of wanted) {
            const own = each.identity.id === identity.id
            const because = own ? undefined : sparedBecause(session, chosen, each.identity)
            if (because) result.spared.push({ identity: each.identity, because })
            else result.wanted.push(each)
          }
          results.set(identity, result)
        })
      }
    },
  )
  const ordered = kept(
    selected.flatMap(({ identity }) => results.get(identity) ?? []),
    lost,
  )
  return {
    listed,
    wanted: ordered.flatMap(each => each.wanted),
    refused: ordered.flatMap(each => each.refused),
    spared: ordered.flatMap(each => each.spared),
    known: Object.assign({}, ...ordered.map(each => each.known)),
  }
}

/** Reads each and says what would change. */
async function planChanges(
  world: World,
  { run, holds, acceptOneWay = false }: PlanRequest,
  at: string,
  wanted: readonly Wanted[],
): Promise<{ changes: PlannedChange[]; refused: RefusedChange[]; warnings: string[] }> {
  const changes: PlannedChange[] = []
  const refused: RefusedChange[] = []
  const warnings: string[] = []
  await inLanes(
    wanted.map(each => [each]),
    laneOf,
    async group => {
      for (const each of group) {
        const planned = await planChange(world, { ...each, run, at, holds })
        const outcome =
          'because' in planned
            ? planned
            : await checkOneWay(world, { run, change: planned, accept: acceptOneWay, warnings })
        if ('because' in outcome) refused.push(outcome)
        else changes.push(outcome)
      }
    },
  )
  changes.sort((a, b) => (a.key < b.key ? -1 : 1))
  return { changes, refused, warnings }
}

/** The same interruption with the same parameters is done once, whichever steps ask for it. */
function dedupe(wanted: readonly Wanted[]): Wanted[] {
  const byKey = new Map<string, Wanted[]>()
  for (const each of wanted) {
    const key = `${each.identity.id} ${each.interruption.id}`
    const others = byKey.get(key) ?? []
    const twin = others.find(({ params }) => JSON.stringify(params) === JSON.stringify(each.params))
    if (twin) {
      // If one of the steps keeps it off, it stays off.
      if (each.after !== undefined) twin.after = each.after
      continue
    }
    byKey.set(key, [...others, each])
  }
  return [...byKey].flatMap(([key, list]) =>
    list.map((each, index) => ({ ...each, key: index === 0 ? key : `${key} #${index + 1}` })),
  )
}

function onePerIdentity(spared: readonly Spared[]): Spared[] {
  return [...new Map(spared.map(each => [each.identity.id, each])).values()]
}

function reference({ name, title, severity, sha256, source }: Playbook): PlaybookRef {
  return { name, title, severity, sha256, source }
}
