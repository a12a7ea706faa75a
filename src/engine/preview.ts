import type { RestoredEntry, RestoreOptions } from '../model/entry.ts'
import { Fault, type FaultRecord, toFault } from '../model/fault.ts'
import type { Holds } from '../model/holds.ts'
import type { Identity } from '../model/identity.ts'
import type { Context } from '../model/interruption.ts'
import type { ChangeState, RunState } from '../model/replay.ts'
import { type Choice, type Chooser, type Decided, decide } from './decide.ts'
import { isOfACloud } from './lost.ts'
import { checkUid } from './prepare.ts'
import { forEachChange } from './segments.ts'
import { checkSignal, contextFor, interruptionOf, sessionOf, type World } from './world.ts'

export interface RestoreRequest {
  state: RunState
  holds: Holds
  /** Identity ids, names, change keys or interruption ids; empty: everything that the run holds. */
  only: readonly string[]
  options: RestoreOptions
  /** By `choiceKey`; what is not chosen follows `options.drift`. */
  choices?: ReadonlyMap<string, Choice>
}

export interface RestorePreview {
  changes: {
    key: string
    identity: Identity
    interruption: string
    entries: RestoredEntry[]
    horizonEnds?: string
    blocked?: string
    /** It could not be looked at, and would be left as it is. */
    fault?: FaultRecord
  }[]
}

export function choiceKey(key: string, entry: string): string {
  return `${key}\u0000${entry}`
}

/**
 * What a restore would do, entry by entry. Reads only. An account that cannot be reached does not keep the others from being
 * restored; when none can, its fault is thrown.
 */
export async function previewRestore(world: World, request: RestoreRequest): Promise<RestorePreview> {
  const changes: RestorePreview['changes'] = []
  const all = selectChanges(request)
  let failed: Fault | undefined
  await forEachChange(world, all, async change => {
    checkSignal(world)
    const about = {
      key: change.key,
      identity: change.identity,
      interruption: change.planned.interruption,
    }
    const decided = await look(world, request, change).catch((error: unknown) => {
      const fault = toFault(error)
      if (!isOfACloud(fault) && fault.code !== 'wrong-target') throw fault
      failed ??= fault
      changes.push({ ...about, entries: [], fault: fault.record() })
      return undefined
    })
    if (!decided) return
    const { entries, horizonEnds, blocked } = decided
    changes.push({
      ...about,
      entries,
      ...(horizonEnds === undefined ? {} : { horizonEnds }),
      ...(blocked === undefined ? {} : { blocked }),
    })
  })
  if (failed && changes.every(({ fault }) => fault !== undefined)) throw failed
  const order = new Map(all.map(({ key }, index) => [key, index]))
  changes.sort((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0))
  return { changes }
}

/** One change on a fresh reading. Faults: `other-uid`, and the cloud's own. */
export async function look(world: World, request: RestoreRequest, change: ChangeState): Promise<Decided> {
  const { identity, planned } = change
  const { state, holds, options, choices } = request
  const session = sessionOf(world, identity)
  const interruption = interruptionOf(world, planned.interruption)
  const context: Context = {
    ...contextFor(state.run, world.clock(), planned),
    held: change.held.map(({ entry }) => entry),
  }
  const reading = await interruption.read(session.client, context)
  if (reading) checkUid(identity, reading)
  const seen = reading?.seen === undefined ? {} : { seen: reading.seen }
  const choose: Chooser = (key, entry) => choices?.get(choiceKey(key, entry)) ?? options.drift
  return decide({ interruption, change, reading, context: { ...context, ...seen }, holds, options, choose })
}

/** The changes that a restore is about; a name in `only` that fits nothing is refused, since it is a typing error. */
export function selectChanges({ state, only }: Pick<RestoreRequest, 'state' | 'only'>): ChangeState[] {
  const held = [...state.changes.values()].filter(change => change.held.length > 0)
  if (only.length === 0) return held
  for (const name of only) {
    if (held.some(change => fits(name, change))) continue
    throw new Fault('usage', `run ${state.run} holds nothing called ${name}`, {
      where: '--only',
      next: `interdict status ${state.run} lists what it holds`,
    })
  }
  return held.filter(change => only.some(name => fits(name, change)))
}

/** A name in `only` stands for a change, an identity, an owner with its credentials, or an interruption. */
export function fits(name: string, { key, identity, planned }: ChangeState): boolean {
  if ([key, identity.id, identity.name, identity.owner, planned.interruption].includes(name)) return true
  // As screens show an id that nobody knows by heart.
  return /^[0-9a-f]{8,}$/i.test(name) && identity.name.toLowerCase().startsWith(name.toLowerCase())
}
