import { differences, entryOf, type Facet, withEntries } from '../../model/facet.ts'
import { toFault } from '../../model/fault.ts'
import type { Holds } from '../../model/run/holds.ts'
import type { ChangeState } from '../../model/run/state.ts'
import { companionsOf } from '../companions.ts'
import { planChange } from '../expand.ts'
import { groupOf } from '../lanes.ts'
import { type Recorder, stopsTheRun } from '../recorder.ts'
import { contextInPlace } from '../setting-check.ts'
import { targetState } from '../target-state.ts'
import { applyChange } from '../to-contained.ts'
import { interruptionOf, sessionOf, type World } from '../world.ts'

interface Reinforcing {
  recorder: Recorder
  holds: Holds
  /** Gets every change that was added or holds more. */
  keep: (change: ChangeState) => void
}

/**
 * More denies for an identity that fights back: every independent one that its changes know, and the changes that stop the
 * same identity in other ways. Nothing is stopped beyond what the run stops already. A failure leaves what there is.
 */
export async function reinforce(world: World, request: Reinforcing, fought: ChangeState): Promise<void> {
  const { recorder } = request
  const group = [...recorder.state.changes.values()].filter(
    each => groupOf(each.planned) === groupOf(fought.planned) && each.phase === 'written',
  )
  for (const change of group) {
    await unlessItFails(() => strengthen(world, request, change))
  }
  for (const change of group) await addCompanions(world, request, change)
}

/** Makes a change hold every deny that there is room for, one by one. */
async function strengthen(world: World, { recorder, holds, keep }: Reinforcing, change: ChangeState) {
  const { key, identity, planned } = change
  const interruption = interruptionOf(world, planned.interruption)
  const { client } = sessionOf(world, identity)
  const { run } = recorder.state
  const context = { ...contextInPlace(world, change, run), strength: 'all' as const }
  const reading = await interruption.read(client, context)
  if (!reading || reading.uid !== identity.uid) return
  const full = { ...context, ...(reading.seen === undefined ? {} : { seen: reading.seen }) }
  const held = new Set(change.held.map(({ entry }) => entry))
  // A right that is taken away now and was not before was given since: a restore would give it again.
  const more = targetState(interruption, reading, full, holds, key).differences.filter(
    ({ entry, to }) => !held.has(entry) && to !== undefined,
  )
  if (more.length === 0) return
  const intend = async (wanted: typeof more) => {
    const side = (of: 'before' | 'after'): Facet =>
      withEntries(
        {},
        [
          ...change.held.map(each => [each.entry, each[of]] as const),
          ...wanted.map(each => [each.entry, of === 'before' ? each.from : each.to] as const),
        ].map(([entry, value]): [string, Facet[string] | undefined] => [entry, value]),
      )
    const joined = change.held.filter(each => each.joined).map(({ entry }) => entry)
    await recorder.record({
      type: 'change.intended',
      key,
      uid: reading.uid,
      before: side('before'),
      after: side('after'),
      joined,
    })
  }
  await intend(more)
  const failed = new Set<string>()
  for (const { entry, to } of more) {
    const next = withEntries(reading.facet, [[entry, to]])
    await interruption.write(client, reading.facet, next, full).catch((error: unknown) => {
      if (stopsTheRun(toFault(error))) throw error
      failed.add(entry)
    })
  }
  // A setting that found no room holds nothing.
  if (failed.size > 0) {
    const live = await interruption.read(client, context).catch(() => undefined)
    const open = more.filter(({ entry, to }) => {
      const [difference] = differences(
        withEntries({}, [[entry, entryOf(live?.facet ?? {}, entry)]]),
        withEntries({}, [[entry, to]]),
      )
      return failed.has(entry) && difference !== undefined
    })
    change.held = change.held.filter(each => !more.some(({ entry }) => entry === each.entry))
    await intend(more.filter(each => !open.includes(each)))
  }
  await recorder.record({ type: 'change.written', key })
  keep(recorder.change(key))
}

/** Changes that stop the same identity in another way, and its credentials. */
async function addCompanions(
  world: World,
  { recorder, holds, keep }: Reinforcing,
  change: ChangeState,
): Promise<void> {
  const { state } = recorder
  const wanted = await companionsOf(world, change.identity, change.planned.interruption).catch(() => [])
  for (const { identity, interruption } of wanted) {
    const key = `${identity.id} ${interruption.id}`
    if (state.changes.has(key)) continue
    await unlessItFails(async () => {
      const planned = await planChange(world, {
        key,
        identity,
        interruption,
        verb: interruption.verbs[0] ?? 'disable',
        params: interruption.params.parse({}),
        step: 'guard',
        companion: true,
        run: state.run,
        at: world.clock(),
        holds,
        strength: 'all',
      })
      if (!('key' in planned)) return
      await recorder.record({ type: 'change.added', change: planned })
      await applyChange(world, recorder, holds, recorder.change(key))
      keep(recorder.change(key))
    })
  }
}

async function unlessItFails(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (stopsTheRun(toFault(error))) throw error
  }
}
