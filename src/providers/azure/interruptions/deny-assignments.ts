import { entryOf, type Facet } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Json } from '../../../model/json.ts'
import type { AzureClient } from '../client.ts'
import { armCall, authorization, DENY_DELETE, DENY_READ, DENY_WRITE, VERSIONS } from './arm.ts'
import { isFault, unlessGone } from './gone.ts'
import { listed } from './graph.ts'
import { guidOf } from './guid.ts'
import { once } from './turns.ts'

/** Deny assignments of ours, as entries `deny/interdict-<run><scope>`. */
const DENY = 'deny/interdict-'

export function denyEntry(run: string, scope: string): string {
  return `${DENY}${run}${scope}`
}

export function isDenyEntry(entry: string): boolean {
  return entry.startsWith(DENY)
}

/**
 * All that may be denied: reads and data actions cannot be (New-AzDenyAssignment). It covers its own removal, which an owner that is
 * contained would otherwise be allowed.
 */
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

const address = (run: string, principal: string, scope: string) =>
  authorization(scope, `denyAssignments/${guidOf(run, principal.toLowerCase(), scope.toLowerCase())}`)

/** Ours at a scope; undefined when there is none. */
export async function readDeny(
  client: AzureClient,
  run: string,
  principal: string,
  scope: string,
): Promise<Json | undefined> {
  const call = armCall('GET', DENY_READ, address(run, principal, scope), VERSIONS.denyAssignments)
  const found = await unlessGone(client.call<DenyAssignment>(call))
  if (!found) return undefined
  const { denyAssignmentEffect, permissions, principals } = found.properties
  return {
    effect: (denyAssignmentEffect ?? 'enforced').toLowerCase(),
    principal: (principals ?? []).map(({ id }) => id).join(','),
    actions: (permissions ?? []).flatMap(({ actions }) => actions ?? []).sort(),
  }
}

const knownAs = (scope: string) => `denies:${scope.toLowerCase()}`

/** Whether this cloud knows the version with which a deny assignment can be made. Asked once for a scope. */
export async function knowsDenies(client: AzureClient, scope: string): Promise<boolean> {
  return await once(client, knownAs(scope), async () => {
    try {
      const id = authorization(scope, 'denyAssignments')
      await listed(
        client.pages(armCall('GET', DENY_READ, id, VERSIONS.denyAssignments, { filter: 'atScope()' })),
      )
      return true
    } catch (error) {
      if (isFault(error, 'unsupported', 'rejected', 'gone')) return false
      throw error
    }
  })
}

/**
 * Makes or removes what differs. Where one cannot be made those that have been are removed again, and Fault `quota` says that
 * there is no place for it: the next rung takes over at every scope.
 */
export async function writeDenies(
  client: AzureClient,
  run: string,
  principal: string,
  entries: readonly string[],
  to: Facet,
): Promise<void> {
  const made: string[] = []
  const remove = async (scope: string) => {
    await unlessGone(
      client.call(armCall('DELETE', DENY_DELETE, address(run, principal, scope), VERSIONS.denyAssignments)),
    )
  }
  for (const entry of entries) {
    const scope = entry.slice(denyEntry(run, '').length)
    const value = entryOf(to, entry)
    if (value === undefined) {
      await remove(scope)
      continue
    }
    const { effect, actions } = value as { effect: string; actions: string[] }
    try {
      await client.call(
        armCall('PUT', DENY_WRITE, address(run, principal, scope), VERSIONS.denyAssignments, {
          body: {
            properties: {
              denyAssignmentName: `interdict-${run} ${principal}`,
              description: `interdict run ${run}: contained; removed by: interdict restore ${run}`,
              denyAssignmentEffect: effect,
              permissions: [{ actions }],
              principals: [{ id: principal, type: 'ServicePrincipal' }],
            },
          },
        }),
      )
      made.push(scope)
    } catch (error) {
      if (!isFault(error, 'unsupported', 'rejected', 'gone', 'quota')) throw error
      for (const other of made) await remove(other)
      // Reading told otherwise. All of its scopes fall to the next rung, so none of them is tried a second time.
      for (const other of entries) {
        client.shared.set(knownAs(other.slice(denyEntry(run, '').length)), Promise.resolve(false))
      }
      throw new Fault('quota', `no deny assignment can be made at ${scope}: ${error.message}`, {
        where: scope,
        next: 'its role assignments are taken away instead',
        cause: error,
      })
    }
  }
}
