import { Problem } from '../wire.ts'

/** Records of a table of Resource Graph. */
export type Row = { readonly [column: string]: unknown }

/**
 * The part of Resource Graph's query language that the lab supports: `table | where … | extend a = … | project a, b = … |
 * order by a | limit n`, with `==`, `=~`, `!=`, `!~`, `in`, `in~`, `contains`, `startswith`, `has`, `and`, `or`,
 * parentheses, and the functions `tolower`, `toupper`, `tostring`, `isnotempty`, `isempty`, `isnotnull`, `isnull`.
 * @throws Problem for anything else
 */
export function parseQuery(text: string): { table: string; run: (rows: Iterable<Row>) => Row[] } {
  const [table = '', ...stages] = pipes(text)
  const steps = stages.map(stageOf)
  return {
    table: table.toLowerCase(),
    run: rows => steps.reduce<Row[]>((left, step) => step(left), [...rows]),
  }
}

type Value = (row: Row) => unknown

function stageOf(stage: string): (rows: Row[]) => Row[] {
  const [, word = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(stage) ?? []
  if (/^where$/i.test(word)) {
    const test = new Parser(rest).whole()
    return rows => rows.filter(row => test(row) === true)
  }
  if (/^(?:limit|take)$/i.test(word)) return rows => rows.slice(0, Number(rest))
  if (/^(?:order|sort)$/i.test(word)) {
    const [, column = '', direction] = /^by\s+(.+?)(?:\s+(asc|desc))?$/i.exec(rest) ?? []
    const value = new Parser(column).whole()
    const sign = direction?.toLowerCase() === 'asc' ? 1 : -1
    return rows => rows.toSorted((a, b) => sign * (String(value(a)) < String(value(b)) ? -1 : 1))
  }
  if (/^(?:project|extend)$/i.test(word)) {
    const columns = commas(rest).map(column => {
      const [, name, expression] = /^(\w+)\s*=(?![=~])\s*([\s\S]+)$/.exec(column) ?? []
      const value = new Parser(expression ?? column).whole()
      return [name ?? column.split('.').at(-1) ?? column, value] as const
    })
    const extend = /^extend$/i.test(word)
    return rows =>
      rows.map(row => ({
        ...(extend ? row : {}),
        ...Object.fromEntries(columns.map(([name, value]) => [name, value(row) ?? null])),
      }))
  }
  throw new Problem(501, 'NotImplemented', `the lab does not know the query stage ${stage}`)
}

class Parser {
  readonly #tokens: string[]
  readonly #text: string

  constructor(text: string) {
    this.#text = text
    this.#tokens = text.match(/'[^']*'|"[^"]*"|=~|!~|==|!=|in~|!in~?|[\w.$]+|\[|\]|[(),]/g) ?? []
  }

  whole(): Value {
    const value = this.#or()
    if (this.#tokens.length > 0) throw this.#unknown()
    return value
  }

  #or(): Value {
    let left = this.#and()
    while (this.#takes('or')) {
      const [a, b] = [left, this.#and()]
      left = row => a(row) === true || b(row) === true
    }
    return left
  }

  #and(): Value {
    let left = this.#comparison()
    while (this.#takes('and')) {
      const [a, b] = [left, this.#comparison()]
      left = row => a(row) === true && b(row) === true
    }
    return left
  }

  #comparison(): Value {
    const left = this.#term()
    const operator = this.#tokens[0]?.toLowerCase() ?? ''
    if (!Object.hasOwn(OPERATORS, operator)) return left
    this.#tokens.shift()
    const compare = OPERATORS[operator] ?? (() => false)
    if (!/in~?$/.test(operator) || operator === 'contains') {
      const right = this.#term()
      return row => compare(textOf(left(row)), [textOf(right(row))])
    }
    const list = this.#list()
    return row =>
      compare(
        textOf(left(row)),
        list.map(each => textOf(each(row))),
      )
  }

  #list(): Value[] {
    this.#needs('(')
    const values = [this.#term()]
    while (this.#takes(',')) values.push(this.#term())
    this.#needs(')')
    return values
  }

  #term(): Value {
    const token = this.#tokens.shift()
    if (token === undefined) throw this.#unknown()
    if (token === '(') {
      const inner = this.#or()
      this.#needs(')')
      return inner
    }
    if (/^['"]/.test(token)) return () => token.slice(1, -1)
    if (/^\d+$/.test(token)) return () => Number(token)
    if (token === 'true' || token === 'false') return () => token === 'true'
    if (this.#tokens[0] !== '(') return row => at(row, token)
    const call = Object.hasOwn(FUNCTIONS, token.toLowerCase()) ? FUNCTIONS[token.toLowerCase()] : undefined
    if (call === undefined) throw this.#unknown()
    this.#tokens.shift()
    const argument = this.#or()
    this.#needs(')')
    return row => call(argument(row))
  }

  #takes(word: string): boolean {
    if (this.#tokens[0]?.toLowerCase() !== word) return false
    this.#tokens.shift()
    return true
  }

  #needs(word: string): void {
    if (!this.#takes(word)) throw this.#unknown()
  }

  #unknown(): Problem {
    return new Problem(501, 'NotImplemented', `the lab does not know the query ${this.#text}`)
  }
}

const OPERATORS: { readonly [operator: string]: (left: string, right: string[]) => boolean } = {
  '==': (left, [right]) => left === right,
  '!=': (left, [right]) => left !== right,
  '=~': (left, [right]) => left.toLowerCase() === right?.toLowerCase(),
  '!~': (left, [right]) => left.toLowerCase() !== right?.toLowerCase(),
  in: (left, right) => right.includes(left),
  'in~': (left, right) => right.some(each => each.toLowerCase() === left.toLowerCase()),
  '!in': (left, right) => !right.includes(left),
  '!in~': (left, right) => !right.some(each => each.toLowerCase() === left.toLowerCase()),
  contains: (left, [right = '']) => left.toLowerCase().includes(right.toLowerCase()),
  has: (left, [right = '']) => left.toLowerCase().includes(right.toLowerCase()),
  startswith: (left, [right = '']) => left.toLowerCase().startsWith(right.toLowerCase()),
}

const FUNCTIONS: { readonly [name: string]: (value: unknown) => unknown } = {
  tolower: value => textOf(value).toLowerCase(),
  toupper: value => textOf(value).toUpperCase(),
  tostring: textOf,
  isnotempty: value => textOf(value) !== '',
  isempty: value => textOf(value) === '',
  isnotnull: value => value !== undefined && value !== null,
  isnull: value => value === undefined || value === null,
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function at(row: Row, path: string): unknown {
  let value: unknown = row
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Row)[name]
  }
  return value
}

function pipes(text: string): string[] {
  return cut(text, '|')
}

function commas(text: string): string[] {
  return cut(text, ',')
}

/** At a character, where it is not in a literal or in parentheses. */
function cut(text: string, at: string): string[] {
  const parts = ['']
  let quote = ''
  let depth = 0
  for (const character of text) {
    if (quote === '' && (character === "'" || character === '"')) quote = character
    else if (character === quote) quote = ''
    else if (quote === '' && character === '(') depth += 1
    else if (quote === '' && character === ')') depth -= 1
    if (character === at && quote === '' && depth === 0) parts.push('')
    else parts.push((parts.pop() ?? '') + character)
  }
  return parts.map(part => part.trim()).filter(part => part !== '')
}
