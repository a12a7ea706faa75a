import { z } from 'zod'
import { glob } from '../../../model/expression/glob.ts'
import { differences, entryOf, withEntries } from '../../../model/facet.ts'
import type { Context, Interruption, Permissions, Reading } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'
import { isObject, memberOf } from '../../../model/json-object.ts'
import { withoutMembers } from '../../kit/lens/members.ts'
import type { AzureClient } from '../client.ts'
import {
  RIGHTS_READ,
  ROLE_DELETE,
  ROLE_READ,
  ROLE_WRITE,
  SCHEDULE_READ,
  SCOPE,
  scopesOf,
} from '../settings/arm.ts'
import {
  APP_ROLE_GIFTS,
  DELEGATED,
  DIRECTORY_ROLES,
  type Gift,
  writeGifts,
} from '../settings/directory-grants.ts'
import { type DisplayNames, giftNames, roleNames } from '../settings/display-names.ts'
import {
  APP_ROLE_WRITE,
  APPLICATION_READ,
  DIRECTORY_ROLE_READ,
  DIRECTORY_ROLE_WRITE,
  DIRECTORY_SCHEDULE_READ,
  GRANT_READ,
  GRANT_WRITE,
  GROUP_READ,
  GROUP_WRITE,
} from '../settings/graph.ts'
import { joinGroup, leaveGroup, readGroups } from '../settings/groups.ts'
import { readHeldGrants } from '../settings/held-grants.ts'
import { givenAgain } from '../settings/held-roles.ts'
import { BLUEPRINT, readPrincipal, refusePrincipal, seenList, tokenLifetime } from '../settings/principal.ts'
import { lacksAtGraph, lacksInAzure } from '../settings/restore-rights.ts'
import { AZURE_ROLE, readAzureRoles, writeAzureRole } from '../settings/role-assignments.ts'

const GRANTS = ['azure-roles', 'directory-roles', 'app-roles', 'delegated', 'groups'] as const

type GrantKind = (typeof GRANTS)[number]

const ofKind = (grants: readonly [GrantKind, ...GrantKind[]]) =>
  z.strictObject({
    grants: z
      .array(z.enum(GRANTS).extract([...grants]))
      .min(1)
      .default([...grants])
      .describe('Which kinds of grant to take away; all by default'),
    only: z
      .array(z.string().min(1).max(512))
      .min(1)
      .exactOptional()
      .describe(
        'Only what matches (* and ? as wildcards): the id of a role, the scope of an Azure role, the id or name of an API or group, a delegated permission',
      ),
    scopes: z
      .array(z.string().regex(SCOPE, 'a management group, a subscription, or something in one'))
      .min(1)
      .exactOptional()
      .describe('Where Azure roles are taken away; every subscription that is looked at by default'),
  })

type Params = { grants: GrantKind[]; only?: string[]; scopes?: string[] }

const GIFTS: readonly [GrantKind, Gift][] = [
  ['directory-roles', DIRECTORY_ROLES],
  ['app-roles', APP_ROLE_GIFTS],
  ['delegated', DELEGATED],
]

const SETTING: { readonly [Grant in GrantKind]: string } = {
  'azure-roles': AZURE_ROLE,
  'directory-roles': `${DIRECTORY_ROLES.setting}/`,
  'app-roles': `${APP_ROLE_GIFTS.setting}/`,
  delegated: `${DELEGATED.setting}/`,
  groups: 'group/',
}

const SETTINGS = Object.values(SETTING)

/** A denial among the entries would be lifted by taking it away. */
function isGrant(entry: string): boolean {
  return SETTINGS.some(setting => entry.startsWith(setting))
}

/** The operations at Graph, by grant. The interruption declares all of them, for any choice of grants. */
const CALLED: { readonly [Grant in GrantKind]: Permissions } = {
  'azure-roles': {
    read: [ROLE_READ, SCHEDULE_READ, RIGHTS_READ],
    cut: [ROLE_DELETE],
    restore: [ROLE_WRITE],
  },
  'directory-roles': {
    read: [DIRECTORY_ROLE_READ, DIRECTORY_SCHEDULE_READ],
    cut: [DIRECTORY_ROLE_WRITE],
    restore: [DIRECTORY_ROLE_WRITE],
  },
  'app-roles': { read: [], cut: [APP_ROLE_WRITE], restore: [APP_ROLE_WRITE] },
  delegated: { read: [GRANT_READ], cut: [GRANT_WRITE], restore: [GRANT_WRITE] },
  groups: { read: [GROUP_READ], cut: [GROUP_WRITE], restore: [GROUP_WRITE] },
}

