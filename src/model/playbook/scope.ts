import type { Json } from '../json.ts'

/** A value of the scope that is taken from an input: `projects: inputs.projects`. */
const FROM_INPUT = /^inputs\.([a-z][a-z0-9_]*)$/

type Scope = { readonly [cloud: string]: Json }

/** Where a scope names inputs: the name, and the path from the scope. */
export function scopeInputs(scope: unknown, path: readonly (string | number)[] = []): Found[] {
  if (typeof scope === 'string') {
    const input = FROM_INPUT.exec(scope)?.[1]
    return input === undefined ? [] : [{ input, path }]
  }
  if (typeof scope !== 'object' || scope === null) return []
  return Object.entries(scope).flatMap(([name, value]) =>
    scopeInputs(value, [...path, Array.isArray(scope) ? Number(name) : name]),
  )
}

interface Found {
  input: string
  path: readonly (string | number)[]
}

/** The scope with the inputs' values in it. An empty list, or no value, is as if the member were not there. */
export function scopeWith(
  scope: Scope,
  inputs: { readonly [name: string]: Json },
): { [cloud: string]: Json } {
  return Object.fromEntries(
    Object.entries(scope).map(([cloud, value]) => [cloud, filled(value, inputs) ?? {}]),
  )
}

function filled(value: Json, inputs: { readonly [name: string]: Json }): Json | undefined {
  if (typeof value === 'string') {
    const name = FROM_INPUT.exec(value)?.[1]
    if (name === undefined) return value
    const given = Object.hasOwn(inputs, name) ? inputs[name] : undefined
    return Array.isArray(given) && given.length === 0 ? undefined : given
  }
  if (Array.isArray(value)) return value.flatMap(each => filled(each, inputs) ?? [])
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => {
      const result = filled(each, inputs)
      return result === undefined ? [] : [[name, result]]
    }),
  )
}
