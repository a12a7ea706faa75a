import { entryOf, type Facet } from '../../../model/facet.ts'
import type { Json } from '../../../model/json.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AzureClient } from '../client.ts'
import { armCall, authorization, ROLE_READ, VERSIONS } from './arm.ts'
import { oneOf } from './random-item.ts'
import { type Assignment, AZURE_ROLE, type AzureRoles, asMap, assignedAt, kept } from './role-assignments.ts'

/**
 * Roles that were taken away, read again moments later. One listing for each subscription says which are there again, also as
 * another assignment of the same role at the same scope. A listing may be minutes behind, so one that it has and one that it
 * misses are read themselves, and where it is found wrong, all are.
 *
 * @param before what the entries were
 */
export async function readRolesAgain(
  client: AzureClient,
  principal: string,
  { entries, before }: { entries: readonly string[]; before: Facet },
): Promise<[string, Json][]> {
  const places = entries
    .filter(entry => entry.startsWith(AZURE_ROLE))
    .flatMap(entry => {
      const value = asMap(entryOf(before, entry))
      return value === undefined ? [] : [{ entry, value, guid: entry.slice(AZURE_ROLE.length) }]
    })
  const scopes = new Set(places.map(({ value }) => containerOf(String(value.scope ?? ''))))
  const listings = (await Promise.all([...scopes].map(scope => assignedAt(client, principal, scope)))).flat()
  const byName = new Map(listings.map(each => [each.name.toLowerCase(), each]))
  const read = async (place: Place) => ({ place, live: await liveAt(client, place) })
  const there = places.filter(({ guid }) => byName.has(guid))
  const missing = places.filter(({ guid }) => !byName.has(guid))
  const probes = await Promise.all(
    [oneOf(there, client.timing), oneOf(missing, client.timing)].flat().map(read),
  )
  const isRight = probes.every(({ place, live }) => (live !== undefined) === byName.has(place.guid))
  const others = isRight ? [] : places.filter(place => !probes.some(each => each.place === place))
  const live = new Map(
    [...probes, ...(await Promise.all(others.map(read)))].map(each => [each.place.entry, each.live]),
  )
  return places.flatMap(({ entry, value, guid }): [string, Json][] => {
    const own = live.has(entry) ? live.get(entry) : byName.get(guid)
    if (own) return [[entry, kept(own)]]
    const other = listings.find(each => each.name.toLowerCase() !== guid && isSameGrant(kept(each), value))
    return other === undefined ? [] : [[entry, named(kept(other), other.name.toLowerCase())]]
  })
}

interface Place {
  entry: string
  value: { [name: string]: Json }
  guid: string
}

async function liveAt(client: AzureClient, { value, guid }: Place): Promise<Assignment | undefined> {
  const id = authorization(String(value.scope ?? ''), `roleAssignments/${guid}`)
  return await unlessGone(client.call<Assignment>(armCall('GET', ROLE_READ, id, VERSIONS.roleAssignments)))
}

/**
 * Entries of roles that were taken away and are there again as other assignments: the same role at the same scope, which Azure
 * allows once ("Troubleshoot Azure RBAC", RoleAssignmentExists). Their values name the other assignment.
 *
 * @param before what was taken away
 */
export function givenAgain(roles: Pick<AzureRoles, 'entries'>, before: Facet = {}): [string, Json][] {
  const there = new Set(roles.entries.map(([entry]) => entry))
  return Object.entries(before).flatMap(([entry, value]): [string, Json][] => {
    if (!entry.startsWith(AZURE_ROLE) || there.has(entry)) return []
    const other = roles.entries.find(([, each]) => isSameGrant(each, value))
    return other === undefined ? [] : [[entry, named(other[1], other[0].slice(AZURE_ROLE.length))]]
  })
}

function isSameGrant(one: Json, other: Json): boolean {
  const [a, b] = [asMap(one), asMap(other)]
  const text = (value: Json | undefined) => String(value ?? '').toLowerCase()
  const role = (value: Json | undefined) => text(value).split('/').at(-1)
  if (a === undefined || b === undefined) return false
  return text(a.scope) === text(b.scope) && role(a.roleDefinitionId) === role(b.roleDefinitionId)
}

function named(value: Json, assignment: string): Json {
  return { ...asMap(value), assignment }
}

/** The subscription of a scope, or what it is outside of one. */
function containerOf(scope: string): string {
  return /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? scope
}
