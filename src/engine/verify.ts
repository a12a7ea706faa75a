import { entryOf, type Facet, pick } from '../model/facet.ts'
import { toFault } from '../model/fault.ts'
import type { Held } from '../model/held.ts'
import type { Holds } from '../model/holds.ts'
import type { Context, Interruption, Probe, Reading } from '../model/interruption.ts'
import { same } from '../model/json.ts'
import type { Session } from '../model/provider.ts'
import type { ChangeState } from '../model/replay.ts'
import { aim } from './aim.ts'
import { evaluate } from './evaluation.ts'
import { pause } from './pause.ts'
import type { Recorder } from './recorder.ts'
import { contextFor, holderOf, interruptionOf, sessionOf, type World } from './world.ts'

/** Reads lag behind writes for seconds, in bad hours for a minute or two; without a word from the caller we wait this long. */
const PATIENCE_MS = 60_000
/** A probe that cannot say is asked again this often: evaluation may be throttled like anything else. */
const UNKNOWNS = 3

/** Looks until the change is set and denied, or patience ends; the last look is recorded, whatever it says. */
export async function verifyChange(
  world: World,
  recorder: Recorder,
  holds: Holds,
  change: ChangeState,
): Promise<void> {
  const { key, identity, planned } = change
  const interruption = interruptionOf(world, planned.interruption)
  const session = sessionOf(world, identity)
  const context: Context = {
    ...contextFor(recorder.state.run, world.clock(), planned),
    held: change.held.map(({ entry }) => entry),
  }
  const until = performance.now() + (world.patience ?? PATIENCE_MS)
  let look: Look = { set: false, drift: [], live: {} }
  let denied: Probe | null = interruption.probe ? 'unknown' : null
  let unknowns = 0
  let because: string | undefined
  for (let wait = pause(); ; ) {
    if (!look.set) {
      const seen = await lookAt(interruption, session, context, holds, change)
      if (seen === 'gone') {
        look = { set: true, drift: [], live: {} }
        denied = null
        break
      }
      look = seen
    }
    if (look.set && interruption.probe && denied !== 'denied') {
      const early = isEarly(world, session, change)
      const asked = await evaluate(interruption, session, context, early)
      if (asked.answer === 'unknown') unknowns++
      denied = asked.answer === 'pending' ? 'unknown' : asked.answer
      because = asked.because
    }
    const proven = denied === null || denied === 'denied' || unknowns >= UNKNOWNS
    if (look.set && proven) break
    if (performance.now() >= until || world.signal?.aborted) break
    await wait(world.signal)
  }
  await recorder.record({
    type: 'change.verified',
    key,
    denied,
    ...(because === undefined ? {} : { because }),
    ...look,
  })
}

/** Whether what the cloud evaluates now may not be what it enforces yet. */
function isEarly(world: World, { evaluationLead = 0 }: Session, { writtenAt }: ChangeState): boolean {
  return writtenAt !== undefined && Date.parse(world.clock()) < Date.parse(writtenAt) + evaluationLead * 1000
}

interface Look {
  set: boolean
  drift: string[]
  live: Facet
  /** Why the settings could not be read. */
  because?: string
}

async function lookAt(
  interruption: Interruption,
  session: Session,
  context: Parameters<Interruption['read']>[1],
  holds: Holds,
  change: ChangeState,
): Promise<Look | 'gone'> {
  let reading: Reading | undefined
  try {
    reading = await interruption.read(session.client, context)
  } catch (error) {
    const { code, message } = toFault(error)
    if (code === 'bug') throw error
    return { set: false, drift: [], live: {}, because: message }
  }
  // An identity that is gone lets nobody in, and has nothing to be asked about.
  if (!reading) return 'gone'
  if (reading.uid !== change.identity.uid) return { set: false, drift: ['uid'], live: {} }
  if (change.phase === 'already') {
    const seen = reading.seen === undefined ? {} : { seen: reading.seen }
    const aimed = aim(interruption, reading, { ...context, ...seen }, holds, change.key)
    return { set: aimed.differences.length === 0, drift: [], live: {} }
  }
  const { facet } = reading
  const open = change.held.filter(
    held => !same(entryOf(facet, held.entry), expected(held, holds, context, change)),
  )
  const drift = open.filter(held => !same(entryOf(facet, held.entry), held.before))
  return {
    set: open.length === 0,
    drift: drift.map(({ entry }) => entry),
    live: pick(
      facet,
      change.held.map(({ entry }) => entry),
    ),
  }
}

/** What an entry that we hold should read as: a later run may have put something else over ours. */
export function expected(
  held: Held,
  holds: Holds,
  context: Pick<Context, 'run' | 'holder' | 'identity'>,
  { key }: { key: string },
) {
  const newest = holds.others(context.identity.id, held.entry, holderOf(context), key).at(-1)
  return newest && newest.at > held.at ? newest.after : held.after
}
