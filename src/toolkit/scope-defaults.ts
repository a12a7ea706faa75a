import { clouds } from '../clouds/index.ts'
import type { HouseRules } from '../model/house.ts'
import type { Json } from '../model/json.ts'
import { isObject } from '../model/json-object.ts'

/**
 * Returns a scope with the configured accounts and roles where it names none: a member that it has keeps its value, unless that is the
 * caller's own account alone (`self`), and accounts are filled in only where it names no places at all.
 */
export function scopeWithDefaults(
  scope: { readonly [cloud: string]: Json },
  defaults: HouseRules['scope'],
): { [cloud: string]: Json } {
  return Object.fromEntries(
    Object.entries(scope).map(([cloud, own]) => [cloud, filled(cloud, own, defaults[cloud] ?? {})]),
  )
}

function filled(cloud: string, own: Json, defaults: HouseRules['scope'][string]): Json {
  if (!isObject(own)) return own
  const rules = clouds.find(each => each.cloud === cloud)?.scope
  const places = (members: readonly string[]) => rules?.replaced(new Set(members)) ?? []
  const given = Object.entries(defaults).filter(([member]) =>
    [member, ...places([member])].every(each => isOwnOnly(own[each])),
  )
  const replaced = places(given.map(([member]) => member))
  const kept = Object.entries(own).filter(([member]) => !replaced.includes(member))
  return Object.fromEntries([...kept, ...given])
}

/** Whether a member of a scope is absent, or names the caller's own account alone. */
function isOwnOnly(value: Json | undefined): boolean {
  return value === undefined || (Array.isArray(value) && value.every(each => each === 'self'))
}
