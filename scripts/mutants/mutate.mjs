import { parseSync } from 'oxc-parser'

/**
 * One small fault that could be made in a source file: replace `text.slice(start, end)` by `by`.
 * @typedef {{ start: number, end: number, by: string, what: string }} Mutant
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

/** Calls that are swapped, or dropped where there is nothing to swap them with. */
const CALLS = { some: 'every', every: 'some', min: 'max', max: 'min' }
const DROPPED = new Set(['filter', 'sort', 'reverse', 'slice'])

/**
 * Returns every mutant of a TypeScript source, in the order of the text: conditions negated, operators and constants swapped,
 * statements, `await`, filters and parts of objects dropped.
 *
 * @param {string} file for the parser's messages
 * @param {string} text
 * @returns {Mutant[]}
 */
export function mutantsOf(file, text) {
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`)
  const found = []
  const add = (node, by, what) => found.push({ start: node.start, end: node.end, by, what })
  const source = node => text.slice(node.start, node.end)
  const visit = node => {
    if (Array.isArray(node)) return node.forEach(visit)
    if (node === null || typeof node !== 'object' || typeof node.type !== 'string') return
    if (isTypeOnly(node)) return
    mutate(node, add, source)
    for (const [key, child] of Object.entries(node)) if (!TYPE_KEYS.has(key)) visit(child)
  }
  visit(program.body)
  return found.sort((a, b) => a.start - b.start || a.end - b.end)
}

const TYPE_KEYS = new Set(['typeAnnotation', 'returnType', 'typeParameters', 'typeArguments'])

/** Types, imports and exports of names: nothing of them runs. */
function isTypeOnly({ type }) {
  return (
    (type.startsWith('TS') && !/^TS(As|NonNull|Satisfies)/.test(type)) ||
    type === 'ImportDeclaration' ||
    type === 'ExportAllDeclaration'
  )
}

function mutate(node, add, source) {
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
      return add(node.test, `!(${source(node.test)})`, 'negated')
    case 'BinaryExpression':
    case 'LogicalExpression': {
      const by = OPPOSITE[node.operator]
      if (by) add(node, `${source(node.left)} ${by} (${source(node.right)})`, `${node.operator} to ${by}`)
      else if (node.operator === '??') add(node, source(node.left), '?? dropped')
      return
    }
    case 'UnaryExpression':
      if (node.operator === '!') add(node, source(node.argument), '! dropped')
      if (node.operator === '-') add(node, '0', 'constant')
      return
    case 'Literal':
      if (typeof node.value === 'boolean') add(node, String(!node.value), 'constant')
      if (typeof node.value === 'number') add(node, String(node.value + 1), 'constant')
      return
    case 'ExpressionStatement':
      return add(node, ';', 'statement dropped')
    case 'ThrowStatement':
      return add(node, ';', 'throw dropped')
    case 'AwaitExpression':
      return add(node, `(${source(node.argument)})`, 'await dropped')
    case 'SpreadElement':
      if (node.argument.type === 'ConditionalExpression') add(node, '...{}', 'part dropped')
      return
    case 'CallExpression': {
      const { callee } = node
      if (callee.type !== 'MemberExpression' || callee.computed) return
      const { name } = callee.property
      if (CALLS[name]) add(callee.property, CALLS[name], `${name} to ${CALLS[name]}`)
      if (DROPPED.has(name)) add(node, source(callee.object), `${name} dropped`)
    }
  }
}
