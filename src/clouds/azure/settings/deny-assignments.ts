import { entryOf, type Facet } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import { type Json, same } from '../../../model/json.ts'
import { isFault, unlessGone } from '../../kit/http/faults.ts'
import type { AzureClient } from '../client.ts'
import { armCall, authorization, DENY_DELETE, DENY_READ, DENY_WRITE, VERSIONS } from './arm.ts'
import { noDeny } from './deny-availability.ts'
import { guidOf } from './guid.ts'
import { oneOf } from './random-item.ts'

/** Deny assignments of ours, as entries `deny/interdict-<run><scope>`, `deny/interdict-<run>-2<scope>` and so on. */
const DENY = 'deny/interdict-'

/** @param copy which one of several at the same scope, from 1 on */
export function denyEntry(run: string, scope: string, copy = 1): string {
  return `${DENY}${run}${numbered(copy)}${scope}`
}

function numbered(copy: number): string {
  return copy === 1 ? '' : `-${copy}`
}

interface Place {
  scope: string
  copy: number
}

/** Where an entry of this run is. */
function placeOf(run: string, entry: string): Place {
  const rest = entry.slice(denyEntry(run, '').length)
  const [, copy, scope = rest] = /^-(\d+)(\/.*)$/s.exec(rest) ?? []
  return { scope, copy: Number(copy ?? 1) }
}

/** Those entries of this run that are at a scope. */
export function deniesAt(run: string, scope: string, entries: Iterable<string>): string[] {
  return [...entries].filter(entry => isDenyEntry(entry) && placeOf(run, entry).scope === scope)
}

export function isDenyEntry(entry: string): boolean {
  return entry.startsWith(DENY)
}

/** All that may be denied: reads and data actions cannot be (New-AzDenyAssignment), nor can its own removal, see `liftingRoles`. */
export function denyValue(principal: string): Json {
  return { effect: 'enforced', principal, actions: ['*/action', '*/delete', '*/write'] }
}

interface DenyAssignment {
  properties: {
    denyAssignmentEffect?: string | null
    permissions?: { actions?: string[] | null }[] | null
    principals?: { id: string }[] | null
  }
}

function guidAt(run: string, principal: string, { scope, copy }: Place): string {
  const first = [run, principal.toLowerCase(), scope.toLowerCase()]
  return guidOf(...first, ...(copy === 1 ? [] : [String(copy)]))
}

const address = (run: string, principal: string, place: Place) =>
  authorization(place.scope, `denyAssignments/${guidAt(run, principal, place)}`)

/** One of ours, by its entry; undefined when there is none. */
export async function readDeny(
  client: AzureClient,
  run: string,
  principal: string,
  entry: string,
): Promise<Json | undefined> {
  const call = armCall(
    'GET',
    DENY_READ,
    address(run, principal, placeOf(run, entry)),
    VERSIONS.denyAssignments,
  )
  const found = await client.call<DenyAssignment>(call).catch((error: unknown) => {
    // Where Azure does not know the version there is none of ours.
    if (isFault(error, 'gone', 'unsupported', 'rejected')) return undefined
    throw error
  })
  return found && settingOf(found)
}

function settingOf({ properties }: DenyAssignment): Json {
  const { denyAssignmentEffect, permissions, principals } = properties
  return {
    effect: (denyAssignmentEffect ?? 'enforced').toLowerCase(),
    principal: (principals ?? []).map(({ id }) => id).join(','),
    actions: (permissions ?? []).flatMap(({ actions }) => actions ?? []).sort(),
  }
}

/**
 * Ours, by their entries, where they were read moments ago. One listing for each scope says which are missing. A listing may be
 * minutes behind ("Troubleshoot Azure RBAC"), so one that it has and one that it misses are read themselves, and where it
 * is found wrong, all are. Of those that are alone at their scopes, and were there, one is read each time.
 */
