import type { Json } from './json.ts'

/** Whether a value is an object with members: neither `null` nor a list. */
export function isObject(value: Json | undefined): value is { [name: string]: Json }
export function isObject(value: unknown): value is { readonly [name: string]: unknown }
export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Returns a member of an object; `undefined` if the value is not an object or does not have it. */
export function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined
}