/** Takes away what the principal has been given, in Azure and in the directory. */
function detach(
  kind: 'service-principal' | 'managed-identity',
  grants: readonly [GrantKind, ...GrantKind[]],
  leaves: string,
): Interruption<AzureClient, Params> {
  const Params = ofKind(grants)
  const called = (side: keyof Permissions) => grants.flatMap(grant => CALLED[grant][side])
  return {
    id: `azure.${kind}.detach`,
    summary:
      kind === 'managed-identity'
        ? 'Take Azure roles, app roles and group memberships away from the managed identity'
        : 'Take Azure and directory roles, app roles, delegated grants and group memberships away from the service principal',
    verbs: ['detach'],
    on: [kind],
    leaves,
    reversal: {
      kind: 'equivalent',
      differs:
        'role assignments in Azure keep their ids and get new createdOn, createdBy, updatedOn and updatedBy; app-role assignments and directory role assignments get new ids, app-role assignments a new createdDateTime; a delegated grant may get a new id',
    },
    permissions: {
      read: [APPLICATION_READ, ...called('read')],
      cut: called('cut'),
      restore: called('restore'),
    },
    params: Params as z.ZodType<Params>,
    example: { grants: [...grants] },
    refuse(facet, context) {
      const because = refusePrincipal(context.seen)
      if (because) return because
      const left = seenList(context.seen, 'left')
      if (Object.keys(facet).length > 0) return undefined
      if (left.length > 0) return `what it has is not ours to take: ${left.join('; ')}`
      return context.identity.facts.type === 'agent-identity'
        ? `it has nothing of its own: what it may do comes from ${BLUEPRINT}`
        : undefined
    },
    read: (client, context) => read(client, context, Params.parse(context.params)),
    cut(facet, context) {
      const { only } = Params.parse(context.params)
      return withoutMembers(facet, wantedOf(Object.keys(facet), only, context.seen))
    },
    async write(client, from, to, { identity }) {
      const principal = identity.name
      const names = differences(from, to).map(({ entry }) => entry)
      // Rights that Azure checks at every call go first; rights in issued tokens can wait.
      for (const entry of names.filter(each => each.startsWith(AZURE_ROLE))) {
        await writeAzureRole(client, principal, entry, from, to)
      }
      for (const [, gift] of GIFTS) {
        const own = names.filter(entry => entry.startsWith(`${gift.setting}/`))
        await writeGifts(client, gift, principal, own, to)
      }
      for (const entry of names.filter(each => each.startsWith('group/'))) {
        const group = entry.slice('group/'.length)
        if (entryOf(to, entry) === undefined) await leaveGroup(client, principal, group)
        else await joinGroup(client, principal, group)
      }
    },
    // Azure asks for the roles at every call, so a token from before the cut works again once they are back.
    horizon: tokenLifetime,
    settles: 600,
    async oneWay(client, context) {
      const { only } = Params.parse(context.params)
      const wanted = wantedOf(Object.keys(labelMap(context.seen)), only, context.seen)
      const azure = wanted.filter(entry => entry.startsWith(AZURE_ROLE))
      const scopes = azure.map(entry => seenList(labelMap(context.seen), entry)[1] ?? '')
      const lacks = await lacksInAzure(client, scopes, [ROLE_WRITE])
      if (lacks !== undefined) return lacks
      // Only what it has been given has to be given back.
      const graph = grants
        .filter(grant => wanted.some(entry => entry.startsWith(SETTING[grant])))
        .flatMap(grant => CALLED[grant].restore)
        .filter(each => each !== ROLE_WRITE)
      return await lacksAtGraph(client, graph)
    },
  }
}

async function read(client: AzureClient, context: Context, params: Params): Promise<Reading | undefined> {
  const { identity, held = [], before, last } = context
  if (last !== undefined && held.length > 0) return await readHeldGrants(client, context, last)
  const principal = await readPrincipal(client, identity)
  if (!principal) return undefined
  const id = identity.name
  const asked = new Set(params.grants)
  const entries: [string, Json][] = []
  const labels: { [entry: string]: Json } = {}
  const names: DisplayNames = {}
  const added: { [entry: string]: Json } = {}
  const left: string[] = []
  if (asked.has('azure-roles')) {
    const roles = await readAzureRoles(client, id, scopesOf(client, params.scopes))
    entries.push(...roles.entries, ...givenAgain(roles, before))
    for (const [entry, texts] of roles.labels) labels[entry] = texts
    Object.assign(names, roleNames(roles.entries, identity.facts, client.subscriptions))
    Object.assign(added, roles.added)
    left.push(...roles.left)
  }
  for (const [grant, gift] of GIFTS) {
    if (!asked.has(grant)) continue
    const found = await gift.read(client, id)
    for (const { entry, value, labels: texts, at } of found.given) {
      entries.push([entry, value])
      if (at !== undefined) added[entry] = { at }
      labels[entry] = texts
    }
    Object.assign(names, giftNames(gift.setting, found.given, identity.facts))
    left.push(...found.left)
  }
  if (asked.has('groups')) {
    const { groups, left: others } = await readGroups(client, id)
    for (const group of groups) {
      entries.push([`group/${group.id}`, true])
      labels[`group/${group.id}`] = [group.id, group.name]
      names[`group/${group.id}`] = `member of group ${group.name || group.id}`
    }
    left.push(...others)
  }
  return {
    uid: principal.uid,
    facet: withEntries({}, entries),
    seen: { ...principal.seen, labels, told: names, added, left },
  }
}

/** Grants that are asked for: all, or those with a label that matches. */
function wantedOf(
  entries: readonly string[],
  only: readonly string[] | undefined,
  seen: Json | undefined,
): string[] {
  const matches = (label: string) =>
    only?.some(pattern => glob(label.toLowerCase(), pattern.toLowerCase())) ?? true
  return entries
    .filter(isGrant)
    .filter(entry => only === undefined || seenList(labelMap(seen), entry).some(matches))
}

/** By entry, what `only` is matched against. */
function labelMap(seen: Json | undefined): { [entry: string]: Json } {
  const labels = memberOf(seen, 'labels')
  return isObject(labels) ? labels : {}
}

export const servicePrincipalDetach = detach(
  'service-principal',
  GRANTS,
  'sign-in, without these rights; app roles, grants and groups in tokens it has, for up to 1h 30m; rights from above or a blueprint; shared keys and SAS',
)
export const managedIdentityDetach = detach(
  'managed-identity',
  ['azure-roles', 'app-roles', 'groups'],
  'sign-in, without these rights; app roles and groups in tokens of its host, for up to a day; roles from above; vault access policies; shared keys and SAS',
)
