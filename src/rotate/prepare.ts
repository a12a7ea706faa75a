import { placeOfRun, runCommand } from '../model/command-text.ts'
import { Fault, unlessBug } from '../model/fault.ts'
import { parseIdentityId } from '../model/identity.ts'
import type { PlannedRotation } from '../model/rotation.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import { type Bench, workOn } from './rotation-context.ts'

export type Removal = 'never' | 'after' | 'first'

/**
 * The credentials of a run that can be replaced: those that it holds. A name in `only` is a credential, its owner, a change or
 * an interruption; Fault `usage` when it fits none, or when there is nothing to rotate.
 */
export function selectRotations(
  bench: Pick<Bench, 'rotation'>,
  state: RunState,
  only: readonly string[],
): ChangeState[] {
  const can = [...state.changes.values()].filter(
    change => change.held.length > 0 && STOPPING.has(change.planned.verb) && bench.rotation(change),
  )
  for (const name of only) {
    if (can.some(change => fits(name, change))) continue
    throw new Fault('usage', `run ${state.run} holds no credential of ${name} that can be rotated`, {
      where: '--only',
      next: `${runCommand('status', placeOfRun(state))} lists what it holds`,
    })
  }
  if (can.length === 0) {
    throw new Fault('usage', `run ${state.run} holds no credential that can be rotated`, {
      where: state.run,
      next: `${runCommand('restore', placeOfRun(state))} restores what the run holds`,
    })
  }
  const wanted = only.length === 0 ? can : can.filter(change => only.some(name => fits(name, change)))
  // An owner that several changes stop is rotated once; an application and its principal are one owner.
  const ownerOf = ({ identity }: ChangeState) => String(identity.facts['appId'] ?? identity.id)
  return wanted.filter(change => {
    if (!bench.rotation(change)?.ofOwner) return change.planned.verb === 'disable'
    return wanted.find(each => bench.rotation(each)?.ofOwner && ownerOf(each) === ownerOf(change)) === change
  })
}

const STOPPING: ReadonlySet<string> = new Set(['disable', 'quarantine'])

function fits(name: string, { key, identity, planned }: ChangeState): boolean {
  const { owner } = identity
  const names = [key, identity.id, identity.name, planned.interruption]
  return names.includes(name) || (owner !== undefined && [owner, parseIdentityId(owner).name].includes(name))
}

/** Looks at everything that could keep a rotation from succeeding. Reads only: nothing is created before all of it is right. */
export async function prepareRotations(
  bench: Bench,
  state: RunState,
  changes: readonly ChangeState[],
  removal: Removal,
): Promise<PlannedRotation[]> {
  const planned: PlannedRotation[] = []
  const elsewhere: string[] = []
  for (const change of changes) {
    if (bench.signal?.aborted) throw new Fault('interrupted', 'interrupted; nothing was changed')
    const found = await look(bench, state, change, removal)
    // An owner that has none of these is none of ours to give one.
    if (bench.rotation(change)?.ofOwner && found.existing.length === 0 && !found.blocked) {
      if (found.stays !== undefined) elsewhere.push(found.stays)
      continue
    }
    planned.push(found)
  }
  if (planned.length === 0) {
    throw new Fault('usage', `nothing that run ${state.run} holds has a credential to be replaced`, {
      where: state.run,
      next: [
        ...new Set(elsewhere),
        `${runCommand('restore', placeOfRun(state))} restores what the run holds`,
      ].join('; '),
    })
  }
  for (const each of planned) {
    const rivals = planned.filter(({ place }) => place === each.place)
    if (rivals.length > 1) {
      each.blocked ??= new Fault('usage', `${rivals.length} credentials would go to one place`, {
        where: '--into',
        next: 'choose one with --only, or put {owner} and {old} into the address',
      }).record()
    }
  }
  roomForAll(planned, removal)
  return planned
}

async function look(
  bench: Bench,
  state: RunState,
  change: ChangeState,
  removal: Removal,
): Promise<PlannedRotation> {
  const { key, identity } = change
  const { rotation, client, context } = workOn(bench, state.run, change)
  const planned: PlannedRotation = {
    key,
    identity,
    rotation: rotation.id,
    place: bench.place(change),
    existing: [],
    ...(rotation.limit === undefined ? {} : { limit: rotation.limit }),
    ...(rotation.ofOwner ? { ofOwner: true } : {}),
    ...(rotation.isGone ? { gone: true } : {}),
    first: false,
  }
  try {
    planned.existing = await rotation.list(client, context)
    const stays = await rotation.stays?.(client, context)
    if (stays !== undefined) planned.stays = stays
    if (rotation.ofOwner && planned.existing.length === 0) return planned
    const blocked = await rotation.blocked?.(client, context)
    if (blocked !== undefined) throw new Fault('refused', blocked, { where: identity.id })
    if (rotation.ofOwner && removal === 'never') {
      throw new Fault('refused', 'what cannot be switched off would work again once its owner is back', {
        where: identity.id,
        next: `add --delete-old, which deletes ${planned.existing.map(({ name }) => name).join(', ')} once the new one is stored`,
      })
    }
    const old = planned.existing.find(({ name }) => name === identity.name)
    if (old?.enabled && !rotation.ofOwner && removal === 'never') {
      throw new Fault(
        'refused',
        `${identity.name} is on again: somebody switched it on, and the rotation would leave it so`,
        {
          where: identity.id,
          next: `${runCommand('guard', placeOfRun(state), '--for', '1m')} switches it off again; or add --delete-old`,
        },
      )
    }
    const sink = bench.sink(planned.place, change)
    planned.place = sink.place
    planned.sink = await sink.check()
  } catch (error) {
    const fault = unlessBug(error)
    planned.blocked = fault.record()
  }
  planned.first = removal === 'first' && roomOf(planned) < 1
  return planned
}

function roomOf({ limit, existing }: PlannedRotation): number {
  return limit === undefined ? Number.POSITIVE_INFINITY : limit - existing.length
}

/** Every new credential needs room beside the old ones, for all of one owner together. */
function roomForAll(planned: readonly PlannedRotation[], removal: Removal): void {
  for (const each of planned) {
    const ofOwner = planned.filter(
      ({ identity, rotation }) => rotation === each.rotation && identity.owner === each.identity.owner,
    )
    const freed = removal === 'first' ? ofOwner.length : 0
    if (roomOf(each) + freed >= ofOwner.length) {
      if (removal === 'first' && roomOf(each) < ofOwner.length) each.first = true
      continue
    }
    const there = each.existing.map(({ name, enabled }) => `${name} (${enabled ? 'on' : 'off'})`).join(', ')
    each.blocked ??= new Fault(
      'quota',
      `there is no room for ${ofOwner.length === 1 ? 'a new one' : `${ofOwner.length} new ones`}: ${there}, and the limit is ${each.limit}`,
      {
        where: each.identity.owner ?? each.identity.id,
        next: `delete one that nothing uses, or give this command with --delete-first, to delete ${ofOwner.map(({ identity }) => identity.name).join(', ')}, which this run switched off; nothing was changed`,
      },
    ).record()
  }
}
