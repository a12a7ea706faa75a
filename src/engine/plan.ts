import { Fault } from '../model/fault.ts'
import type { Holds } from '../model/holds.ts'
import type { Identity } from '../model/identity.ts'
import type { Json } from '../model/json.ts'
import type { Plan, PlannedChange, PlaybookRef, RefusedChange, Spared } from '../model/plan.ts'
import type { Playbook, Step } from '../model/playbook/playbook.ts'
import { blastOf } from './blast.ts'
import { expand, knownCredentials, planChange, type Wanted } from './expand.ts'
import { listIdentities } from './inventory.ts'
import { inLanes } from './lanes.ts'
import { checkLimit } from './limit.ts'
import { allKinds, type Selector, selector, sparedBecause } from './select.ts'
import { sessionOf, type World } from './world.ts'

export interface PlanRequest {
  run: string
  /** The time that the plan is made for: an approved plan is made again for the time of the first. */
  at?: string
  playbook: Playbook
  inputs: { [name: string]: Json }
  holds: Holds
}

/**
 * Resolves a playbook to exact changes. Reads only. Faults: `limit` (too many identities), `invalid-playbook` (a select
 * expression failed), `refused` (an account where we must not act), and the cloud's own.
 */
export async function makePlan(world: World, request: PlanRequest): Promise<Plan> {
  const { run, playbook, inputs, holds } = request
  const at = request.at ?? world.clock()
  for (const { warnings } of world.sessions) {
    const refusal = warnings.find(({ refuse }) => refuse)
    if (refusal)
      throw new Fault('refused', refusal.message, { next: 'use another identity to run interdict' })
  }
  const chosen = selector(world, playbook, inputs)
  const { selected, spared, listed, principals } = await select(world, chosen)

  world.listen({ type: 'stage', stage: 'plan', at: 'begin' })
  const refused: RefusedChange[] = []
  const wanted: Wanted[] = []
  const known: Plan['known'] = {}
  for (const { identity, steps } of selected) {
    const session = sessionOf(world, identity)
    Object.assign(known, await knownCredentials(session, identity))
    const expansion = await expand(world, session, identity, steps)
    refused.push(...expansion.refused)
    for (const each of expansion.wanted) {
      const because =
        each.identity.id === identity.id ? undefined : sparedBecause(session, chosen, each.identity)
      if (because) spared.push({ identity: each.identity, because })
      else wanted.push(each)
    }
  }
  const touched = new Set(wanted.map(({ identity }) => identity.owner ?? identity.id))
  checkLimit(playbook.limit, touched.size, principals)

  const changes: PlannedChange[] = []
  const unique = dedupe(wanted)
  await inLanes(
    unique.map(each => [each]),
    ({ identity }) => `${identity.cloud}:${identity.account}`,
    async group => {
      for (const each of group) {
        const outcome = await planChange(world, { ...each, run, at, holds })
        if ('because' in outcome) refused.push(outcome)
        else changes.push(outcome)
      }
    },
  )
  changes.sort((a, b) => (a.key < b.key ? -1 : 1))
  const blast = await blastOf(world, changes, at)
  world.listen({ type: 'stage', stage: 'plan', at: 'end' })

  return {
    version: 1,
    run,
    at,
    target: world.target,
    playbook: reference(playbook),
    inputs,
    callers: world.sessions.map(({ cloud, account, alias, caller, endpoint }) => ({
      cloud,
      account,
      name: caller.name,
      ...(alias === undefined ? {} : { alias }),
      ...(endpoint === undefined ? {} : { endpoint }),
    })),
    changes,
    spared: onePerIdentity(spared),
    refused,
    unreached: world.unreached,
    warnings: world.sessions.flatMap(({ warnings }) => warnings.map(({ message }) => message)),
    counts: {
      listed,
      touched: touched.size,
      limit: playbook.limit.identities,
      share: playbook.limit.share,
    },
    blast,
    known,
    calls: callsOf(world, changes),
  }
}

interface Selection {
  selected: { identity: Identity; steps: Step[] }[]
  spared: Spared[]
  listed: number
  principals: number
}

/** Only what was selected is kept, and the names of what is protected: an estate may be large. */
async function select(world: World, chosen: Selector): Promise<Selection> {
  const credentials = new Set(
    allKinds(world)
      .filter(({ credential }) => credential)
      .map(({ name }) => name),
  )
  const matched: { identity: Identity; steps: Step[] }[] = []
  const untouchable = new Map<string, string>()
  let listed = 0
  let principals = 0
  for await (const identity of listIdentities(world, { kinds: chosen.kinds })) {
    listed++
    if (!credentials.has(identity.kind)) principals++
    const because = sparedBecause(sessionOf(world, identity), chosen, identity)
    if (because) untouchable.set(identity.id, because)
    const steps = chosen.stepsFor(identity)
    if (steps.length > 0) matched.push({ identity, steps })
  }
  const spared: Spared[] = []
  const selected = matched.filter(({ identity }) => {
    const own = untouchable.get(identity.id)
    const inherited = identity.owner === undefined ? undefined : untouchable.get(identity.owner)
    const because = own ?? (inherited === undefined ? undefined : `its owner is spared: ${inherited}`)
    if (because) spared.push({ identity, because })
    return !because
  })
  return { selected, spared, listed, principals }
}

/** The same interruption with the same parameters is done once, whichever steps ask for it. */
function dedupe(wanted: readonly Wanted[]): Wanted[] {
  const byKey = new Map<string, Wanted[]>()
  for (const each of wanted) {
    const key = `${each.identity.id} ${each.interruption.id}`
    const others = byKey.get(key) ?? []
    if (others.some(({ params }) => JSON.stringify(params) === JSON.stringify(each.params))) continue
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

/** Seconds are an estimate: about five writes a second and account, each looked at again. */
function callsOf(world: World, changes: readonly PlannedChange[]): Plan['calls'] {
  const made = world.sessions.flatMap(session => Object.values(session.calls()))
  const writes = changes.reduce((sum, { differences }) => sum + differences.length, 0)
  return { reads: made.reduce((sum, each) => sum + each, 0), writes, seconds: Math.ceil(writes / 5) + 1 }
}
