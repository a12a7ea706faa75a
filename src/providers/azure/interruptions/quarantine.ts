import { z } from 'zod'
import { differences, entryOf, type Facet, withEntries } from '../../../model/facet.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'
import type { AzureClient } from '../client.ts'
import {
  DENY_DELETE,
  DENY_READ,
  DENY_WRITE,
  RIGHTS_READ,
  ROLE_DELETE,
  ROLE_READ,
  ROLE_WRITE,
  SCHEDULE_READ,
  SCOPE,
  scopesOf,
  within,
} from './arm.ts'
import { denyEntry, denyValue, isDenyEntry, knowsDenies, readDeny, writeDenies } from './deny-assignments.ts'
import { APPLICATION_READ } from './graph.ts'
import { readPrincipal, refusePrincipal, seenList, tokenLifetime } from './principal.ts'
import { lacksInAzure } from './rights.ts'
import { AZURE_ROLE, readAzureRoles, scopesIn, writeAzureRole } from './role-assignments.ts'
import { scopeText, toldRoles } from './told.ts'

const Params = z.strictObject({
  scopes: z
    .array(z.string().regex(SCOPE, 'a management group, a subscription, or something in one'))
    .min(1)
    .exactOptional()
    .describe('Where in Azure, as resource ids; every subscription that is looked at by default'),
})

type Params = z.infer<typeof Params>

/**
 * Denies all that can be denied in Azure, at once and for tokens that are out: a deny assignment of ours at each scope or, where the
 * cloud has none, the role assignments there taken away.
 */
function quarantine(kind: 'service-principal' | 'managed-identity'): Interruption<AzureClient, Params> {
  return {
    id: `azure.${kind}.quarantine`,
    summary: `Deny the ${kind === 'managed-identity' ? 'managed identity' : 'service principal'} every write, delete and action in Azure, with tokens it has too`,
    verbs: ['quarantine'],
    on: [kind],
    leaves:
      'sign-in; Microsoft Graph; reads and data (blobs, vault secrets) under a deny assignment; where roles go instead, those from groups or above; shared keys, SAS',
    reversal: {
      kind: 'equivalent',
      differs:
        'nothing where a deny assignment is used; a role assignment that was taken away keeps its id and gets new createdOn, createdBy, updatedOn and updatedBy',
    },
    permissions: {
      read: [APPLICATION_READ, DENY_READ, ROLE_READ, SCHEDULE_READ, RIGHTS_READ],
      cut: [DENY_WRITE, DENY_DELETE, ROLE_DELETE],
      restore: [DENY_DELETE, ROLE_WRITE],
    },
    params: Params,
    example: {},
    refuse(facet, context) {
      const because = refusePrincipal(context.seen)
      if (because) return because
      const scopes = seenList(context.seen, 'scopes')
      if (scopes.length === 0) return 'no subscription is looked at, so there is nowhere to deny it anything'
      const left = seenList(context.seen, 'left')
      const rolesOnly = scopes.every(scope => !deniable(scope, context) && !isDenied(facet, scope, context))
      return rolesOnly && rolesAt(facet, scopes).length === 0 && left.length > 0
        ? `no deny assignment can be made here, and its roles are not ours to take: it has ${left.join('; ')}`
        : undefined
    },
    async read(client, context) {
      const principal = await readPrincipal(client, context.identity)
      if (!principal) return undefined
      const id = context.identity.name
      const scopes = scopesOf(client, Params.parse(context.params).scopes)
      const { run } = context
      const [roles, known, denies] = await Promise.all([
        readAzureRoles(client, id, scopes),
        Promise.all(scopes.map(scope => knowsDenies(client, scope))),
        Promise.all(
          scopes.map(async scope =>
            (await knowsDenies(client, scope)) ? await readDeny(client, run, id, scope) : undefined,
          ),
        ),
      ])
      return {
        uid: principal.uid,
        facet: withEntries({}, [
          ...scopes.map((scope, at): [string, Json | undefined] => [denyEntry(run, scope), denies[at]]),
          ...roles.entries,
        ]),
        seen: {
          ...principal.seen,
          scopes,
          deniable: scopes.filter((_, at) => known[at]),
          left: roles.left,
          added: roles.added,
          told: {
            ...toldRoles(roles.entries, context.identity.facts, client.subscriptions),
            ...Object.fromEntries(
              scopes.map(scope => [
                denyEntry(run, scope),
                `deny assignment on ${scopeText(scope, client.subscriptions)} (all but reads)`,
              ]),
            ),
          },
        },
      }
    },
    cut(facet, context) {
      const entries: [string, Json | undefined][] = []
      for (const scope of seenList(context.seen, 'scopes')) {
        if (isDenied(facet, scope, context)) continue
        if (deniable(scope, context)) {
          entries.push([denyEntry(context.run, scope), denyValue(context.identity.name)])
        } else {
          entries.push(...rolesAt(facet, [scope]).map((entry): [string, undefined] => [entry, undefined]))
        }
      }
      return withEntries(facet, entries)
    },
    async write(client, from, to, { run, identity }) {
      const id = identity.name
      const names = differences(from, to).map(({ entry }) => entry)
      const denies = names.filter(isDenyEntry)
      const lifts = denies.filter(entry => entryOf(to, entry) === undefined)
      // What denies stands before anything moves, and goes last.
      await writeDenies(
        client,
        run,
        id,
        denies.filter(entry => !lifts.includes(entry)),
        to,
      )
      for (const entry of names) {
        if (entry.startsWith(AZURE_ROLE)) await writeAzureRole(client, id, entry, from, to)
      }
      await writeDenies(client, run, id, lifts, to)
    },
    // Azure asks for the roles at every call, so a token from before the cut works again once they are back.
    horizon: tokenLifetime,
    // "Troubleshoot Azure RBAC": up to ten minutes.
    settles: 600,
    async oneWay(client, context) {
      const scopes = scopesOf(client, Params.parse(context.params).scopes)
      const known = await Promise.all(scopes.map(scope => knowsDenies(client, scope)))
      const denies = scopes.filter((_, at) => known[at])
      const others = scopes.filter((_, at) => !known[at])
      return (
        (await lacksInAzure(client, denies, [DENY_DELETE])) ??
        (await lacksInAzure(client, others, [ROLE_WRITE]))
      )
    },
  }
}

function deniable(scope: string, context: Context): boolean {
  return (
    seenList(context.seen, 'deniable').includes(scope) &&
    !context.exhausted.includes(denyEntry(context.run, scope))
  )
}

function isDenied(facet: Facet, scope: string, context: Context): boolean {
  return entryOf(facet, denyEntry(context.run, scope)) !== undefined
}

function rolesAt(facet: Facet, scopes: readonly string[]): string[] {
  return Object.keys(facet).filter(entry => {
    if (!entry.startsWith(AZURE_ROLE)) return false
    const [at = ''] = scopesIn({ [entry]: entryOf(facet, entry) ?? null })
    return scopes.some(scope => within(at, scope))
  })
}

export const servicePrincipalQuarantine = quarantine('service-principal')
export const managedIdentityQuarantine = quarantine('managed-identity')
