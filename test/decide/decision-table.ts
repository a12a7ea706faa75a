import { expect, it } from 'vitest'

/** The axes that a decision depends on, each with all of its values. */
export type Axes = { readonly [axis: string]: readonly string[] }

/** One value of each axis. */
export type Case<Of extends Axes> = { [Axis in keyof Of]: Of[Axis][number] }

interface Rule<Of extends Axes> {
  line: string
  matches: (each: Case<Of>) => boolean
  outcome: string
}

/**
 * A table of rules over the product of all axes. A line is `cell | cell | … | outcome`, in the order of the axes; a cell is `*`, a value,
 * several (`a,b`) or all but one (`!a`). Registers two tests: each case of the product has exactly one rule, and each
 * rule has a case. `check` registers one test a rule, which tries every case of it.
 */
export class DecisionTable<const Of extends Axes> {
  readonly cases: readonly Case<Of>[]
  readonly #rules: readonly Rule<Of>[]

  constructor(axes: Of, lines: readonly string[]) {
    this.cases = productOf(axes)
    this.#rules = lines.map(line => ruleOf(axes, line))
    it(`has one rule for each of ${this.cases.length} cases`, () => {
      const wrong = this.cases
        .map(each => ({
          each,
          lines: this.#rules.filter(rule => rule.matches(each)).map(({ line }) => line),
        }))
        .filter(({ lines: found }) => found.length !== 1)
      expect(wrong.slice(0, 5)).toEqual([])
    })
    it('has a case for each rule', () => {
      const idle = this.#rules.filter(rule => !this.cases.some(rule.matches)).map(({ line }) => line)
      expect(idle).toEqual([])
    })
  }

  /** @param found the outcome of a case, as the table writes it */
  check(found: (each: Case<Of>) => string | Promise<string>): void {
    it.each(this.#rules.map(rule => [rule.line, rule] as const))('%s', async (_, { matches, outcome }) => {
      const wrong: { case: Case<Of>; found: string }[] = []
      for (const each of this.cases.filter(matches)) {
        const came = await found(each)
        if (came !== outcome) wrong.push({ case: each, found: came })
        if (wrong.length === 5) break
      }
      expect(wrong, outcome).toEqual([])
    })
  }

  /** The outcome that the table has for a case. */
  outcomeOf(each: Case<Of>): string {
    return this.#rules.find(rule => rule.matches(each))?.outcome ?? 'no rule'
  }
}

/** Returns every combination of the axes' values. */
export function productOf<const Of extends Axes>(axes: Of): Case<Of>[] {
  return Object.entries(axes).reduce<Case<Of>[]>(
    (all, [axis, values]) => all.flatMap(each => values.map(value => ({ ...each, [axis]: value }))),
    [{} as Case<Of>],
  )
}

function ruleOf<Of extends Axes>(axes: Of, line: string): Rule<Of> {
  const cells = line.split('|').map(cell => cell.trim())
  const names = Object.keys(axes)
  const outcome = cells.at(-1)
  if (cells.length !== names.length + 1 || outcome === undefined) {
    throw new Error(`${cells.length - 1} cells for ${names.length} axes: ${line}`)
  }
  const tests = names.map((name, at) => {
    const cell = cells[at] ?? ''
    const values = cell.replace(/^!/, '').split(',')
    const unknown = values.filter(value => value !== '*' && axes[name]?.includes(value) !== true)
    if (unknown.length > 0) throw new Error(`${name} is never ${unknown.join(', ')}: ${line}`)
    return (value: string) =>
      cell === '*' || (cell.startsWith('!') ? !values.includes(value) : values.includes(value))
  })
  return {
    line: line.replace(/\s+/g, ' ').trim(),
    matches: each => names.every((name, at) => tests[at]?.(each[name] ?? '') === true),
    outcome,
  }
}
