import { Fault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Json } from '../model/json.ts'
import type { Overruled, Plan, PlaybookRef, RefusedChange, Spared, Within } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { asking, moment } from '../model/purpose.ts'
import type { Holds } from '../model/run/holds.ts'
import { becauseOf } from '../model/spare.ts'
import { blastOf } from './blast-radius.ts'
import { type CredentialList, credentialList } from './credentials.ts'
import { dedupe, onePerIdentity } from './duplicates.ts'
import { expand, knownCredentials, type Wanted } from './expand.ts'
import { foresee } from './foresight.ts'
import { inLanes, laneOf } from './lanes.ts'
import { checkLimit, withinShare } from './limit.ts'
import { withNames } from './limit-names.ts'
import { missingFrom } from './missing-targets.ts'
import { baselineWarnings, namesakeWarnings, unlistedIn } from './plan-gaps.ts'
import { adviceOf, callsOf, manualOf } from './plan-notes.ts'
import { planChanges } from './planned-changes.ts'
import { isGuarded } from './planned-verbs.ts'
import { Overrule } from './protection-overrule.ts'
import { reachList, reachNotes } from './reachable.ts'
import { allKinds, type Selector, selector, spareFor } from './select.ts'
import { type Selection, select } from './selection.ts'
import { kept, Lost } from './unreached-accounts.ts'
import { sessionOf, type World } from './world.ts'

/** A playbook with its inputs, and what limits the plan. */
export interface PlanRequest {
  run: string
  /** The time that the plan is made for: an approved plan is made again for the time of the first. */
  at?: string
  playbook: Playbook
  inputs: { [name: string]: Json }
  /** The scope that the world was signed in with; recorded in the plan. */
  scope?: { [cloud: string]: Json }
  holds: Holds
  /** Plan, with a warning, what these credentials could not put back. */
  acceptOneWay?: boolean
  /** Ids or names of protected identities that a person includes all the same, or `all`. */
  includeProtected?: readonly string[]
  /** A part of a run, whose limit the caller checks over the whole. */
  part?: boolean
  /** Where the playbook says exactly which identities are meant, only those are read; the plan is otherwise the same. */
  narrow?: boolean
  /** With `narrow`: names of identities that may own the credentials that are meant, as a record has them. See `Query.near`. */
  near?: readonly string[] | undefined
  /** Identities that a step means by a name that is unique within an account only are of this account. */
  within?: Within | undefined
}

/**
 * Resolves a playbook to exact changes. Reads only. Faults: `limit` (too many identities), `invalid-playbook` (a select
 * expression failed), `refused` (an account where we must not act, or what nobody may include), `usage` (an identity to
 * include that is not protected), and the cloud's own.
 */
export async function makePlan(world: World, request: PlanRequest): Promise<Plan> {
  return await asking({ purpose: 'plan', since: moment() }, () => resolve(world, request))
}

