import type { Json } from '../model/json.ts'
import { Budget, Exhausted, secondsOf } from './budget.ts'
import type { Need, Permit } from './built-in.ts'
import type { Call, Decision, Effect } from './call.ts'
import { type Node, type Verdict, verdictOf } from './evaluate.ts'
import type { Flaw, Scope } from './evaluate-values.ts'
import { looking } from './path-lookup.ts'
import { PathBook, PathFlaw } from './paths.ts'
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
  /** Names of arguments that rules look at. */
  names: string[]
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
  /** Abilities that the rule permits by name; without it, no rule allows them. */
  permits?: Permit[]
}

/** Decides an expression with the whole of CEL; never `unsupported`. Throws `Exhausted`. */
export type Slowly = (rule: { source: string; loops: number }, scope: Scope) => Promise<Verdict>

/** A call whose arguments are not known yet, as when tools are listed. */
export type Listed = Omit<Call, 'args'> & { args?: undefined }

/** Steps of one pattern in one text, beyond which it is looked for in the thread that can be ended. */
const MOST_PATTERN_STEPS = 2e6
/** Time that RE2 takes for a character and an instruction, at its slowest. */
const PATTERN_STEP = 20
/** Time that compiling a pattern takes for an instruction. */
const COMPILE_STEP = 500

const MOST_LOOPED = 5e8

const STRICTNESS: readonly Effect[] = ['deny', 'ask', 'allow']

/**
 * Decides by the rules. A `deny` that matches wins over any `ask`, and that over any `allow`, in any order that they
 * stand; nothing that matches is a deny. A rule that cannot be evaluated does what is safe: a `deny` or an `ask` counts as
 * matching (and denies), an `allow` does not match. A call whose arguments tools could read differently is denied by the
 * first rule that looks at them.
 */
export async function judge(
  policy: Policy,
  call: Call,
  time: Date,
  slowly: Slowly,
  budget = new Budget(secondsOf(process.env['INTERDICT_GATE_SECONDS'])),
  needs: readonly Need[] = [],
): Promise<Decision> {
  const scope = await scopeOf(policy, call, time, budget)
  let doubt = ''
  for (const effect of STRICTNESS) {
    for (const rule of policy.rules) {
      if (rule.effect !== effect) continue
      const verdict = await timedVerdict(rule, scope, slowly)
      if (verdict === false) continue
      if (verdict === true) {
        const lacking =
          effect === 'deny' ? undefined : needs.find(need => !rule.permits?.includes(need.permit))
        if (!lacking) return decided(effect, rule, policy)
        doubt = ` that permits ${lacking.permit}: ${lacking.reason}`
        if (effect === 'allow') continue
        // A person who is asked may not know of it either.
        return { effect: 'deny', because: 'policy', rule: rule.name, reason: `no rule allows it${doubt}` }
      }
      const { why = '', ambiguous, exhausted } = verdict
      const reason = `rule '${rule.name}' could not be evaluated${why === '' ? '' : `: ${why}`}`
      if (ambiguous) return { effect: 'deny', because: 'policy', rule: rule.name, reason }
      if (effect !== 'allow' || exhausted)
        return { effect: 'deny', because: 'error', rule: rule.name, reason }
      if (why !== '') doubt ||= ` (${reason})`
    }
  }
  return { effect: 'deny', because: 'policy', reason: `no rule allows it${doubt}` }
}

/**
 * Returns whether any call of this tool could be allowed, with any arguments. Decides what a tool list shows. `otherwise`: a policy
 * engine may allow what no rule of ours does.
 */
export async function reachable(
  policy: Policy,
  tool: Listed,
  time: Date,
  slowly: Slowly,
  otherwise = false,
  budget = new Budget(secondsOf(process.env['INTERDICT_GATE_SECONDS'])),
): Promise<boolean> {
  const scope = await scopeOf(policy, tool, time, budget)
  let open = otherwise
  for (const rule of policy.rules) {
    const verdict = await ruleVerdict(rule, scope, slowly)
    if (rule.effect === 'deny' && verdict === true) return false
    if (rule.effect !== 'deny' && verdict !== false) open = true
  }
  return open
}

type RuleVerdict = boolean | (Partial<Flaw> & { exhausted?: true })

async function timedVerdict(rule: Rule, scope: Scope, slowly: Slowly): Promise<RuleVerdict> {
  try {
    return await ruleVerdict(rule, scope, slowly)
  } catch (error) {
    if (error instanceof Exhausted) return { why: error.message, exhausted: true }
    throw error
  }
}

async function ruleVerdict(rule: Rule, scope: Scope, slowly: Slowly): Promise<RuleVerdict> {
  const { when, source, loops } = rule
  if (when === undefined && source === undefined) return true
  const quick = when === undefined ? 'unsupported' : await quickVerdict(when, scope)
  if (quick === 'error') return {}
  if (quick !== 'unsupported') return quick
  if (source === undefined) return {}
  if (loops > 0 && scope.args !== undefined && loopedWork(scope.args, loops) > MOST_LOOPED)
    return { why: 'its loops would take too much work' }
  const slow = await slowly({ source, loops }, scope)
  return typeof slow === 'string' ? {} : slow
}

/** Evaluated again when the paths that it asks about have been followed. */
async function quickVerdict(when: Node, scope: Scope): Promise<Verdict> {
  try {
    for (;;) {
      const verdict = verdictOf(when, scope)
      if (typeof verdict === 'boolean' || !(await scope.paths.follow(scope.budget))) return verdict
    }
  } catch (error) {
    if (error instanceof PathFlaw) return { why: error.message }
    throw error
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
 * Returns the most that loops over the arguments may cost: every item of the longest list, for each loop again, looking into the longest
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

async function scopeOf(policy: Policy, call: Call | Listed, time: Date, budget: Budget): Promise<Scope> {
  const { args, ...texts } = call
  const known = {
    ...texts,
    ...comparableTool(call),
    time,
    budget,
    paths: new PathBook(looking),
    names: new Set(policy.names),
    ...(args === undefined ? {} : { args }),
  }
  if (!policy.patterns) return known
  const { patternWork, found } = await import('../model/expression/pattern.ts')
  const compiled = new Set<string>()
  return {
    ...known,
    found(text, pattern) {
      if (!compiled.has(pattern)) budget.spend(COMPILE_STEP * patternWork(' ', pattern))
      compiled.add(pattern)
      const work = patternWork(text, pattern)
      if (work > MOST_PATTERN_STEPS) return undefined
      budget.spend(PATTERN_STEP * work)
      return found(text, pattern)
    },
  }
}
