import { createHash } from 'node:crypto'
import { type Problem, unknownKey } from '../model/document/problems.ts'
import { Report } from '../model/document/report.ts'
import { type Path, readYaml } from '../model/document/yaml.ts'
import type { Json } from '../model/json.ts'
import { PERMITS } from './built-in.ts'
import { type Effect, isObject } from './call.ts'
import { compileRule } from './environment.ts'
import type { Node } from './evaluate.ts'
import { SKILL_TOOLS } from './install/starter.ts'
import type { Policy, Rule } from './policy.ts'
import { comparablePattern } from './tool-names.ts'

const MOST_RULES = 500
const NAME = /^[A-Za-z0-9][\w.@-]{0,63}$/
const IDENTITY = /^[^:\s]+:[^:]*:[^/]+\/.+$/s
const EFFECTS: readonly string[] = ['allow', 'ask', 'deny']

export interface CheckedPolicy {
  /** Absent when there are errors. */
  policy?: Policy
  problems: Problem[]
}

/** Reads a policy; everything that is wrong with it, with line and column. `tick` is called between parts and may throw. */
export function checkPolicy(source: string, file: string, tick: () => void = () => undefined): CheckedPolicy {
  const reader = new PolicyReader(source, file, tick)
  const policy = reader.read()
  const problems = reader.problems()
  return { problems, ...(problems.length === 0 && policy ? { policy } : {}) }
}

/** Reads without zod: loading it would cost the decision that comes first after a change of the policy. */
class PolicyReader {
  readonly #source: string
  readonly #data: Json
  readonly #report: Report
  #patterns = false
  readonly #names = new Set<string>()
  readonly #tick: () => void

  constructor(source: string, file: string, tick: () => void) {
    this.#tick = tick
    this.#source = source
    const yaml = readYaml(source, file, 'a policy')
    this.#data = yaml.data
    this.#report = new Report(yaml, file)
  }

  problems(): Problem[] {
    return this.#report.problems()
  }

