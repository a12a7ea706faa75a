import type { Actor, RestoredEntry, RestoreOptions, RunStatus } from '../model/entry.ts'
import { entryOf } from '../model/facet.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Holds } from '../model/holds.ts'
import type { Identity } from '../model/identity.ts'
import { same } from '../model/json.ts'
import type { Journal } from '../model/recorder.ts'
import type { ChangeState, RunState } from '../model/replay.ts'
import { checkUid } from './prepare.ts'
import { type Choice, type Chooser, type Decided, decide } from './decide.ts'
import { inGroups, inLanes } from './lanes.ts'
import { pause } from './pause.ts'
import { Recorder, stopsTheRun } from './recorder.ts'
import { checkSignal, contextOf, interruptionOf, sessionOf, type World } from './world.ts'

const PATIENCE_MS = 60_000

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
  }[]
}

export function choiceKey(key: string, entry: string): string {
  return `${key}\u0000${entry}`
}

/** What a restore would do, entry by entry. Reads only. */
export async function previewRestore(world: World, request: RestoreRequest): Promise<RestorePreview> {
  const changes: RestorePreview['changes'] = []
  const all = selectChanges(request)
  await inLanes(
    all.map(change => [change]),
    laneOf,
    async group => {
      for (const change of group) {
        checkSignal(world)
        const { entries, horizonEnds, blocked } = await look(world, request, change)
        changes.push({
          key: change.key,
          identity: change.identity,
          interruption: change.planned.interruption,
          entries,
          ...(horizonEnds === undefined ? {} : { horizonEnds }),
          ...(blocked === undefined ? {} : { blocked }),
        })
      }
    },
  )
  const order = new Map(all.map(({ key }, index) => [key, index]))
  changes.sort((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0))
  return { changes }
}

/**
 * Puts back what the run put there, and nothing else. Refused as a whole, before the first write, while the token
 * horizon of a change lasts (Fault `horizon`). On one identity it stops at the first failure: staying contained is the
 * safe side.
 */
export async function restore(
  world: World,
  request: RestoreRequest & { journal: Journal; reason: string; actor: Actor },
): Promise<RunState> {
  const preview = await previewRestore(world, request)
  const blocked = preview.changes.filter(change => change.blocked !== undefined)
  const [first] = blocked
  if (first) {
    const latest = blocked
      .map(({ horizonEnds }) => horizonEnds ?? '')
      .sort()
      .at(-1)
    throw new Fault('horizon', `refused: ${first.blocked}`, {
      where: blocked
        .map(({ identity }) => identity.id)
        .filter((id, at, all) => all.indexOf(id) === at)
        .join(', '),
      next: `wait until ${latest}, or restore with --step-down (denies only what was issued before now), or with --accept-live-tokens --reason …; nothing was changed`,
    })
  }
  const recorder = new Recorder(request.journal, world.listen, request.state)
  await recorder.record({
    type: 'restore.started',
    actor: request.actor,
    reason: request.reason,
    only: [...request.only],
    options: request.options,
  })
  return await carryOnRestore(world, recorder, request)
}

/** The rest of a restore that is recorded as started. */
export async function carryOnRestore(
  world: World,
  recorder: Recorder,
  request: RestoreRequest,
): Promise<RunState> {
  const changes = selectChanges(request)
  const failed = new Set<string>()
  world.listen({ type: 'stage', stage: 'restore', at: 'begin' })
  try {
    await inLanes(
      inGroups(changes, ({ planned }) => planned, 'restore'),
      laneOf,
      async group => {
        for (const key of await restoreGroup(world, recorder, request, group)) failed.add(key)
      },
    )
  } catch (error) {
    if (toFault(error).code !== 'interrupted') throw error
    await recorder.record({ type: 'restore.finished', status: 'interrupted' })
    return recorder.state
  }
  world.listen({ type: 'stage', stage: 'restore', at: 'end' })
  const left = changes.some(({ held }) => held.some(({ until }) => until === undefined))
  const status: RunStatus = failed.size > 0 || left ? 'incomplete' : 'complete'
  await recorder.record({ type: 'restore.finished', status })
  return recorder.state
}

/**
 * One identity, up to the first failure; returns the keys of what failed. What finds no room may find it once a deny of
 * ours is out of the way, so it waits for the next one instead.
 */
async function restoreGroup(
  world: World,
  recorder: Recorder,
  request: RestoreRequest,
  group: readonly ChangeState[],
): Promise<string[]> {
  const waiting = new Map<string, ChangeState>()
  for (const change of group) {
    for (const each of [change, ...waiting.values()]) {
      checkSignal(world)
      const outcome = await restoreChange(world, recorder, request, each)
      if (outcome === 'done') waiting.delete(each.key)
      else waiting.set(each.key, each)
      if (outcome === 'failed') return [...waiting.keys()]
    }
  }
  return [...waiting.keys()]
}

