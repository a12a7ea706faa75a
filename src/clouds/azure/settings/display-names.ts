import type { Facts } from '../../../model/identity.ts'
import type { Json } from '../../../model/json.ts'
import { memberOf } from '../../../model/json-object.ts'
import type { Subscription } from '../client.ts'
import type { Gift, Given } from './directory-grants.ts'

/** By entry, what it is in words: ids of roles and resources say nothing to the person who has to approve it. */
export type DisplayNames = { [entry: string]: string }

/** `vaults/kv-prod/secrets/stripe in rg-payments`, `subscription Production`. */
export function scopeText(scope: string, subscriptions: readonly Subscription[]): string {
  if (scope === '/') return 'everything'
  const [, management] = /\/managementGroups\/([^/]+)$/i.exec(scope) ?? []
  if (management !== undefined) return `management group ${management}`
  const [, id = '', group, rest] =
    /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?(?:\/(.+))?$/i.exec(scope) ?? []
  if (id === '') return scope
  const known = subscriptions.find(each => each.id.toLowerCase() === id.toLowerCase())
  const subscription = `subscription ${known?.name || id}`
  const [, resource] = /.*providers\/[^/]+\/(.+)$/i.exec(rest ?? '') ?? []
  if (resource !== undefined) return `${resource} in ${group ?? subscription}`
  return group === undefined ? subscription : `resource group ${group} in ${subscription}`
}

/** Role assignments, by the names that the listing found for them. */
export function roleNames(
  entries: readonly [string, Json][],
  facts: Facts,
  subscriptions: readonly Subscription[],
): DisplayNames {
  return Object.fromEntries(
    entries.map(([entry, value]) => {
      const guid = entry.slice(entry.lastIndexOf('/') + 1).toLowerCase()
      const named = listOf(facts.roles).find(each => textOf(each, 'id').toLowerCase().endsWith(guid))
      const definition = textOf(value, 'roleDefinitionId').split('/').at(-1) ?? ''
      const condition = textOf(value, 'condition') === '' ? '' : ', under a condition'
      const scope = scopeText(textOf(value, 'scope'), subscriptions)
      return [entry, `role ${textOf(named, 'role') || definition} on ${scope}${condition}`]
    }),
  )
}

/** The grants in the directory, by the names that the listing found for it. */
export function giftNames(setting: Gift['setting'], given: readonly Given[], facts: Facts): DisplayNames {
  return Object.fromEntries(given.map(each => [each.entry, giftText(setting, each, given.length, facts)]))
}

function giftText(setting: Gift['setting'], gift: Given, many: number, facts: Facts): string {
  const { entry, id, value, labels } = gift
  if (setting === 'directory-role') {
    // The listing has names only; which is which is certain where there is one.
    const names = Array.isArray(facts.directoryRoles) ? facts.directoryRoles : []
    const [role = '', scope = '/'] = labels
    const name = names.length === 1 && many === 1 ? String(names[0]) : role
    return `directory role ${name}${scope === '/' ? '' : ` on ${scope}`}`
  }
  if (setting === 'app-role') {
    const named = listOf(facts.appRoles).find(each => textOf(each, 'id') === id)
    const [role = '', resource = '', called = ''] = labels
    return `app role ${textOf(named, 'value') || role} of ${called || resource}`
  }
  const named = listOf(facts.delegatedGrants).find(each => textOf(each, 'id') === id)
  const [, resource = '', whom = ''] = entry.split('/')
  const who = whom === 'all' ? 'everybody' : `one person (${whom})`
  return `delegated ${String(value)} of ${textOf(named, 'resource') || resource}, for ${who}`
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: Json | undefined, name: string): string {
  const text = memberOf(value, name)
  return typeof text === 'string' ? text : ''
}
