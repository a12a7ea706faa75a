import type { Json } from '../../model/json.ts'
import type { Budget } from '../budget.ts'
import type { Call, Decision } from '../call.ts'
import { sameArguments } from '../look-alikes.ts'

/** A policy engine that is asked about calls instead of the `allow` rules of our own policy. */
export interface Engine {
  /** Throws when there is no answer that can be believed: the call is refused. */
  decide(question: EngineQuestion, budget: Budget): Promise<EngineAnswer>
}

/** The question to an engine about one call. */
export interface EngineQuestion {
  call: Call
  /** Ids of the identities that the agent acts with. */
  identities: readonly string[]
  time: Date
}

export interface EngineAnswer {
  effect: Decision['effect']
  /** One line; empty when the engine gave none. */
  reason: string
  /** The policies or rules that decided, as the engine names them. */
  rule: string
}

/**
 * Asks the engine, after our own rules. A `deny` of ours stands, and an `ask` of ours is at least an `ask`; what the engine
 * does not allow is not allowed. Throws when the engine does not answer as it should.
 */
export async function withEngine(
  engine: Engine,
  question: EngineQuestion,
  own: Decision,
  budget: Budget,
): Promise<Decision> {
  const decidedByRule = own.rule !== undefined || own.because === 'error'
  if (own.effect === 'deny' && decidedByRule) return own
  const flaw = argumentsFlaw(question.call.args, budget)
  if (flaw !== undefined) return { effect: 'deny', because: 'policy', reason: flaw }
  const { effect, reason, rule } = await engine.decide(question, budget)
  if (effect === 'allow' && own.effect === 'ask') return own
  const word = { allow: 'allowed', ask: 'needs a person', deny: 'denied' }[effect]
  return {
    effect,
    because: 'policy',
    rule: rule.slice(0, 200),
    reason: reason === '' ? `${word} by ${rule.slice(0, 200)}` : oneLine(reason),
    ...(effect === 'allow' && own.grant ? { grant: true } : {}),
  }
}

/** Why arguments cannot be passed to an engine as the tool will read them, or undefined. */
function argumentsFlaw(args: Call['args'], budget: Budget): string | undefined {
  const open: Json[] = [args]
  while (open.length > 0) {
    const each = open.pop()
    if (typeof each === 'number' && Number.isInteger(each) && !Number.isSafeInteger(each))
      return 'an argument is a number that cannot be passed to the policy engine exactly'
    if (typeof each !== 'object' || each === null) continue
    if (!Array.isArray(each) && sameArguments(each, budget))
      return 'two arguments could be taken for one another'
    open.push(...(Array.isArray(each) ? each : Object.values(each)))
  }
  return undefined
}

const MOST_REASON = 500

function oneLine(text: string): string {
  return text
    .slice(0, MOST_REASON)
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
}