async function resolve(world: World, request: PlanRequest): Promise<Plan> {
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
  const { includeProtected = [], within, near } = request
  const whole = request.part !== true
  const finding = { includeProtected, whole, within, near }
  let found = await find(world, chosen, lost, { narrow, ...finding })
  // Of some of the principals, the share is only greater: what passes would pass among all, and what does not is counted.
  if (narrow && !withinShare(playbook.limit, found.touched.size, found.selection.principals)) {
    narrow = false
    found = await find(world, chosen, lost, { narrow, ...finding })
  }
  const { selection, expanded, touched } = found
  if (!request.part) withNames(touched, () => checkLimit(playbook, touched.size, selection.principals))

  const foreseen = await foresee(
    world,
    dedupe(expanded.wanted),
    expanded.listed,
    identity => spareFor(sessionOf(world, identity), chosen, identity) !== undefined,
  )
  const ends = endOf(playbook, at)
  const { changes, refused, warnings } = await planChanges(world, { ...request, at, ends }, foreseen.wanted)
  warnings.push(...foreseen.warnings)
  const overruled = onePerIdentity([...selection.overruled, ...expanded.overruled])
  const blast = await blastOf(world, changes, at)
  // A watch acts on one identity as fast as it can, and does not list all roles.
  const reaching = narrow ? [] : await reachNotes(world, found.reach, changes)
  world.listen({ type: 'stage', stage: 'plan', at: 'end' })

  const sessions = world.sessions.filter(session => !lost.has(session))
  const warned = sessions.flatMap(({ cloud, account, warnings }) =>
    warnings.map(({ message }) => ({ cloud, account, message })),
  )
  const spared = onePerIdentity([...selection.spared, ...expanded.spared])
  const unreached = [...world.unreached, ...lost.accounts]
  const allRefused = [...expanded.refused, ...refused]
  const missing = await missingFrom(world, chosen, { changes, spared, refused: allRefused, unreached })
  return {
    version: 2,
    run,
    at,
    target: world.target,
    playbook: reference(playbook),
    inputs,
    ...(request.scope === undefined ? {} : { scope: request.scope }),
    callers: sessions.map(({ cloud, account, alias, caller, endpoint, guard }) => ({
      cloud,
      account,
      name: caller.name,
      ...(alias === undefined ? {} : { alias }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(guard?.as !== undefined && isGuarded(changes, cloud, account) ? { guard: guard.as } : {}),
    })),
    changes,
    spared,
    ...(overruled.length > 0 ? { overruled } : {}),
    refused: allRefused,
    unreached,
    ...(missing === undefined ? {} : { missing }),
    ...unlistedIn(sessions, chosen.kinds),
    warnings: [
      ...warned.map(({ message }) => message),
      ...chosen.protect.warnings(allKinds(world).filter(({ name }) => selection.kinds.has(name))),
      ...baselineWarnings(expanded.unknown),
      ...warnings.sort(),
      ...namesakeWarnings(selection.namesakes),
    ],
    ...(warned.length > 0 ? { warned } : {}),
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
    ...(Object.keys(expanded.unknown).length > 0 ? { unknown: expanded.unknown } : {}),
    calls: callsOf(world, changes),
    manual: manualOf(world, changes),
    advice: adviceOf(world, changes),
    ...(reaching.length > 0 ? { reachable: reaching } : {}),
    ...(includeProtected.length > 0 ? { includeProtected: [...includeProtected] } : {}),
    ...(request.acceptOneWay ? { acceptOneWay: true } : {}),
    ...(within === undefined ? {} : { within }),
  }
}

/** When the stop of a playbook ends by itself, with the seconds that clouds compare; undefined where it does not. */
function endOf({ onExpiry, ttl }: Playbook, at: string): string | undefined {
  if (onExpiry !== 'lapse') return undefined
  return `${new Date(Date.parse(at) + ttl * 1000).toISOString().slice(0, 19)}Z`
}

/** Selects and expands; see `PlanRequest`. */
async function find(
  world: World,
  chosen: Selector,
  lost: Lost,
  {
    narrow,
    includeProtected,
    whole,
    within,
    near,
  }: {
    narrow: boolean
    includeProtected: readonly string[]
    whole: boolean
    within: Within | undefined
    near: readonly string[] | undefined
  },
) {
  const overrule = new Overrule(includeProtected)
  const reach = reachList(world)
  const selection = await select(world, chosen, lost, { narrow, overrule, reach, within, near })
  world.listen({ type: 'stage', stage: 'plan', at: 'begin' })
  const expanded = await expandAll(world, chosen, selection, lost, overrule)
  // Of a part, or with an account missing, it may be elsewhere.
  if (whole && lost.accounts.length === 0 && world.unreached.length === 0) overrule.checkMet()
  const touched = new Set(expanded.wanted.map(({ identity }) => identity.owner ?? identity.id))
  return { selection, expanded, touched, reach }
}

interface Expanded {
  wanted: Wanted[]
  refused: RefusedChange[]
  spared: Spared[]
  overruled: Overruled[]
  known: Plan['known']
  unknown: NonNullable<Plan['unknown']>
  listed: CredentialList
}

/** Returns the changes that the steps ask for, identity by identity, with the credentials that each owns. */
async function expandAll(
  world: World,
  chosen: Selector,
  { selected }: Selection,
  lost: Lost,
  overrule: Overrule,
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
          const { known, unknown } = await knownCredentials(listed, identity)
          const { wanted, refused } = await expand(world, listed, identity, steps)
          const result: Omit<Expanded, 'listed'> & { identity: Identity } = {
            identity,
            wanted: [],
            refused,
            spared: [],
            overruled: [],
            known,
            unknown,
          }
          for (const each of wanted) {
            const own = each.identity.id === identity.id
            const spare = own ? undefined : spareFor(session, chosen, each.identity)
            const by = spare && overrule.of(spare, each.identity, { inherited: false, named: false })
            const about = spare && { identity: each.identity, because: becauseOf(spare), class: spare.class }
            if (about && by) result.overruled.push({ ...about, by })
            if (about && !by) result.spared.push(about)
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
    overruled: ordered.flatMap(each => each.overruled),
    known: Object.assign({}, ...ordered.map(each => each.known)),
    unknown: Object.assign({}, ...ordered.map(each => each.unknown)),
  }
}

function reference({ name, title, severity, sha256, source }: Playbook): PlaybookRef {
  return { name, title, severity, sha256, source }
}
