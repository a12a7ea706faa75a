import type { Session } from '../model/provider.ts'
import type { ChangeState } from '../model/run/state.ts'
import { sessionOf, type World } from './world.ts'

/** Where a cloud documents no delay and its session says nothing, in seconds. */
const USUAL = 5
/** Seconds for which a read may be older than an answered write, where the session says nothing. */
const READ_LAG = 10
/** A lab's reads lag only where a rehearsal makes them. */
const READ_LAG_OF_A_LAB = 2

/**
 * Seconds until a cloud enforces what this interruption writes: documented, or measured where nothing is documented. A lab
 * enforces by its own setting and ignores the cloud's documented delay.
 */
export function enforcementSeconds(
  world: World,
  { cloud, evaluationLead }: Pick<Session, 'cloud' | 'evaluationLead'>,
  documented: number | undefined,
): number {
  if (world.target.kind === 'lab') return world.propagation?.[cloud] ?? 0
  return documented || evaluationLead || USUAL
}

/** The same for a change of a run. */
export function delayOf(world: World, { identity, planned }: ChangeState): number {
  return enforcementSeconds(world, sessionOf(world, identity), planned.settles)
}

/** Returns for how many seconds a read may be older than an answered write. Throws Fault `wrong-target` if not signed in. */
export function readLagOf(world: World, { identity }: Pick<ChangeState, 'identity'>): number {
  if (world.target.kind === 'lab') return READ_LAG_OF_A_LAB
  return sessionOf(world, identity).readLag ?? READ_LAG
}
