import { toFault } from '../model/fault.ts'
import type { Holds } from '../model/run/holds.ts'
import type { ChangeState } from '../model/run/state.ts'
import { delayOf, readLagOf } from './enforcement-delay.ts'
import { lookUntil } from './look-until.ts'
import { isAnswered, NO_PROOF, type Proof, prove } from './proof.ts'
import { type Recorder, stopsTheRun } from './recorder.ts'
import { contextInPlace, type Look, lookAt } from './setting-check.ts'
import { interruptionOf, patienceOf, sessionOf, type World } from './world.ts'

/** A write is recent for this long, or for the documented delay where that is longer: reads may lag behind it. */
const RECENT_MS = 60_000
/** The longest patience for a write that is not recent: an answer is asked for once more, and believed. */
const PATIENCE_LATER_MS = 2_000
/** A probe that cannot say is asked again this often: evaluation may be throttled like anything else. */
const UNANSWERED = 3

interface Found {
  set: boolean
  drift: string[]
  undone: string[]
  live: Extract<Look, { kind: 'read' }>['live']
  /** Why it could not be read. */
  because?: string
  /** No other look would say anything else. */
  final: boolean
}

/**
 * Looks at a change without writing, and records what was seen: set, denied, undone (it reads as before us), drift. A setting
 * that does not read as ours is looked at twice, and believed as soon as our write is older than a read may be.
 */
export async function verifyChange(
  world: World,
  recorder: Recorder,
  holds: Holds,
  change: ChangeState,
): Promise<void> {
  const { key, identity, planned } = change
  const interruption = interruptionOf(world, planned.interruption)
  const session = sessionOf(world, identity)
  const { run } = recorder.state
  const age = () => Date.parse(world.clock()) - Date.parse(change.writtenAt ?? recorder.state.startedAt)
  const isYoung = () => age() < readLagOf(world, change) * 1000
  const isRecent = age() < Math.max(RECENT_MS, delayOf(world, change) * 1000)
  const patience = isRecent ? patienceOf(world) : Math.min(patienceOf(world), PATIENCE_LATER_MS)
  let found: Found = { set: false, drift: [], undone: [], live: {}, final: false }
  let proof: Proof = interruption.probe ? { denied: 'unknown', unanswered: 0 } : NO_PROOF
  let unanswered = 0
  let seenOpen = 0
  const lookOnce = async (): Promise<boolean> => {
    if (!found.set) {
      found = await see(world, holds, change, run)
      if (!found.set && !found.because && !isYoung() && ++seenOpen > 1) found.final = true
    }
    if (found.final) {
      proof = NO_PROOF
      return true
    }
    if (!found.set) return false
    if (!isAnswered(proof)) {
      proof = await prove(world, interruption, session, contextInPlace(world, change, run), change)
      unanswered += proof.unanswered
    }
    return isAnswered(proof) || unanswered >= UNANSWERED
  }
  await lookUntil(world, lookOnce, isDone => isDone, patience)
  const { set, drift, undone, live } = found
  const because = found.because ?? (proof.denied === 'denied' ? undefined : proof.because)
  await recorder.record({
    type: 'change.verified',
    key,
    denied: set || !interruption.probe ? proof.denied : 'unknown',
    set,
    drift,
    live,
    ...(undone.length > 0 ? { undone } : {}),
    ...(set && proof.unprovable ? { unprovable: true } : {}),
    ...(because === undefined ? {} : { because }),
  })
}

async function see(world: World, holds: Holds, change: ChangeState, run: string): Promise<Found> {
  let look: Look
  try {
    look = await lookAt(world, holds, change, run)
  } catch (error) {
    const fault = toFault(error)
    if (stopsTheRun(fault)) throw error
    const because = `could not be read: ${fault.message}`
    return { set: false, drift: [], undone: [], live: {}, because, final: false }
  }
  // A deleted identity lets nobody in, and has nothing to be asked about.
  if (look.kind === 'gone') return { set: true, drift: [], undone: [], live: {}, final: true }
  if (look.kind === 'replaced') return { set: false, drift: ['uid'], undone: [], live: {}, final: true }
  const undone = look.open.filter(each => each.undone).map(({ entry }) => entry)
  const drift = look.open.filter(each => !each.undone).map(({ entry }) => entry)
  return { set: look.open.length === 0, drift, undone, live: look.live, final: false }
}
