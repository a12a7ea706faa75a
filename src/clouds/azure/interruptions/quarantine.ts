import { z } from 'zod'
import { differences, entryOf, type Facet, withEntries } from '../../../model/facet.ts'
import type { Context, Interruption, Reading } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'
import type { AzureClient } from '../client.ts'
import {
  DENY_DELETE,
  DENY_READ,
  DENY_WRITE,
  FEATURE_READ,
  RIGHTS_READ,
  ROLE_DEFINITION_READ,
  ROLE_DELETE,
  ROLE_READ,
  ROLE_WRITE,
  SCHEDULE_READ,
  SCOPE,
  scopesOf,
  within,
} from '../settings/arm.ts'
import {
  denyEntry,
  denyValue,
  isDenyEntry,
  readDeniesAgain,
  readDeny,
  writeDenies,
} from '../settings/deny-assignments.ts'
import { availabilityNotes, denyAvailability } from '../settings/deny-availability.ts'
import { COPY_NUMBERS, copiesAt } from '../settings/deny-copies.ts'
import { copiesBeside, ownDenies, type Place } from '../settings/deny-places.ts'
import { roleNames, scopeText } from '../settings/display-names.ts'
import { APPLICATION_READ } from '../settings/graph.ts'
import { givenAgain, readRolesAgain } from '../settings/held-roles.ts'
import { isLifting, liftingRoles } from '../settings/lifting-roles.ts'
import {
  principalInFlight,
  readPrincipal,
  refusePrincipal,
  seenList,
  tokenLifetime,
} from '../settings/principal.ts'
import { lacksInAzure, missingInAzure } from '../settings/restore-rights.ts'
import { AZURE_ROLE, readAzureRoles, scopesIn, writeAzureRole } from '../settings/role-assignments.ts'

const Params = z.strictObject({
  scopes: z
    .array(z.string().regex(SCOPE, 'a management group, a subscription, or something in one'))
    .min(1)
    .exactOptional()
    .describe('Where in Azure, as resource ids; every subscription that is looked at by default'),
  at: z
    .literal('management-group')
    .exactOptional()
    .describe(
      'One level up, where an owner of a subscription cannot remove it: at the groups of scope.azure.managementGroups',
    ),
})

type Params = z.infer<typeof Params>

/**
 * Denies all that can be denied in Azure, at once and for tokens that are out: a deny assignment of ours at each scope, with the
 * roles taken away by which the identity could lift it; or, where no deny assignment can be made, all role assignments there.
 */