  read(): Policy | undefined {
    const data = this.#data
    if (this.#report.failed) return undefined
    if (!isObject(data)) return this.#wrong([], 'a policy is a mapping with version, agents and rules')
    this.#keys(data, [], ['version', 'agents', 'rules', 'grant'])
    if (data['version'] !== 1) this.#wrong(['version'], "'version' has to be 1")
    const grant = data['grant'] ?? false
    if (typeof grant !== 'boolean') this.#wrong(['grant'], "'grant' has to be true or false")
    const rules = this.#rules(data['rules'])
    return {
      sha256: createHash('sha256').update(this.#source).digest('hex'),
      agents: this.#agents(data['agents']),
      rules,
      patterns: this.#patterns,
      names: [...this.#names].sort(),
      grant: grant === true,
    }
  }

  #agents(value: Json | undefined): Policy['agents'] {
    if (value === undefined || value === null) return {}
    if (!isObject(value)) {
      this.#wrong(['agents'], "'agents' has to be a mapping of names")
      return {}
    }
    return Object.fromEntries(
      Object.entries(value).map(([agent, is]) => [agent, this.#identities(['agents', agent], agent, is)]),
    )
  }

  #identities(path: Path, agent: string, value: Json): string[] {
    if (!NAME.test(agent))
      this.#wrong(path, `'${agent}' is not a valid name: use letters, digits, and . _ @ - inside`, {
        at: 'key',
      })
    if (value === null) return []
    if (!isObject(value)) {
      this.#wrong(path, `'${agent}' has to be a mapping with identity or identities`)
      return []
    }
    this.#keys(value, path, ['identity', 'identities'])
    const listed = value['identities'] ?? []
    if (!Array.isArray(listed)) this.#wrong([...path, 'identities'], "'identities' has to be a list")
    const several = Array.isArray(listed)
      ? listed.map((each, index): [Path, Json] => [[...path, 'identities', index], each])
      : []
    const one = value['identity']
    const all: [Path, Json][] = one === undefined ? several : [[[...path, 'identity'], one], ...several]
    return all.flatMap(([at, id]) => {
      if (typeof id === 'string' && IDENTITY.test(id)) return [id]
      this.#wrong(at, 'not the id of an identity', {
        suggestion: 'write it as interdict inventory does: aws:111122223333:role/ci',
      })
      return []
    })
  }

  #rules(value: Json | undefined): Rule[] {
    if (!Array.isArray(value)) {
      this.#wrong(['rules'], "'rules' has to be a list")
      return []
    }
    if (value.length > MOST_RULES) this.#wrong(['rules'], `a policy has at most ${MOST_RULES} rules`)
    const names = new Set<string>()
    return value.slice(0, MOST_RULES).flatMap((each, index) => {
      const rule = this.#rule(each, ['rules', index], `rule ${index + 1}`)
      if (rule && names.has(rule.name)) this.#wrong(['rules', index, 'name'], `'${rule.name}' is there twice`)
      if (rule) names.add(rule.name)
      return rule ? [rule] : []
    })
  }

  #rule(value: Json, path: Path, fallback: string): Rule | undefined {
    this.#tick()
    if (!isObject(value)) return this.#wrong(path, 'a rule is a mapping with effect and when')
    this.#keys(value, path, ['name', 'effect', 'tools', 'agents', 'when', 'message', 'permits'])
    const { name = fallback, effect, message, when } = value
    if (typeof name !== 'string' || name.length > 100)
      this.#wrong([...path, 'name'], "'name' has to be a short text")
    if (effect === undefined) this.#wrong(path, "'effect' is missing: allow, ask or deny")
    else if (typeof effect !== 'string' || !EFFECTS.includes(effect))
      this.#wrong([...path, 'effect'], "'effect' has to be allow, ask or deny")
    if (
      message !== undefined &&
      (typeof message !== 'string' || message.length > 500 || message.trim() === '')
    )
      this.#wrong([...path, 'message'], "'message' has to be a text of 1 to 500 characters")
    if (when !== undefined && typeof when !== 'string')
      this.#wrong([...path, 'when'], "'when' has to be an expression", { suggestion: 'put it in quotes' })
    this.#skills(value, path)
    const compiled = typeof when === 'string' ? compileRule(when) : undefined
    this.#patterns ||= compiled?.patterns === true
    for (const name of compiled?.names ?? []) this.#names.add(name)
    for (const { message, start, suggestion } of compiled?.flaws ?? []) {
      this.#wrong([...path, 'when'], message, {
        at: start,
        ...(suggestion === undefined ? {} : { suggestion }),
      })
    }
    return {
      name: String(name),
      effect: effect as Effect,
      ...(typeof message === 'string' ? { message } : {}),
      ...this.#permits(value['permits'], path, effect),
      ...narrowed(
        [
          ...this.#globs(value['tools'], [...path, 'tools'], 'tool'),
          ...this.#globs(value['agents'], [...path, 'agents'], 'agent'),
        ],
        compiled,
      ),
    }
  }

  /** A skill may carry shell commands that no hook sees: allowing all of them is allowing the shell. */
  #skills({ effect, tools, when }: { [name: string]: Json }, path: Path): void {
    if (effect !== 'allow' || (typeof when === 'string' && /\bargs\b/.test(when))) return
    const listed = Array.isArray(tools) ? tools : [tools]
    const skill = SKILL_TOOLS.find(({ tool }) => listed.includes(tool))
    if (!skill) return
    this.#wrong([...path, 'tools'], `'${skill.tool}' may run shell commands that no hook sees`, {
      suggestion: `name the skills that you have read: when: args.${skill.name} in ["…"]`,
    })
  }

  #permits(value: Json | undefined, path: Path, effect: Json | undefined): Pick<Rule, 'permits'> {
    if (value === undefined) return {}
    const listed = Array.isArray(value) ? value : [value]
    const permits = PERMITS.filter(each => listed.includes(each))
    if (permits.length < listed.length || permits.length === 0)
      this.#wrong([...path, 'permits'], `'permits' has to be a list of ${PERMITS.join(' or ')}`)
    if (effect === 'deny') this.#wrong([...path, 'permits'], 'a rule that denies permits nothing')
    return { permits }
  }

  /** `tools: [github/*]` as an expression over the variable. */
  #globs(value: Json | undefined, path: Path, variable: string): { source: string; node: Node }[] {
    if (value === undefined) return []
    const patterns = typeof value === 'string' ? [value] : value
    if (!Array.isArray(patterns) || patterns.length === 0 || patterns.length > 100) {
      this.#wrong(path, `'${path.at(-1)}' has to be a list of up to 100 names; * stands for anything`)
      return []
    }
    const each = patterns.map((pattern, index) => {
      if (typeof pattern !== 'string' || pattern.length > 256)
        this.#wrong([...path, index], 'this has to be a name')
      return variable === 'tool' ? comparablePattern(String(pattern)) : String(pattern)
    })
    const nodes = each.map((pattern): Node => ['glob', ['id', variable], ['value', pattern]])
    const [first, ...more] = nodes
    if (!first) return []
    return [
      {
        source: `(${each.map(pattern => `glob(${variable}, ${JSON.stringify(pattern)})`).join(' || ')})`,
        node: more.reduce<Node>((left, right) => ['||', left, right], first),
      },
    ]
  }

  #keys(value: { [name: string]: Json }, path: Path, known: readonly string[]): void {
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue
      const { message, suggestion } = unknownKey(key, known)
      this.#wrong([...path, key], message, { at: 'key', suggestion })
    }
  }

  #wrong(
    path: Path,
    message: string,
    { at = 'value', suggestion }: { at?: 'key' | 'value' | number; suggestion?: string } = {},
  ): undefined {
    this.#report.add('error', path, { message, ...(suggestion === undefined ? {} : { suggestion }) }, at)
  }
}

/** The names and the expression together. */
function narrowed(
  globs: readonly { source: string; node: Node }[],
  compiled: ReturnType<typeof compileRule> | undefined,
): Pick<Rule, 'when' | 'source' | 'loops'> {
  const sources = [...globs.map(({ source }) => source), ...(compiled ? [`(${compiled.source}\n)`] : [])]
  const nodes = [...globs.map(({ node }) => node), ...(compiled ? [compiled.when] : [])]
  const [first, ...more] = nodes
  const loops = compiled?.loops ?? 0
  if (first === undefined && sources.length === 0) return { loops }
  const when = more.reduce<Node | undefined>((left, right) => left && right && ['&&', left, right], first)
  return { source: sources.join(' && '), loops, ...(when && nodes.every(Boolean) ? { when } : {}) }
}
