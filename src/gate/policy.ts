import type { Json } from '../model/json.ts'
import type { Call, Decision, Effect } from './call.ts'
import { type Node, type Scope, type Verdict, verdictOf } from './evaluate.ts'
import { comparableTool } from './tool-names.ts'

/** A policy that was checked, ready to be judged by. Plain data: it is kept beside the file it was made from. */
export interface Policy {
  /** SHA-256 of the YAML, hex. */
  sha256: string
  /** Agent → ids of the identities that it acts with. With none listed, any agent is judged by the rules alone. */
  agents: { [agent: string]: string[] }
  rules: Rule[]
  /** Some rule has a pattern. */
  patterns: boolean
  /** Allowed calls are allowed without the harness's own questions. */
  grant: boolean
}

export interface Rule {
  name: string
  effect: Effect
  message?: string
  /** Absent: always. */
  when?: Node
  /** CEL, for what the quick evaluation does not know. */
  source?: string
  /** Loops in one another. */
  loops: number
}

/** Decides an expression with the whole of CEL. Throws when it cannot be evaluated. */
export type Slowly = (source: string, call: Call | Listed, loops: number) => Promise<boolean>

/** A call whose arguments are not known yet, as when tools are listed. */
export type Listed = Omit<Call, 'args'> & { args?: undefined }

/** Of all patterns in one decision: two seconds where RE2 is at its slowest. */
const MOST_PATTERN_STEPS = 1e8

const MOST_LOOPED = 5e8

const STRICTNESS: readonly Effect[] = ['deny', 'ask', 'allow']

/**
 * What the rules say. A `deny` that matches wins over any `ask`, and that over any `allow`, in whatever order they
 * stand; nothing that matches is a deny. A rule that cannot be evaluated does what is safe: a `deny` or an `ask` counts as
 * matching (and denies), an `allow` does not match.
 */
export async function judge(policy: Policy, reported: Call, time: Date, slowly: Slowly): Promise<Decision> {
  const call = { ...reported, ...comparableTool(reported) }
  const scope = await scopeOf(policy, call, time)
  for (const effect of STRICTNESS) {
    for (const rule of policy.rules) {
      if (rule.effect !== effect) continue
      const verdict = await ruleVerdict(rule, scope, call, slowly)
      if (verdict === false || (verdict === 'error' && effect === 'allow')) continue
      if (verdict === true) return decided(effect, rule, policy)
      return {
        effect: 'deny',
        because: 'error',
        rule: rule.name,
        reason: `rule '${rule.name}' could not be evaluated`,
      }
    }
  }
  return { effect: 'deny', because: 'policy', reason: 'no rule allows it' }
}

/** Could a call of this tool get through, with whatever arguments? Decides what a tool list shows. */
export async function reachable(
  policy: Policy,
  listed: Listed,
  time: Date,
  slowly: Slowly,
): Promise<boolean> {
  const tool = { ...listed, ...comparableTool(listed) }
  const scope = await scopeOf(policy, tool, time)
  let open = false
  for (const rule of policy.rules) {
    const verdict = await ruleVerdict(rule, scope, tool, slowly)
    if (rule.effect === 'deny' && verdict === true) return false
    if (rule.effect !== 'deny' && verdict !== false) open = true
  }
  return open
}

async function ruleVerdict(
  rule: Rule,
  scope: Scope,
  call: Call | Listed,
  slowly: Slowly,
): Promise<Exclude<Verdict, 'unsupported'>> {
  if (rule.when === undefined && rule.source === undefined) return true
  const quick = rule.when === undefined ? 'unsupported' : verdictOf(rule.when, scope)
  if (quick !== 'unsupported') return quick
  if (rule.source === undefined) return 'error'
  if (rule.loops > 0 && call.args !== undefined && loopedWork(call.args, rule.loops) > MOST_LOOPED)
    return 'error'
  try {
    return await slowly(rule.source, call, rule.loops)
  } catch {
    return 'error'
  }
}

function decided(effect: Effect, rule: Rule, policy: Policy): Decision {
  const word = { allow: 'allowed', ask: 'needs a person', deny: 'denied' }[effect]
  return {
    effect,
    because: 'policy',
    rule: rule.name,
    reason: rule.message ?? `${word} by rule '${rule.name}'`,
    ...(effect === 'allow' && policy.grant ? { grant: true } : {}),
  }
}

/**
 * What loops over the arguments may come to: every item of the longest list, for each loop again, looking into the longest
 * text. How deep and how large the arguments are has been checked before.
 */
function loopedWork(args: Call['args'], loops: number): number {
  let [items, text] = [0, 0]
  const walk = (value: Json) => {
    if (typeof value === 'string') text = Math.max(text, value.length)
    if (typeof value !== 'object' || value === null) return
    const inside = Array.isArray(value) ? value : Object.values(value)
    items = Math.max(items, inside.length)
    for (const each of inside) walk(each)
  }
  walk(args)
  return items ** loops * (100 + text)
}

async function scopeOf(policy: Policy, call: Call | Listed, time: Date): Promise<Scope> {
  const { args, ...texts } = call
  const known = { ...texts, time, ...(args === undefined ? {} : { args }) }
  if (!policy.patterns) return known
  const { boundWork, found } = await import('../model/expression/pattern.ts')
  boundWork(MOST_PATTERN_STEPS)
  return { ...known, found }
}
