import { toFault } from '../model/fault.ts'
import type { Context, Interruption, Probe } from '../model/interruption.ts'
import type { Session } from '../model/provider.ts'
import { hasLapsed } from '../model/run/lapse.ts'
import type { ChangeState } from '../model/run/state.ts'
import type { World } from './world.ts'

/** The cloud's evaluation of a change. */
export interface Proof {
  /** `null`: nothing can tell. */
  denied: Probe | null
  /** Why the cloud could not say. */
  because?: string
  /**
   * The cloud could not say, and not because our cut is too young: 1, or Infinity where it would say no more to another question. 0
   * if it answered.
   */
  unanswered: number
  /** An emulator on this machine answered that it does not implement the question. */
  unprovable?: true
}

/** Nothing can tell whether it is denied. */
export const NO_PROOF: Proof = { denied: null, unanswered: 0 }

/**
 * Asks the cloud whether it denies the identity. A denial is not believed while the evaluation may be ahead of enforcement
 * (`Session.evaluationLead`): it is `unknown` until then.
 */
export async function prove(
  world: World,
  interruption: Interruption,
  session: Session,
  context: Context,
  change: ChangeState,
): Promise<Proof> {
  // A stop that has ended denies nothing any more, and was not to.
  if (!interruption.probe || hasLapsed(change, world.clock())) return NO_PROOF
  const early = isEarly(world, session, change)
  const { answer, because, emulator, isFinal } = await evaluate(interruption, session, context, early)
  return {
    denied: answer === 'pending' ? 'unknown' : answer,
    unanswered: answer !== 'unknown' ? 0 : isFinal ? Number.POSITIVE_INFINITY : 1,
    // Our own lab implements all questions: one that it does not answer is a rehearsed failure.
    ...(emulator !== undefined && world.target.kind === 'live' ? { unprovable: true } : {}),
    ...(because === undefined ? {} : { because }),
  }
}

/** Whether nothing more can be asked about a setting that reads as written. */
export function isAnswered({ denied, unprovable }: Proof): boolean {
  return denied === null || denied === 'denied' || unprovable === true
}

/** Whether what the cloud evaluates now may not be what it enforces yet. */
export function isEarly(
  world: World,
  { evaluationLead = 0 }: Session,
  { writtenAt }: Pick<ChangeState, 'writtenAt'>,
): boolean {
  return writtenAt !== undefined && Date.parse(world.clock()) < Date.parse(writtenAt) + evaluationLead * 1000
}

interface Evaluation {
  /** `pending`: the cloud can tell, and does not show the change yet. */
  answer: Probe | 'pending'
  /** Why the answer is neither `denied` nor `allowed`. */
  because?: string
  /** URL of the emulator that does not implement the question. */
  emulator?: string
  /** Another try gives the same. */
  isFinal?: boolean
}

/**
 * Asks the cloud's own evaluation once whether the change denies what it should. Never throws: a call that fails gives
 * `unknown` with the failure's text, so that the reason reaches the journal.
 * @param early the evaluation may be ahead of what the cloud enforces, so a denial is not believed yet
 */
async function evaluate(
  interruption: Interruption,
  session: Session,
  context: Context,
  early: boolean,
): Promise<Evaluation> {
  let answer: Probe | 'pending' | undefined
  try {
    answer = await interruption.probe?.(session.client, context)
  } catch (error) {
    const { code, message, emulator } = toFault(error)
    const isFinal = code === 'unsupported'
    return { answer: 'unknown', because: message, isFinal, ...(emulator === undefined ? {} : { emulator }) }
  }
  if (answer === 'allowed' || (answer === 'denied' && !early)) return { answer }
  if (answer === 'denied') {
    return { answer: 'pending', because: 'the policies deny it, and are not yet enforced everywhere' }
  }
  if (answer === 'pending') {
    return { answer, because: 'the cloud’s own evaluation does not show the change yet' }
  }
  return { answer: 'unknown', because: 'the cloud’s own evaluation gave no answer' }
}
