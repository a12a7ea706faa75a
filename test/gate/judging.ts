import { expect } from 'vitest'
import { Budget } from '../../src/gate/budget.ts'
import type { Call } from '../../src/gate/call.ts'
import { compileRule } from '../../src/gate/environment.ts'
import { type Verdict, verdictOf } from '../../src/gate/evaluate.ts'
import type { Scope } from '../../src/gate/evaluate-values.ts'
import { looking } from '../../src/gate/path-lookup.ts'
import { PathBook } from '../../src/gate/paths.ts'
import type { Policy } from '../../src/gate/policy.ts'
import { checkPolicy } from '../../src/gate/policy-file.ts'
import { WholeCel } from '../../src/gate/whole-cel.ts'
import type { Json } from '../../src/model/json.ts'

type Args = { [name: string]: Json }

/** The policy in a text that has no problems. */
export function policyOf(yaml: string): Policy {
  const { policy, problems } = checkPolicy(yaml, 'gate.yaml')
  expect(problems).toEqual([])
  if (!policy) throw new Error('no policy')
  return policy
}

export const callOf = (tool: string, args: Args = {}, more: Partial<Call> = {}): Call => ({
  harness: 'claude',
  agent: 'a',
  session: 's',
  tool,
  server: '',
  args,
  ...more,
})

export function scopeOf(call: Call, more: Partial<Scope> = {}): Scope {
  return {
    ...call,
    time: new Date(),
    budget: new Budget(60),
    paths: new PathBook(looking),
    names: new Set(),
    ...more,
  }
}

/** Of the evaluation without CEL. */
export function quickVerdict(source: string, call: Call, more: Partial<Scope> = {}): Verdict {
  const { when, flaws, names } = compileRule(source)
  expect(flaws, source).toEqual([])
  return when === undefined
    ? 'unsupported'
    : verdictOf(when, scopeOf(call, { names: new Set(names), ...more }))
}

/** Of CEL itself. */
export function wholeVerdict(source: string, call: Call, loops = 0): Verdict {
  const { args, ...texts } = call
  const names = new Set(compileRule(source).names)
  return new WholeCel({ texts, args, time: new Date(), names }).verdictOf(source, loops)
}
