import { placeOfRun, runCommand } from '../model/command-text.ts'
import type { PreviewedChange, RestoreOptions } from '../model/entry.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Context } from '../model/interruption.ts'
import { formerName } from '../model/run/former-settings.ts'
import type { Holds } from '../model/run/holds.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import { type Choice, type Chooser, type Decided, decide } from './decide.ts'
import { forEachChange } from './segments.ts'
import { isOfACloud } from './unreached-accounts.ts'
import { checkSignal, contextFor, interruptionOf, sessionOf, type World } from './world.ts'

/** The run that is restored, the part of it, and the operator's choices. */
export interface RestoreRequest {
  state: RunState
  holds: Holds
  /** Names of changes or of single settings, see `fits` and `settingsOf`; empty: everything that the run holds. */
  only: readonly string[]
  options: RestoreOptions
  /** By `choiceKey`; what is not chosen follows `options.drift`. */
  choices?: ReadonlyMap<string, Choice>
}

/** The decisions of a restore, change by change, in the order of the run. */
export interface RestorePreview {
  changes: PreviewedChange[]
}

/** Returns the key of `RestoreRequest.choices` for an entry of a change. */
export function choiceKey(key: string, entry: string): string {
  return `${key}\u0000${entry}`
}

/**
 * Returns what a restore would do, entry by entry. Reads only. An account that cannot be reached does not keep the others from being
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
  const replaced = reading !== undefined && reading.uid !== identity.uid
  const seen = reading?.seen === undefined ? {} : { seen: reading.seen }
  const choose: Chooser = (key, entry) => choices?.get(choiceKey(key, entry)) ?? options.drift
  const { only } = request
  return decide({
    interruption,
    change,
    reading: replaced ? undefined : reading,
    replaced,
    context: { ...context, ...seen },
    holds,
    options,
    choose,
    ...(only.length === 0 ? {} : { entries: settingsOf(change, only) }),
    ...(options.leave === undefined ? {} : { leave: settingsOf(change, options.leave) }),
  })
}

/**
 * The changes that a restore is about; a name in `only` that fits nothing is refused, since it is a typing error, and so
 * are those in `giveBack` and `leave`.
 */
export function selectChanges({
  state,
  only,
  options,
}: Pick<RestoreRequest, 'state' | 'only'> & Partial<Pick<RestoreRequest, 'options'>>): ChangeState[] {
  const held = [...state.changes.values()].filter(change => change.held.length > 0)
  const refuse = (name: string, where: string, what = 'nothing called') => {
    throw new Fault('usage', `run ${state.run} holds ${what} ${name}`, {
      where,
      next: `${runCommand('status', placeOfRun(state))} lists what it holds`,
    })
  }
  for (const name of options?.giveBack ?? []) {
    const isOff = ({ planned, identity }: ChangeState) => planned.after === 'keep-off' && identity.id === name
    if (!held.some(isOff)) refuse(name, '--give-back', 'no credential that stays off called')
  }
  for (const name of options?.leave ?? []) {
    if (!held.some(change => isNamed(change, name))) refuse(name, '--leave')
  }
  for (const name of only) {
    if (!held.some(change => isNamed(change, name))) refuse(name, '--only')
  }
  return only.length === 0 ? held : held.filter(change => only.some(name => isNamed(change, name)))
}

/** Whether a name stands for a change, or for a setting that it holds. */
export function isNamed(change: ChangeState, name: string): boolean {
  return fits(name, change) || change.held.some(({ entry }) => isSetting(change, entry, name))
}

/** The settings of a change that these names stand for; all of them if one stands for the change as a whole. */
function settingsOf(change: ChangeState, names: readonly string[]): ReadonlySet<string> {
  const all = change.held.map(({ entry }) => entry)
  if (names.some(name => fits(name, change))) return new Set(all)
  return new Set(all.filter(entry => names.some(name => isSetting(change, entry, name))))
}

/** `inline/backup`, or `ci-deploy inline/backup` where several identities have one; the name of an older format, too. */
function isSetting({ identity, planned }: ChangeState, entry: string, name: string): boolean {
  return [entry, formerName(planned.interruption, entry)].some(
    each => each !== undefined && [each, `${identity.name} ${each}`, `${identity.id} ${each}`].includes(name),
  )
}

/** A name in `only` stands for a change, an identity, an owner with its credentials, or an interruption. */
export function fits(name: string, { key, identity, planned }: ChangeState): boolean {
  if ([key, identity.id, identity.name, identity.owner, planned.interruption].includes(name)) return true
  // As screens show an id that nobody knows by heart.
  return /^[0-9a-f]{8,}$/i.test(name) && identity.name.toLowerCase().startsWith(name.toLowerCase())
}
