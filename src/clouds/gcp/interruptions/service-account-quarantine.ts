import { z } from 'zod'
import { entryOf, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Context, Interruption, Probe } from '../../../model/interruption.ts'
import { isObject, memberOf } from '../../../model/json-object.ts'
import type { GcpClient } from '../client.ts'
import { type Rule, rulesToJson } from '../deny/document.ts'
import { DENIABLE, rolePermission, USUAL, unconfirmed, usualAt } from '../deny/permissions.ts'
import { secondsFor } from '../deny/quota.ts'
import { lacks } from '../settings/one-way.ts'
import {
  DENY_PERMISSIONS,
  denyEntry,
  denyPolicyId,
  readDenial,
  writeDenials,
} from '../settings/own-denial.ts'
import { isDefaultAccount, serviceAccount } from '../settings/service-account.ts'
import { tokenSeconds } from '../settings/settings.ts'
import { troubleshoot } from '../settings/troubleshoot.ts'

const Params = z.strictObject({
  at: z
    .enum(['project', 'folder', 'organization'])
    .default('project')
    .describe('Where it is denied: in the project of the account, the folder or the organization above it'),
  permissions: z
    .array(
      z
        .string()
        .regex(DENIABLE, 'a permission as deny rules name it: SERVICE.googleapis.com/RESOURCE.ACTION'),
    )
    .min(1)
    .max(500)
    .exactOptional()
    .describe(
      'Services denied in place of the usual: impersonation, accounts, keys, roles, pools, secrets, objects, queries, machines',
    ),
  exceptionPrincipals: z
    .array(z.string().regex(/^principal(Set)?:\/\/\S+$/, 'a principal as deny rules name it: principal://…'))
    .min(1)
    .exactOptional()
    .describe('Who is never denied, for a break-glass group'),
})

type Params = z.infer<typeof Params>

/**
 * Denies what an intruder needs most with a deny policy of ours: one for a run and a place, made for the first identity
 * and deleted with the last. A deny beats every grant, also for tokens that are in use; it names single principals only.
 */
export const serviceAccountQuarantine: Interruption<GcpClient, Params> = {
  id: 'gcp.service-account.quarantine',
  summary: 'Deny the service account impersonation, accounts, keys, roles, secrets, data and machines',
  verbs: ['quarantine'],
  on: ['service-account'],
  leaves: 'permissions that are not named or cannot be denied; what it reaches in other places',
  reversal: { kind: 'exact' },
  permissions: {
    // The last for the troubleshooter, which looks into roles of the customer's own with what the caller may see.
    read: ['iam.serviceAccounts.get', DENY_PERMISSIONS.get, 'iam.roles.get'],
    cut: [DENY_PERMISSIONS.create, DENY_PERMISSIONS.update],
    restore: [DENY_PERMISSIONS.update, DENY_PERMISSIONS.delete],
  },
  params: Params,
  example: { at: 'project' },
  refuse(_, context) {
    const { at } = Params.parse(context.params)
    const missing = missingIn(context)
    if (missing !== undefined) return `nothing can be denied from there: ${missing}`
    return placeOf(context) === undefined ? `no ${at} above the project that we may see` : undefined
  },
  async read(client, context) {
    const { at } = Params.parse(context.params)
    const place =
      at === 'project'
        ? `projects/${context.identity.account}`
        : client.ancestors.find(each => each.startsWith(`${at}s/`))
    const entries = [
      ...new Set([...(place === undefined ? [] : [entryAt(place, context)]), ...(context.held ?? [])]),
    ]
    // The role is granted on the organization, and not to owners of a project: that it is missing is said in the plan.
    const missing =
      at === 'project' ? await lacksAlone(client) : place && (await lacks(client, place, CREATE))
    const read = missing === undefined || context.held !== undefined
    const [account, values] = await Promise.all([
      serviceAccount(client, context.identity),
      read ? Promise.all(entries.map(entry => readDenial(client, context, entry))) : [],
    ])
    if (account === undefined) return undefined
    return {
      uid: account.uniqueId ?? '',
      facet: withEntries(
        {},
        entries.map((entry, index) => [entry, values[index]]),
      ),
      seen: {
        place: place ?? null,
        ...(missing === undefined ? {} : { missing }),
        ...(isDefaultAccount(context.identity.name) ? { default: true } : {}),
      },
    }
  },
  cut(facet, context) {
    const place = placeOf(context)
    if (place === undefined) return facet
    const entry = entryAt(place, context)
    if (context.exhausted.includes(entry)) return facet
    const rule = ruleOf(Params.parse(context.params), context.exhausted)
    return rule === undefined ? facet : withEntries(facet, [[entry, rulesToJson([rule])]])
  },
  write: (client, from, to, context) => writeDenials(client, from, to, context).done,
  horizon: tokenSeconds,
  stepDown(restored, context) {
    // Nothing tells old tokens from new ones in a deny policy: it stays until the old ones are over.
    const place = placeOf(context)
    if (place === undefined || entryOf(restored, entryAt(place, context)) !== undefined) return restored
    // Of the usual ones only what Google is known to take: a restore must not fail for one of them.
    const params = Params.parse(context.params)
    const rule = ruleOf(params, params.permissions ? [] : unconfirmed(usualAt(params.at)))
    return rule === undefined
      ? restored
      : withEntries(restored, [[entryAt(place, context), rulesToJson([rule])]])
  },
  together: true,
  settles: 120,
  // Five reads a minute for a project, shared by everybody in it.
  lookEvery: 15,
  seconds: identities => secondsFor(new Set(identities.map(({ account }) => account)).size),
  oneWay: async (client, context) => {
    const place = placeOf(context)
    const resource = place?.startsWith('projects/') ? `projects/${client.project}` : place
    return resource && (await lacks(client, resource, DENY_PERMISSIONS.delete))
  },
  probe: (client, context) => probe(client, context),
}

