import { toFault } from '../model/fault.ts'
import { type Identity, parseIdentityId } from '../model/identity.ts'
import type { Context, Interruption, Reading } from '../model/interruption.ts'
import type { Plan, PlannedChange, RefusedChange } from '../model/plan.ts'
import type { Step } from '../model/playbook/playbook.ts'
import type { CredentialGap } from '../model/provider.ts'
import type { Holds } from '../model/run/holds.ts'
import { type CredentialList, gapText } from './credentials.ts'
import { enforcementSeconds } from './enforcement-delay.ts'
import { fallbackOf } from './fallback.ts'
import { heldBy } from './joined-change.ts'
import { checkUid } from './setting-check.ts'
import { joinedTarget, type TargetState, targetState } from './target-state.ts'
import { contextFor, sessionOf, type World } from './world.ts'

/** An interruption of an identity that a step asks for. */
export interface Wanted
  extends Pick<
    PlannedChange,
    'key' | 'identity' | 'verb' | 'params' | 'step' | 'strength' | 'mayUndo' | 'companion' | 'after'
  > {
  interruption: Interruption
}

/**
 * A verb stands for every interruption with that verb that applies to the identity or to the credentials that it owns;
 * an exact id for itself.
 */
export async function expand(
  world: World,
  listed: CredentialList,
  identity: Identity,
  steps: readonly Step[],
): Promise<{ wanted: Wanted[]; refused: RefusedChange[] }> {
  const wanted: Wanted[] = []
  const refused: RefusedChange[] = []
  for (const step of steps) {
    for (const { use, params } of step.interrupt) {
      const asked = (world.providers.get(identity.cloud)?.interruptions ?? []).filter(
        ({ id, verbs }) => id === use || verbs.some(verb => verb === use),
      )
      const [before, already] = [wanted.length, refused.length]
      const add = (target: Identity) => {
        for (const interruption of asked.filter(({ on }) => on.includes(target.kind))) {
          const verb = interruption.verbs.find(each => each === use) ?? interruption.verbs[0]
          const checked = interruption.params.safeParse(params)
          if (!verb || !checked.success) continue
          wanted.push({
            key: '',
            identity: target,
            interruption,
            verb,
            params: checked.data,
            step: step.name,
            ...(step.after === undefined ? {} : { after: step.after }),
          })
        }
      }
      add(identity)
      const owned = ownedBy(world, identity)
      if (identity.owner === undefined && asked.some(({ on }) => on.some(kind => owned.has(kind)))) {
        const { found, gaps } = await listed(identity)
        for (const credential of found) add(credential)
        for (const gap of gaps) {
          for (const { id } of asked.filter(({ on }) => appliesTo(on, gap, identity))) {
            const because = gapText(gap)
            refused.push({ identity, interruption: id, step: step.name, because })
          }
        }
      }
      if (wanted.length === before && refused.length === already) {
        refused.push({
          identity,
          interruption: use,
          step: step.name,
          because: `nothing to do: no ${use} applies to this ${identity.kind} or to a credential of it`,
        })
      }
    }
  }
  return { wanted, refused }
}

/** Kinds of credentials that belong to an identity of this kind. */
function ownedBy({ providers }: World, { cloud, kind }: Identity): ReadonlySet<string> {
  const kinds = providers.get(cloud)?.kinds ?? []
  return new Set(kinds.filter(({ owners }) => owners?.includes(kind)).map(({ name }) => name))
}

/** Whether an interruption is of credentials that a gap leaves out. */
function appliesTo(on: readonly string[], { kind }: CredentialGap, identity: Identity): boolean {
  return kind === undefined ? !on.includes(identity.kind) : on.includes(kind)
}

/** The credentials of the principal behind an identity; what the sweep finds beyond them has appeared meanwhile. */
export async function knownCredentials(
  listed: CredentialList,
  identity: Identity,
): Promise<Required<Pick<Plan, 'known' | 'unknown'>>> {
  const owner = ownerOf(identity)
  const { found, gaps } = await listed.undated(owner)
  return {
    known: { [owner.id]: found.map(({ id }) => id) },
    unknown: gaps.length === 0 ? {} : { [owner.id]: gaps },
  }
}

/** The principal that an identity belongs to, or itself. A credential knows no more of its owner than the id. */
export function ownerOf(identity: Identity): Identity {
  if (identity.owner === undefined) return identity
  return { ...parseIdentityId(identity.owner), id: identity.owner, uid: '', facts: {} }
}

interface PlanningRequest extends Wanted {
  run: string
  at: string
  holds: Holds
  /** Do not join another run: what it put there is not enough. */
  alone?: boolean
  /** RFC 3339: the stop is to end by itself then. */
  ends?: string
}

