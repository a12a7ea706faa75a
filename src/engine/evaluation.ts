import { toFault } from '../model/fault.ts'
import type { Context, Interruption, Probe } from '../model/interruption.ts'
import type { Session } from '../model/provider.ts'

export interface Evaluation {
  /** `pending`: the cloud can tell, and does not show the change yet. */
  answer: Probe | 'pending'
  /** Why the answer is neither `denied` nor `allowed`. */
  because?: string
}

/**
 * Asks the cloud's own evaluation once whether the change denies what it should. Never throws: a call that fails gives
 * `unknown` with the failure's text, so that the reason reaches the journal.
 * @param early the evaluation may be ahead of what the cloud enforces, so a denial is not believed yet
 */
export async function evaluate(
  interruption: Interruption,
  session: Session,
  context: Context,
  early: boolean,
): Promise<Evaluation> {
  let answer: Probe | 'pending' | undefined
  try {
    answer = await interruption.probe?.(session.client, context)
  } catch (error) {
    return { answer: 'unknown', because: toFault(error).message }
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
