import type { LeftSetting, RestoredEntry } from '../model/entry.ts'
import { entryOf } from '../model/facet.ts'
import { Fault, type FaultRecord } from '../model/fault.ts'
import { same } from '../model/json.ts'
import { asking, moment } from '../model/purpose.ts'
import { isWritten } from '../model/run/restore-fold.ts'
import type { ChangeState } from '../model/run/state.ts'
import type { Decider, Intended } from './carry-out.ts'
import type { Decided } from './decide.ts'
import { lookUntil } from './look-until.ts'
import { look, type RestoreRequest } from './preview.ts'
import type { Recorder } from './recorder.ts'
import { failedWayOut, missingWayOut } from './restore-advice.ts'
import { checkSignal, contextFor, interruptionOf, sessionOf, type World } from './world.ts'
import type { Unwritten } from './write-settings.ts'

/** A reading may be from before a write for this long after it; a shorter `patience` does not change that. */
const YOUNG_MS = 60_000

/**
 * How the restore of a change ended. `no-room`: the cloud had none; it may have some once another deny of ours is gone. `missing`:
 * done, except for a setting that refers to something which no longer exists and is still replaced by something of ours.
 */
export type Ending = 'done' | 'missing' | 'no-room' | 'failed'

/** A restore whose decisions are on disk. */
interface IntendedRestore extends Intended {
  entries: readonly RestoredEntry[]
}

/**
 * Decides what a restore makes of a change: each of its settings by itself, as `decide` says. `ended` gets every change that was
 * begun, once.
 */
export function toBefore(
  world: World,
  recorder: Recorder,
  request: RestoreRequest,
  ended: (change: ChangeState, ending: Ending) => void,
): Decider<{ change: ChangeState }, IntendedRestore> {
  const { run } = recorder.state
  return {
    intend: ({ change }) => intend(world, recorder, request, change),
    async wrote(ready, unwritten) {
      const { change } = ready
      const left = unwritten.filter(each => !isReleased(ready, each))
      const [first] = left
      if (
        first &&
        first.fault.code !== 'missing' &&
        left.length === ready.entries.length &&
        isOneFault(left)
      ) {
        throw first.fault
      }
      const records = (settings: readonly Unwritten[], wayOut: typeof failedWayOut): LeftSetting[] =>
        settings.map(({ entry, fault }) => ({ entry, fault: wayOut(fault, change, { world, run, entry }) }))
      const missing = unwritten.filter(each => isReleased(ready, each))
      await recorder.record({
        type: 'restore.written',
        key: change.key,
        ...(left.length === 0 ? {} : { left: records(left, failedWayOut) }),
        ...(missing.length === 0 ? {} : { missing: records(missing, missingWayOut) }),
      })
      return undefined
    },
    async failed(change, fault) {
      const record: FaultRecord = failedWayOut(fault, change, { world, run })
      await recorder.record({ type: 'restore.failed', key: change.key, fault: record })
      ended(change, fault.code === 'quota' ? 'no-room' : 'failed')
    },
    async verify(ready, unwritten) {
      const { key } = ready.change
      const notBack = await unreadOf(world, ready, unwritten)
      await recorder.record({
        type: 'restore.verified',
        key,
        set: notBack.length === 0,
        ...(notBack.length === 0 ? {} : { notBack }),
      })
      const left = unwritten.filter(each => !isReleased(ready, each))
      ended(ready.change, notBack.length === 0 ? endingOf(left) : 'failed')
    },
  }
}

async function intend(
  world: World,
  recorder: Recorder,
  request: RestoreRequest,
  change: ChangeState,
): Promise<IntendedRestore> {
  const { key, identity, planned } = change
  const decided = await lookUntilSure(world, request, change)
  if (decided.blocked) throw new Fault('horizon', decided.blocked)
  const { entries, from, to, until } = decided
  await recorder.record({
    type: 'restore.intended',
    key,
    entries,
    ...(until === undefined ? {} : { until }),
  })
  const writes = entries.filter(each => isWritten(each) && !same(each.live, each.to))
  const first = new Set(writes.filter(({ decision }) => decision === 'step-down').map(({ entry }) => entry))
  return {
    change,
    entries,
    target: {
      interruption: interruptionOf(world, planned.interruption),
      client: sessionOf(world, identity).client,
      context: {
        ...contextFor(recorder.state.run, world.clock(), planned),
        held: entries.map(({ entry }) => entry),
      },
    },
    settings: { from, to, entries: writes, first },
  }
}

/** Whether a setting's hold ends although it was not written: what it refers to is missing, and nothing of ours stands in its place. */
function isReleased({ settings }: Intended, { entry, fault }: Unwritten): boolean {
  return fault.code === 'missing' && entryOf(settings.from, entry) === undefined
}

function isOneFault(left: readonly Unwritten[]): boolean {
  return left.every(({ fault }) => fault === left[0]?.fault)
}

/** Room may come once another deny of ours is gone; a missing thing does not come back, and must not hold up the rest. */
function endingOf(left: readonly Unwritten[]): Ending {
  if (left.length === 0) return 'done'
  const codes = new Set(left.map(({ fault }) => fault.code))
  codes.delete('missing')
  if (codes.size === 0) return 'missing'
  return codes.size === 1 && codes.has('quota') ? 'no-room' : 'failed'
}

/** Reads until the settings are as written; returns those that are not when patience ends. A reading that fails shows nothing. */
async function unreadOf(
  world: World,
  { target, settings }: Intended,
  unwritten: readonly Unwritten[],
): Promise<string[]> {
  const { interruption, client, context } = target
  const without = new Set(unwritten.map(({ entry }) => entry))
  const open = settings.entries.filter(({ entry }) => !without.has(entry))
  if (open.length === 0) return []
  const read = async () => {
    const reading = await interruption.read(client, context).catch(() => undefined)
    return open.filter(({ entry, to }) => !reading || !same(entryOf(reading.facet, entry), to))
  }
  const notBack = await asking({ purpose: 'verify', since: moment() }, () =>
    lookUntil(world, read, open => open.length === 0),
  )
  return notBack.map(({ entry }) => entry)
}

/**
 * Decides on a reading that is believed. A setting that reads as it was before us may be read from before our write, and to end
 * our hold on it would leave it contained with nobody to restore it: while our write is young, it is read again. Throws Fault
 * `interrupted` after a Ctrl-C, with nothing recorded.
 */
async function lookUntilSure(world: World, request: RestoreRequest, change: ChangeState): Promise<Decided> {
  const isYoung = () =>
    change.phase === 'written' && Date.parse(world.clock()) - Date.parse(change.writtenAt ?? '') < YOUNG_MS
  const isSure = ({ entries }: Decided) =>
    !entries.some(({ decision, live, ours }) => decision === 'already' && !same(live, ours)) || !isYoung()
  const decided = await asking({ purpose: 'snapshot', since: moment() }, () =>
    lookUntil(world, () => look(world, request, change), isSure),
  )
  if (!isSure(decided)) checkSignal(world)
  return decided
}