export async function readDeniesAgain(
  client: AzureClient,
  run: string,
  principal: string,
  { entries, last }: { entries: readonly string[]; last: Facet },
): Promise<[string, Json | undefined][]> {
  const scopes = new Map<string, string[]>()
  for (const entry of entries) {
    const { scope } = placeOf(run, entry)
    scopes.set(scope, [...(scopes.get(scope) ?? []), entry])
  }
  const read = async (entry: string): Promise<[string, Json | undefined]> => [
    entry,
    await readDeny(client, run, principal, entry),
  ]
  const lone = [...scopes.values()].flatMap(own => (own.length === 1 ? own : []))
  const known = lone.filter(entry => entryOf(last, entry) !== undefined)
  const afresh = oneOf(known, client.timing)
  const found = await Promise.all(
    [...scopes].map(async ([scope, own]): Promise<[string, Json | undefined][]> => {
      const [only = ''] = own
      if (own.length === 1) {
        const isKnown = known.includes(only) && !afresh.includes(only)
        return [isKnown ? [only, entryOf(last, only)] : await read(only)]
      }
      const listed = await listedAt(client, principal, scope)
      const listing = (entry: string) => listed.get(guidAt(run, principal, placeOf(run, entry)))
      const [there, missing] = [own.filter(listing), own.filter(entry => listing(entry) === undefined)]
      const probes = await Promise.all(
        [oneOf(there, client.timing), oneOf(missing, client.timing)].flat().map(read),
      )
      const isRight = probes.every(([entry, live]) => same(live, listing(entry)))
      if (!isRight) return await Promise.all(own.map(read))
      return own.map((entry): [string, Json | undefined] => [entry, listing(entry)])
    }),
  )
  return found.flat()
}

/** The deny assignments for a principal at a scope, by their names. */
async function listedAt(client: AzureClient, principal: string, scope: string): Promise<Map<string, Json>> {
  const id = authorization(scope, 'denyAssignments')
  const filter = `principalId eq '${principal}'`
  const call = armCall('GET', DENY_READ, id, VERSIONS.denyAssignments, { filter })
  const items = await Array.fromAsync(client.pages<DenyAssignment & { name?: string | null }>(call))
  return new Map(items.map(each => [(each.name ?? '').toLowerCase(), settingOf(each)]))
}

/**
 * Makes or removes what differs, the first of each scope before any second one. Fault `quota` where Azure refuses one, by any
 * word: what it answers without the preview feature is not documented. Those that were made before it stay.
 */
export async function writeDenies(
  client: AzureClient,
  run: string,
  principal: string,
  entries: readonly string[],
  to: Facet,
): Promise<void> {
  const places = entries.map(entry => ({ entry, ...placeOf(run, entry) })).sort((a, b) => a.copy - b.copy)
  const remove = async (place: Place) => {
    await unlessGone(
      client.call(armCall('DELETE', DENY_DELETE, address(run, principal, place), VERSIONS.denyAssignments)),
    )
  }
  for (const { entry, ...place } of places) {
    const { scope, copy } = place
    const value = entryOf(to, entry)
    if (value === undefined) {
      await remove(place)
      continue
    }
    const { effect, actions } = value as { effect: string; actions: string[] }
    try {
      await client.call(
        armCall('PUT', DENY_WRITE, address(run, principal, place), VERSIONS.denyAssignments, {
          body: {
            properties: {
              denyAssignmentName: `interdict-${run}${numbered(copy)} ${principal}`,
              description: `interdict run ${run}: contained; removed by: interdict restore ${run}`,
              denyAssignmentEffect: effect,
              permissions: [{ actions }],
              principals: [{ id: principal, type: 'ServicePrincipal' }],
            },
          },
        }),
      )
    } catch (error) {
      if (!isFault(error, 'unsupported', 'rejected', 'gone', 'quota', 'denied', 'unmodifiable')) throw error
      // One stands there already, and what there is no room for is left out.
      if (copy > 1) {
        throw new Fault('quota', `no further deny assignment can be made at ${scope}: ${error.message}`, {
          where: scope,
          cause: error,
        })
      }
      throw noDeny(scope, error)
    }
  }
}