/** Only a deny that the cloud itself evaluates with the time can end without us. */
const NO_END =
  'it cannot end by itself (onExpiry: lapse): nothing that the cloud keeps of it has an end. `interdict catalog` says which interruptions can; or use onExpiry: remind'

/** Reads one identity and says what would change, or why it must not. Reads only. */
export async function planChange(
  world: World,
  request: PlanningRequest,
): Promise<PlannedChange | RefusedChange> {
  const { identity, interruption, step } = request
  const refuse = (because: string): RefusedChange => ({
    identity,
    interruption: interruption.id,
    step,
    because,
  })
  if (request.ends !== undefined && !interruption.lapses) return refuse(NO_END)
  try {
    const joined = request.alone || request.ends !== undefined ? undefined : await joining(world, request)
    if (joined) return joined
    const { key, run, at, holds } = request
    const { client } = sessionOf(world, identity)
    const context: Context = { ...contextFor(run, at, request), postpone: true, ...strengthOf(request) }
    const reading = await interruption.read(client, context)
    if (!reading) return refuse('it is gone')
    checkUid(identity, reading)
    const seen = reading.seen === undefined ? {} : { seen: reading.seen }
    const because = interruption.refuse?.(reading.facet, { ...context, ...seen })
    if (because) return refuse(because)
    const full = { ...context, ...seen }
    const aimed = targetState(interruption, reading, full, holds, key)
    const fallback = fallbackOf(interruption, reading, full, { holds, key, first: aimed })
    const cautions = interruption.cautions?.(reading.facet, full) ?? []
    return {
      ...planned(world, request, reading, aimed),
      ...(fallback.length > 0 ? { fallback } : {}),
      ...(cautions.length > 0 ? { cautions } : {}),
    }
  } catch (error) {
    const fault = toFault(error)
    if (fault.code === 'bug') throw error
    return refuse(fault.message)
  }
}

/** The change as one that joins what another run does to the identity already; undefined where none does all of it. */
async function joining(world: World, request: PlanningRequest): Promise<PlannedChange | undefined> {
  const { identity, interruption, params, run, at, holds } = request
  const others = holds.alike(identity, { interruption: interruption.id, params, run })
  for (const { run: other, change } of others) {
    if (change.phase !== 'written' || change.held.length === 0) continue
    const joins = { run: other, key: change.key, name: change.planned.joins?.name ?? other }
    const context = {
      ...contextFor(run, at, { ...request, joins }),
      ...strengthOf(request),
      held: change.held.map(({ entry }) => entry),
    }
    const { client } = sessionOf(world, identity)
    const reading = await interruption.read(client, context)
    if (!reading || reading.uid !== identity.uid) return undefined
    const full = { ...context, ...(reading.seen === undefined ? {} : { seen: reading.seen }) }
    if (interruption.refuse?.(reading.facet, full)) continue
    const joined = joinedTarget(interruption, reading, full, holds, joins)
    if (joined) return { ...planned(world, request, reading, joined), joins }
  }
  return undefined
}

function strengthOf({ strength }: Pick<Wanted, 'strength'>): Pick<Context, 'strength'> {
  return strength === undefined ? {} : { strength }
}

function planned(
  world: World,
  request: PlanningRequest,
  reading: Reading,
  { differences, joined }: TargetState,
): PlannedChange {
  const { key, identity, interruption, verb, params, step, after, run, at, holds, mayUndo } = request
  const held = heldBy(joined, holds, { run, key, identity })
  const vouching =
    differences.length > 0
      ? []
      : holds
          .alike(identity, { interruption: interruption.id, params, run })
          .filter(({ change }) => change.phase === 'already' || change.phase === 'written')
  return {
    key,
    identity,
    interruption: interruption.id,
    verb,
    params,
    step,
    at,
    differences,
    ...(reading.seen === undefined ? {} : { seen: reading.seen }),
    leaves: interruption.leaves,
    reversal: interruption.reversal,
    horizon: interruption.horizon?.(identity) ?? 0,
    settles: interruption.settles
      ? enforcementSeconds(world, sessionOf(world, identity), interruption.settles)
      : 0,
    ...(interruption.stepDown ? { stepsDown: true } : {}),
    ...(after === undefined ? {} : { after }),
    ...(request.ends === undefined ? {} : { ends: request.ends }),
    ...strengthOf(request),
    ...(mayUndo === undefined || mayUndo.length === 0 ? {} : { mayUndo }),
    ...(request.companion ? { companion: true } : {}),
    ...(held.length > 0 ? { heldBy: held } : {}),
    ...(vouching.length > 0 ? { vouchedBy: [...new Set(vouching.map(each => each.run))] } : {}),
  }
}
