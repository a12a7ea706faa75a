import { type Condition, PolicyProblem } from './document.ts'
import { compare, NEGATED } from './operators.ts'
import { LITERAL } from './wildcard.ts'

/** The context of a request, by condition key, e.g. `{ 'aws:SourceIp': '203.0.113.7' }`. */
export type RequestContext = Record<string, string | readonly string[] | undefined>

/** Looks condition keys up without regard to case, as AWS does, and remembers what it did not find. */
export class Known {
  readonly #values = new Map<string, readonly string[]>()
  readonly #missing = new Map<string, string>()

  constructor(context: RequestContext) {
    for (const [key, value] of Object.entries(context)) {
      if (value !== undefined)
        this.#values.set(key.toLowerCase(), typeof value === 'string' ? [value] : value)
    }
  }

  get(key: string): readonly string[] | undefined {
    const found = this.#values.get(key.toLowerCase())
    if (found === undefined) this.#missing.set(key.toLowerCase(), key)
    return found
  }

  /** The keys that were asked for and not there, as first written. */
  get missing(): string[] {
    return [...this.#missing.values()]
  }
}

/**
 * Do all the conditions hold? Every one is looked at, also after one failed, so that the missing keys are complete.
 * @throws PolicyProblem for an operator that the lab does not know
 */
export function conditionsHold(conditions: readonly Condition[], known: Known): boolean {
  let hold = true
  for (const condition of conditions) {
    if (!holds(condition, known)) hold = false
  }
  return hold
}

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/i

function holds({ operator, key, values }: Condition, known: Known): boolean {
  const match = OPERATOR.exec(operator)
  const name = match?.[2]?.toLowerCase()
  if (match === null || name === undefined) throw new PolicyProblem(`Invalid Condition type : ${operator}`)
  const set = match[1]?.toLowerCase()
  const ifExists = match[3] !== undefined
  const actual = known.get(key)

  if (name === 'null')
    return values.some(value => (value.toLowerCase() === 'true') === (actual === undefined))

  const positive = NEGATED[name] ?? name
  const negated = NEGATED[name] !== undefined
  const test = compare(positive)
  if (test === undefined) throw new PolicyProblem(`Invalid Condition type : ${operator}`)

  if (actual === undefined || actual.length === 0) {
    if (ifExists || set === 'forallvalues') return true
    return set === 'foranyvalue' ? false : negated
  }
  const expected = values.map(value => substitute(value, known))
  const one = (value: string) =>
    expected.some(wanted => wanted !== undefined && test(wanted, value)) !== negated
  // A key with many values under a plain operator: one match is enough, and one match is enough to fail a "Not".
  if (set === 'forallvalues') return actual.every(one)
  if (set === 'foranyvalue') return actual.some(one)
  return negated ? actual.every(one) : actual.some(one)
}

const VARIABLE = /\$\{([^}]*)\}/g

/** The text with its policy variables filled in; undefined where one has no value, which matches nothing. */
export function substitute(text: string, known: Known): string | undefined {
  if (!text.includes('${')) return text
  let complete = true
  const filled = text.replace(VARIABLE, (_, variable: string) => {
    if (variable === '*' || variable === '?') return LITERAL[variable] ?? variable
    if (variable === '$') return variable
    const [, key = variable, otherwise] = /^\s*([^,]+?)\s*(?:,\s*'([^']*)')?\s*$/.exec(variable) ?? []
    const value = known.get(key)?.[0] ?? otherwise
    if (value === undefined) complete = false
    return value ?? ''
  })
  return complete ? filled : undefined
}
