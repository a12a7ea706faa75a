import { DOCUMENT_LIMITS } from '../document/limits.ts'
import { nearest } from '../document/problems.ts'
import { found } from '../expression/pattern.ts'
import { Fault } from '../fault.ts'
import type { Json } from '../json.ts'
import { LIMITS } from './limits.ts'
import type { InputSpec, Playbook } from './playbook.ts'

/** As given: text from `--input name=value`, or plain data from a plan or from `drill.inputs`. */
export type GivenInputs = { readonly [name: string]: Json }

/** Names of required inputs that are neither given nor have a default, in the playbook's order. */
export function missingInputs(playbook: Pick<Playbook, 'inputs'>, given: GivenInputs): string[] {
  return Object.entries(playbook.inputs)
    .filter(
      ([name, { required, ...spec }]) => required && !Object.hasOwn(given, name) && !('default' in spec),
    )
    .map(([name]) => name)
}

/**
 * The inputs, typed and checked: text is read as what the input is (`a,b` as a list). An input that is not required
 * and not given is left out. Throws a Fault `invalid-input` that names the input and the flag.
 */
export function resolveInputs(
  playbook: Pick<Playbook, 'inputs'>,
  given: GivenInputs,
): { [name: string]: Json } {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(playbook.inputs, name)) continue
    const near = nearest(name, Object.keys(playbook.inputs))
    throw new Fault('invalid-input', `the playbook has no input '${name}'`, {
      where: `--input ${name}=…`,
      ...(near === undefined ? {} : { next: `did you mean '${near}'?` }),
    })
  }
  const resolved = new Map<string, Json>()
  for (const [name, spec] of Object.entries(playbook.inputs)) {
    const value = Object.hasOwn(given, name) ? given[name] : spec.default
    if (value !== undefined) resolved.set(name, inputValue(name, spec, value))
    else if (spec.required) {
      throw new Fault('invalid-input', `input '${name}' is missing: ${spec.description}`, {
        where: name,
        next: `give --input ${name}=${hint(spec)}`,
      })
    }
  }
  return Object.fromEntries(resolved)
}

function inputValue(name: string, spec: InputSpec, given: Json): Json {
  const read = readInput(spec, given)
  if ('value' in read) return read.value
  throw new Fault('invalid-input', `input '${name}' ${read.flaw}`, {
    where: name,
    next: `give --input ${name}=${hint(spec)}`,
  })
}

/** The value as the input's type, or what is wrong with it. Patterns are RE2: a value cannot hang them. */
export function readInput(spec: InputSpec, given: Json): { value: Json } | { flaw: string } {
  if (spec.type !== 'list') return readOne(spec.type, spec.pattern, given)
  const items = typeof given === 'string' ? given.split(',').map(item => item.trim()) : given
  if (!Array.isArray(items)) return { flaw: 'has to be a list' }
  if (items.length > LIMITS.listItems) return { flaw: `has more than ${LIMITS.listItems} items` }
  const values: Json[] = []
  for (const item of items) {
    if (item === '') continue
    const read = readOne(spec.of ?? 'string', spec.pattern, item)
    if ('flaw' in read) return read
    values.push(read.value)
  }
  return values.length === 0 && spec.required ? { flaw: 'must not be empty' } : { value: values }
}

function readOne(type: 'string' | 'int' | 'bool', pattern: string | undefined, given: Json) {
  if (type === 'bool') return readBool(given)
  if (type === 'int') return readInt(given)
  if (typeof given !== 'string') return { flaw: 'has to be text (put it in quotes)' }
  if (given === '') return { flaw: 'must not be empty' }
  if (given.length > DOCUMENT_LIMITS.text) return { flaw: 'is too long' }
  if (/\p{Cc}/u.test(given)) return { flaw: 'has control characters' }
  if (pattern !== undefined && !found(given, pattern)) return { flaw: `does not match ${pattern}` }
  return { value: given }
}

function readBool(given: Json): { value: Json } | { flaw: string } {
  if (given === true || given === 'true') return { value: true }
  if (given === false || given === 'false') return { value: false }
  return { flaw: 'has to be true or false' }
}

function readInt(given: Json): { value: Json } | { flaw: string } {
  const number = typeof given === 'string' && /^-?\d{1,16}$/.test(given) ? Number(given) : given
  return Number.isSafeInteger(number) ? { value: number } : { flaw: 'has to be a whole number' }
}

function hint({ type, pattern }: InputSpec): string {
  if (pattern !== undefined)
    return type === 'list' ? `'…,…' (each has to match ${pattern})` : `'…' (has to match ${pattern})`
  return { string: '…', int: '1', bool: 'true', list: '…,…' }[type]
}
