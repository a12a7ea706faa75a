import { canonical, type Json } from '../model/json.ts'
import { isObject } from '../model/json-object.ts'
import { plain } from './text.ts'

/** The value of an entry as one short text; `‒` where there is none. */
export function valueText(value: Json | undefined): string {
  if (value === undefined) return '‒'
  if (value === null) return 'null'
  if (typeof value === 'string') return policyText(parsed(value)) ?? plain(value)
  if (typeof value !== 'object') return String(value)
  return policyText(value) ?? plain(canonical(value))
}

/** `from → to`; a thing that only appears or disappears is named by its entry, so its content is left out. */
export function changeText(from: Json | undefined, to: Json | undefined): string {
  if (from === undefined && isNamedByEntry(to)) return 'added'
  if (to === undefined && isNamedByEntry(from)) return 'removed'
  return `${valueText(from)} → ${valueText(to)}`
}

/** It is there or it is not; what it is, its name says. */
export function isNamedByEntry(value: Json | undefined): boolean {
  return value === true || (isObject(value) && policyText(value) === undefined)
}

function parsed(text: string): Json | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A policy document by what it says first: `Deny *`, `Allow sts:AssumeRole (+2)`. */
function policyText(value: Json | undefined): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  const statements = [value['Statement']].flat().filter(each => isObject(each))
  const [first] = statements
  if (!first) return undefined
  const actions = [first['Action'] ?? first['NotAction'] ?? '*'].flat().map(each => plain(String(each)))
  const not = first['NotAction'] === undefined ? '' : 'all but '
  const condition = first['Condition'] === undefined ? '' : ` if ${conditionText(first['Condition'])}`
  const rest = statements.length > 1 ? ` (+${statements.length - 1})` : ''
  const many = actions.length > 1 ? ` (+${actions.length - 1})` : ''
  return `${plain(String(first['Effect'] ?? '?'))} ${not}${actions[0] ?? ''}${many}${condition}${rest}`
}

/** A single comparison as it is; else which keys are looked at. */
function conditionText(condition: Json): string {
  const tests = isObject(condition)
    ? Object.entries(condition).flatMap(([operator, keys]) =>
        isObject(keys) ? Object.entries(keys).map(([key, value]) => ({ operator, key, value })) : [],
      )
    : []
  const [only, ...others] = tests
  if (!only) return '…'
  if (others.length === 0 && only.operator === 'DateLessThan') return plain(`${only.key} < ${only.value}`)
  return plain(tests.map(({ key }) => key).join(', '))
}