function entryAt(place: string, { run }: Context): string {
  return denyEntry(place, denyPolicyId(run))
}

const CREATE = DENY_PERMISSIONS.create

/**
 * Why nothing can be denied in a project that belongs to no organization: deny policies come with roles/iam.denyAdmin,
 * which Google grants on an organization (IAM documentation, "Deny access to resources", required roles). Undefined for a
 * project of an organization, and where these credentials have the permission all the same.
 */
async function lacksAlone(client: GcpClient): Promise<string | undefined> {
  if (client.ancestors.length > 0 || client.hidden.length > 0) return undefined
  const project = `projects/${client.project}`
  const lacking = await lacks(client, project, CREATE).catch((error: unknown) => {
    if (error instanceof Fault && ['denied', 'rejected', 'unsupported'].includes(error.code))
      return error.message
    throw error
  })
  if (lacking === undefined) return undefined
  return `${lacking}, which comes with roles/iam.denyAdmin on an organization, and ${project} belongs to none; use gcp.service-account.disable instead`
}

/** From the reading, since only the session knows what is above a project. */
function placeOf({ identity, params, seen }: Context): string | undefined {
  if (isObject(seen)) {
    return typeof seen.place === 'string' ? seen.place : undefined
  }
  return Params.parse(params).at === 'project' ? `projects/${identity.account}` : undefined
}

function missingIn({ seen }: Context): string | undefined {
  const missing = memberOf(seen, 'missing')
  return typeof missing === 'string' ? missing : undefined
}

/** @param without permissions to leave out; undefined when nothing is left to deny */
function ruleOf(
  { at, permissions = usualAt(at), exceptionPrincipals }: Params,
  without: readonly string[],
): Rule | undefined {
  const denied = [...new Set(permissions)].filter(each => !without.includes(each)).sort()
  if (denied.length === 0) return undefined
  return {
    permissions: denied,
    ...(exceptionPrincipals === undefined
      ? {}
      : { exceptionPrincipals: [...new Set(exceptionPrincipals)].sort() }),
  }
}

/** By one permission that can be asked about a project; groups of permissions cannot. */
async function probe(client: GcpClient, { identity, params }: Context): Promise<Probe | 'pending'> {
  const { permissions = USUAL } = Params.parse(params)
  const asked = permissions.filter(each => !each.includes('*')).map(rolePermission)
  const [first = undefined] = asked
  const permission = asked.find(each => each === 'resourcemanager.projects.setIamPolicy') ?? first
  if (permission === undefined) {
    throw new Fault(
      'unsupported',
      'Policy Troubleshooter is asked about single permissions, and the deny names only groups of them',
    )
  }
  return await troubleshoot(client, identity.name, permission)
}