function quarantine(kind: 'service-principal' | 'managed-identity'): Interruption<AzureClient, Params> {
  return {
    id: `azure.${kind}.quarantine`,
    summary: `Deny the ${kind === 'managed-identity' ? 'managed identity' : 'service principal'} every write, delete and action in Azure, with tokens it has too`,
    verbs: ['quarantine'],
    on: [kind],
    leaves:
      'sign-in; Microsoft Graph; under a deny assignment reads, data (blobs, vault secrets) and roles from groups or above that lift it; where roles go instead, those from groups or above; shared keys, SAS',
    reversal: {
      kind: 'equivalent',
      differs:
        'nothing of a deny assignment; a role assignment that was taken away keeps its id and gets new createdOn, createdBy, updatedOn and updatedBy',
    },
    permissions: {
      read: [
        APPLICATION_READ,
        DENY_READ,
        FEATURE_READ,
        RIGHTS_READ,
        ROLE_DEFINITION_READ,
        ROLE_READ,
        SCHEDULE_READ,
      ],
      cut: [DENY_WRITE, ROLE_DELETE],
      restore: [DENY_DELETE, ROLE_WRITE],
    },
    params: Params,
    example: {},
    refuse(facet, context) {
      const because = refusePrincipal(context.seen)
      if (because) return because
      const scopes = seenList(context.seen, 'scopes')
      const above = Params.parse(context.params).at !== undefined
      if (above && scopes.length === 0) {
        return 'no management group is named: scope.azure.managementGroups names those at which it is denied'
      }
      const [missing] = seenList(context.seen, 'missing')
      if (missing !== undefined)
        return `these credentials lack ${missing}, so nothing can be denied from there`
      if (scopes.length === 0) return 'no subscription is looked at, so there is nowhere to deny it anything'
      const left = seenList(context.seen, 'left')
      const rolesOnly = scopes.every(scope => !deniable(scope, context) && !isDenied(facet, scope, context))
      return rolesOnly && rolesAt(facet, scopes).length === 0 && left.length > 0
        ? `no deny assignment can be made here, and its roles are not ours to take: it has ${left.join('; ')}`
        : undefined
    },
    companions: [],
    additive: true,
    cautions: (_, { seen }) => seenList(seen, 'notes'),
    async read(client, context) {
      const { last, held = [], only } = context
      if ((last !== undefined || only !== undefined) && held.length > 0)
        return await readHeld(client, context, last ?? {})
      const principal = await readPrincipal(client, context.identity)
      if (!principal) return undefined
      const id = context.identity.name
      const scopes = placesOf(client, context)
      const { run } = context
      // Its name has the run's id: one that is not held is not there, or was made by a write that is made again.
      const isThere = (entry: string) => context.postpone !== true || held.includes(entry)
      const readDenies = (places: readonly Place[]) =>
        Promise.all(
          places.map(
            async ({ entry }): Promise<[string, Json | undefined]> => [
              entry,
              isThere(entry) ? await readDeny(client, run, id, entry) : undefined,
            ],
          ),
        )
      const first = scopes.flatMap(scope => ownDenies(scope, context))
      const [missing, roles, known, own] = await Promise.all([
        missingAbove(client, context, scopes),
        readAzureRoles(client, id, scopes),
        Promise.all(
          scopes.map(async scope => ({ scope, availability: await denyAvailability(client, scope) })),
        ),
        readDenies(first),
      ])
      const lifting = await liftingRoles(client, roles)
      const there = withEntries({}, own)
      const others = scopes.flatMap(scope => copiesBeside(scope, context, there))
      const denying = [...first, ...others]
      const denies = [...own, ...(await readDenies(others))]
      return {
        uid: principal.uid,
        facet: withEntries({}, [...denies, ...roles.entries, ...givenAgain(roles, context.before)]),
        seen: {
          ...principal.seen,
          scopes,
          reached: roles.reached,
          ...(missing === undefined ? {} : { missing: [missing] }),
          deniable: known.flatMap(each => (each.availability.available === 'no' ? [] : [each.scope])),
          live: roles.entries.map(([entry]) => entry),
          lifting: lifting.entries,
          notes: [...availabilityNotes(client, known), ...lifting.notes],
          left: roles.left,
          added: roles.added,
          told: {
            ...roleNames(roles.entries, context.identity.facts, client.subscriptions),
            ...Object.fromEntries(
              denying.map(({ scope, entry }) => [
                entry,
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
        const isStrong = context.strength === 'all'
        if (isDenied(facet, scope, context) || deniable(scope, context)) {
          const lifting = seenList(context.seen, 'lifting')
          const live = seenList(context.seen, 'live')
          // One that another run has taken away would come back with that run.
          const isTaken = (entry: string) =>
            live.includes(entry) ? lifting.includes(entry) : isLifting(entryOf(facet, entry))
          const taken = rolesAt(facet, [scope]).filter(isTaken)
          entries.push(...taken.map((entry): [string, undefined] => [entry, undefined]))
        }
        if (isDenied(facet, scope, context) && !isStrong) continue
        if (deniable(scope, context)) {
          for (const copy of COPY_NUMBERS.slice(0, copiesAt(scope, context))) {
            const entry = denyEntry(context.run, scope, copy)
            if (!context.exhausted.includes(entry)) entries.push([entry, denyValue(context.identity.name)])
          }
        } else if (!isDenied(facet, scope, context)) {
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
      // The deny is written before anything else, and lifted last.
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
    // Of a role assignment ten minutes are documented ("Troubleshoot Azure RBAC"); of a deny assignment nothing is, and people
    // who tried it have seen up to thirty.
    settles: 1800,
    async oneWay(client, context) {
      const reached = seenList(context.seen, 'reached')
      const scopes = placesOf(client, context)
      const denies = scopes.filter(scope => deniable(scope, context))
      const others = scopes.filter(scope => !denies.includes(scope) && reached.includes(scope))
      return (
        (await lacksInAzure(client, denies, [DENY_DELETE])) ??
        (await lacksInAzure(client, others, [ROLE_WRITE]))
      )
    },
  }
}

/**
 * The held settings of a change: the deny assignments of ours, and of the roles only those that were taken away.
 *
 * @param last what was read moments ago; empty: nothing was
 */
async function readHeld(client: AzureClient, context: Context, last: Facet): Promise<Reading | undefined> {
  const { run, held = [], before = {}, identity } = context
  const entries = held.filter(isDenyEntry)
  const [principal, denies, roles] = await Promise.all([
    principalInFlight(client, identity),
    readDeniesAgain(client, run, identity.name, { entries, last }),
    readRolesAgain(client, identity.name, { entries: held, before }),
  ])
  if (!principal) return undefined
  const scopes = placesOf(client, context)
  return {
    uid: principal.uid,
    facet: withEntries({}, [...denies, ...roles]),
    seen: { ...principal.seen, scopes },
  }
}

/** The scopes that are worked on: those given, the management groups of the scope, else every subscription. */
function placesOf(client: AzureClient, { params }: Context): string[] {
  const { scopes, at } = Params.parse(params)
  if (at === undefined || scopes !== undefined) return scopesOf(client, scopes)
  return client.managementGroups.map(name => `/providers/Microsoft.Management/managementGroups/${name}`)
}

/** Rights above subscriptions are rare: that they are missing is said in the plan. */
async function missingAbove(
  client: AzureClient,
  { params }: Context,
  scopes: readonly string[],
): Promise<string | undefined> {
  return Params.parse(params).at === undefined
    ? undefined
    : await missingInAzure(client, scopes, [DENY_WRITE, DENY_DELETE])
}

function deniable(scope: string, context: Context): boolean {
  return (
    seenList(context.seen, 'deniable').includes(scope) &&
    !context.exhausted.includes(denyEntry(context.run, scope))
  )
}

function isDenied(facet: Facet, scope: string, context: Context): boolean {
  return COPY_NUMBERS.some(copy => entryOf(facet, denyEntry(context.run, scope, copy)) !== undefined)
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