async function restoreChange(
  world: World,
  recorder: Recorder,
  request: RestoreRequest,
  change: ChangeState,
): Promise<'done' | 'no-room' | 'failed'> {
  const { key, identity, planned } = change
  try {
    const decided = await lookUntilSure(world, request, change)
    if (decided.blocked) throw new Fault('horizon', decided.blocked)
    const { entries, from, to, until } = decided
    await recorder.record({
      type: 'restore.intended',
      key,
      entries,
      ...(until === undefined ? {} : { until }),
    })
    const session = sessionOf(world, identity)
    const interruption = interruptionOf(world, planned.interruption)
    const context = contextOf(recorder.state.run, world.clock(), identity, planned.params)
    const writes = entries.filter(({ live, to, decision }) => isWrite(decision) && !same(live, to))
    if (writes.length > 0) {
      try {
        await interruption.write(session.client, from, to, context)
      } catch (error) {
        const reading = await interruption.read(session.client, context).catch(() => undefined)
        if (!reading || !writes.every(({ entry, to }) => same(entryOf(reading.facet, entry), to))) throw error
      }
    }
    await recorder.record({ type: 'restore.written', key })
    const set =
      writes.length === 0 || (await becomes(world, writes, () => interruption.read(session.client, context)))
    await recorder.record({ type: 'restore.verified', key, set })
    return set ? 'done' : 'failed'
  } catch (error) {
    const fault = toFault(error)
    if (stopsTheRun(fault)) throw fault
    await recorder.record({ type: 'restore.failed', key, fault: fault.record() })
    return fault.code === 'quota' ? 'no-room' : 'failed'
  }
}

function isWrite(decision: RestoredEntry['decision']): boolean {
  return decision === 'put-back' || decision === 'force' || decision === 'step-down'
}

/** Reads until the entries are as written; false when patience ends. */
async function becomes(
  world: World,
  writes: readonly RestoredEntry[],
  read: () => ReturnType<ReturnType<typeof interruptionOf>['read']>,
): Promise<boolean> {
  const until = performance.now() + (world.patience ?? PATIENCE_MS)
  for (const wait = pause(); ; ) {
    const reading = await read().catch(() => undefined)
    if (reading && writes.every(({ entry, to }) => same(entryOf(reading.facet, entry), to))) return true
    if (performance.now() >= until || world.signal?.aborted) return false
    await wait(world.signal)
  }
}

async function look(world: World, request: RestoreRequest, change: ChangeState): Promise<Decided> {
  const { identity, planned } = change
  const { state, holds, options, choices } = request
  const session = sessionOf(world, identity)
  const interruption = interruptionOf(world, planned.interruption)
  const context = contextOf(state.run, world.clock(), identity, planned.params)
  const reading = await interruption.read(session.client, context)
  if (reading) checkUid(identity, reading)
  const seen = reading?.seen === undefined ? {} : { seen: reading.seen }
  const choose: Chooser = (key, entry) => choices?.get(choiceKey(key, entry)) ?? options.drift
  return decide({ interruption, change, reading, context: { ...context, ...seen }, holds, options, choose })
}

/**
 * Reads lag behind writes. What reads as it was before us may be a reading from before our write, and to end our hold
 * on its word would leave the cut in place with nobody to lift it: while our write is young, we look again.
 */
async function lookUntilSure(world: World, request: RestoreRequest, change: ChangeState): Promise<Decided> {
  const patience = world.patience ?? PATIENCE_MS
  const until = performance.now() + patience
  const isYoung = () =>
    change.phase === 'written' &&
    Date.parse(world.clock()) - Date.parse(change.writtenAt ?? '') < patience &&
    performance.now() < until
  for (const wait = pause(); ; ) {
    const decided = await look(world, request, change)
    const undone = decided.entries.some(
      ({ decision, live, ours }) => decision === 'already' && !same(live, ours),
    )
    if (!undone || !isYoung()) return decided
    await wait(world.signal)
    checkSignal(world)
  }
}

/** The changes that a restore is about; a name in `only` that fits nothing is refused, since it is a typing error. */
export function selectChanges({ state, only }: Pick<RestoreRequest, 'state' | 'only'>): ChangeState[] {
  const held = [...state.changes.values()].filter(change => change.held.length > 0)
  if (only.length === 0) return held
  const fits = (name: string, { key, identity, planned }: ChangeState) =>
    [key, identity.id, identity.name, identity.owner, planned.interruption].includes(name)
  for (const name of only) {
    if (held.some(change => fits(name, change))) continue
    throw new Fault('usage', `run ${state.run} holds nothing called ${name}`, {
      where: '--only',
      next: `interdict status ${state.run} lists what it holds`,
    })
  }
  return held.filter(change => only.some(name => fits(name, change)))
}

function laneOf({ identity }: ChangeState): string {
  return `${identity.cloud}:${identity.account}`
}
