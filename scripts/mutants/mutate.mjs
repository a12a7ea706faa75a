import { parseSync } from 'rolldown/utils'

/**
 * A small fault that could be made in a source file.
 * @typedef {{ id: number, start: number, line: number, what: string, code: string }} Mutant
 */

const OPPOSITE = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
}

/** Calls whose name is swapped, and calls that are dropped, so that what they are called on is left. */
const SWAPPED = { some: 'every', every: 'some', min: 'max', max: 'min' }
const DROPPED = new Set(['filter', 'sort', 'reverse', 'slice'])

/** Members that hold types, and keys, of which nothing runs. */
const NOT_RUN = new Set(['typeAnnotation', 'returnType', 'typeParameters', 'typeArguments'])

/**
 * Puts every mutant into a TypeScript source at once, each behind a question: `globalThis.isMutant(ID)`. Conditions are negated,
 * operators and constants swapped, and statements, `await`, filters and parts of objects dropped. Nothing at the top of a module is
 * mutated, since it runs once, before any test; no `await` whose result is returned either, since that is the same without it.
 *
 * @param {string} file for the parser's messages
 * @param {string} text
 * @param {number} first the id of the first mutant
 * @returns {{ text: string, mutants: Mutant[] }}
 */
export function mutated(file, text, first = 0) {
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`)
  const mutants = []
  const opened = new Map()
  const closed = new Map()
  const source = node => text.slice(node.start, node.end)
  const lines = text.split('\n')
  const around = (node, what, before, after) => {
    const id = first + mutants.length
    const line = text.slice(0, node.start).split('\n').length
    // A constant says nothing by itself.
    const code = what.startsWith('constant') ? lines[line - 1].trim() : source(node)
    mutants.push({ id, start: node.start, line, what, code: excerpt(code) })
    opened.set(node.start, [...(opened.get(node.start) ?? []), before(`globalThis.isMutant(${id})`)])
    closed.set(node.end, [after, ...(closed.get(node.end) ?? [])])
  }
  const replaced = (node, by, what) => around(node, what, asked => `(${asked} ? (${by}) : (`, '))')
  // In brackets of its own, so that an `else` after it stays with the `if` before it.
  const dropped = (node, what) => around(node, what, asked => `{ if (!${asked}) {`, '} }')
  const returned = new Set()
  const visit = (node, isInside, isTried) => {
    if (Array.isArray(node)) {
      for (const each of node) visit(each, isInside, isTried)
      return
    }
    if (node === null || typeof node !== 'object' || typeof node.type !== 'string') return
    if (/^TS(?!As|NonNull|Satisfies)|^Import(?!Expression)|^ExportAll/.test(node.type)) return
    if (node.type === 'ReturnStatement' && !isTried) addReturned(node.argument, returned)
    if (node.type === 'ArrowFunctionExpression' && node.expression) addReturned(node.body, returned)
    if (isInside && !returned.has(node)) mutate(node, { replaced, dropped, source })
    const isFunction = /Function/.test(node.type)
    for (const [key, child] of Object.entries(node)) {
      if (NOT_RUN.has(key) || (key === 'key' && !node.computed)) continue
      const isGuarded = node.type === 'TryStatement' && (key === 'block' || node.finalizer !== null)
      visit(child, isInside || isFunction, isGuarded || (isTried && !isFunction))
    }
  }
  visit(program.body, false, false)
  let out = ''
  let at = 0
  for (const place of [...new Set([...opened.keys(), ...closed.keys()])].sort((a, b) => a - b)) {
    out += text.slice(at, place) + (closed.get(place) ?? []).join('') + (opened.get(place) ?? []).join('')
    at = place
  }
  return { text: out + text.slice(at), mutants }
}

/** Adds the `await`s whose result a function returns: outside of a `try`, the function does the same without them. */
function addReturned(node, to) {
  if (node?.type === 'AwaitExpression') to.add(node)
  else if (node?.type === 'ConditionalExpression') {
    addReturned(node.consequent, to)
    addReturned(node.alternate, to)
  } else if (node?.type === 'LogicalExpression') addReturned(node.right, to)
}

function mutate(node, { replaced, dropped, source }) {
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
      return replaced(node.test, `!(${source(node.test)})`, 'negated')
    case 'BinaryExpression':
    case 'LogicalExpression': {
      const by = OPPOSITE[node.operator]
      if (by)
        replaced(node, `(${source(node.left)}) ${by} (${source(node.right)})`, `${node.operator} to ${by}`)
      else if (node.operator === '??') replaced(node, source(node.left), '?? dropped')
      return
    }
    case 'UnaryExpression':
      if (node.operator === '!') replaced(node, source(node.argument), '! dropped')
      if (node.operator === '-') replaced(node, '0', `constant ${source(node)}`)
      return
    case 'Literal':
      if (typeof node.value === 'boolean') replaced(node, String(!node.value), `constant ${node.raw}`)
      if (typeof node.value === 'number') replaced(node, String(node.value + 1), `constant ${node.raw}`)
      return
    case 'ExpressionStatement':
      return dropped(node, 'statement dropped')
    case 'ThrowStatement':
      return dropped(node, 'throw dropped')
    case 'AwaitExpression':
      return replaced(node, source(node.argument), 'await dropped')
    case 'SpreadElement':
      if (node.argument.type === 'ConditionalExpression') replaced(node.argument, '{}', 'part dropped')
      return
    case 'ChainExpression':
      return called(node.expression, node, { replaced, source })
    case 'CallExpression':
      // A call inside a chain cannot be put into brackets: a chain that is cut short skips all of it.
      if (!source(node).includes('?.')) called(node, node, { replaced, source })
  }
}

function called(call, whole, { replaced, source }) {
  if (call.type !== 'CallExpression' || call.callee.type !== 'MemberExpression' || call.callee.computed)
    return
  const { object, property } = call.callee
  const swapped = SWAPPED[property.name]
  const text = source(whole)
  const at = property.start - whole.start
  if (swapped) {
    const by = text.slice(0, at) + swapped + text.slice(at + property.name.length)
    replaced(whole, by, `${property.name} to ${swapped}`)
  }
  if (DROPPED.has(property.name)) replaced(whole, source(object), `${property.name} dropped`)
}

function excerpt(code) {
  const text = code.replace(/\s+/g, ' ').replaceAll('`', "'")
  return text.length > 70 ? `${text.slice(0, 69)}…` : text
}
