import { z } from 'zod'
import { glob } from '../../../model/expression/glob.ts'
import { type Facet, pick, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Context, Interruption, Reading } from '../../../model/interruption.ts'
import { withoutMembers } from '../../kit/lens/members.ts'
import type { GcpClient } from '../client.ts'
import { DenyEditor } from '../deny/editor.ts'
import { PolicyEditor } from '../policies/editor.ts'
import { grantsOf, MEMBERS_LIMIT, membersOf, type Policy } from '../policies/policy.ts'
import { type PolicyResource, policyPermission, typeOf } from '../policies/resource.ts'
import { mayBeGranted } from '../settings/domains.ts'
import { type Grant, grantFromJson, grantToJson, writeGrants } from '../settings/grants.ts'
import { checkDoubts, lacks } from '../settings/one-way.ts'
import {
  DENY_PERMISSIONS,
  isDenyEntry,
  readHeldDenials,
  stepDownTo,
  writeDenials,
} from '../settings/own-denial.ts'
import { resourcesOf } from '../settings/resources.ts'
import { memberOf, serviceAccount } from '../settings/service-account.ts'
import { tokenSeconds } from '../settings/settings.ts'

const PLACES = ['project', 'ancestors', 'service-accounts'] as const

const Params = z.strictObject({
  only: z
    .array(z.enum(PLACES))
    .min(1)
    .default([...PLACES])
    .describe('Where roles are taken away; everywhere by default'),
  roles: z
    .array(z.string().min(1).max(256))
    .min(1)
    .exactOptional()
    .describe('Only these roles (* and ? as wildcards)'),
})

type Params = z.infer<typeof Params>

/** A holder of these for the organization could undo us, or be the only one who can help: left to people. */
const ADMINISTRATORS = new Set([
  'roles/owner',
  'roles/resourcemanager.organizationAdmin',
  'roles/iam.securityAdmin',
  'roles/iam.denyAdmin',
  'roles/iam.principalAccessBoundaryAdmin',
])

/** The facts that the containment depends on besides the grants. */
const Seen = z.looseObject({ outside: z.array(z.string()), full: z.array(z.string()) })

/**
 * Takes away the roles that the account holds itself, and gives the same back under the same conditions: only our own
 * additions and removals are ever written.
 */
export const serviceAccountDetach: Interruption<GcpClient, Params> = {
  id: 'gcp.service-account.detach',
  summary:
    'Take the roles of the service account on projects, folders, the organization and other accounts away',
  verbs: ['detach'],
  on: ['service-account'],
  leaves: 'roles it has through groups or on other resources (buckets, secrets, …); administrator roles',
  reversal: { kind: 'exact' },
  permissions: {
    read: [
      'iam.serviceAccounts.get',
      'cloudasset.assets.searchAllIamPolicies',
      'orgpolicy.customConstraints.list',
      'orgpolicy.policy.get',
      'resourcemanager.organizations.get',
      ...everywhere('getIamPolicy'),
    ],
    cut: everywhere('setIamPolicy'),
    restore: [...everywhere('setIamPolicy'), ...Object.values(DENY_PERMISSIONS)],
  },
  params: Params,
  example: { only: [...PLACES] },
  refuse(facet, context) {
    const wanted = wantedOf(facet, context)
    const temporary = wanted.find(({ conditions }) => conditions.some(isTemporary))
    if (temporary) {
      return `${temporary.role} on ${temporary.resource} was granted for a time by Privileged Access Manager: put back, it would stay for ever (roles: leaves it out)`
    }
    const seen = Seen.safeParse(context.seen)
    if (!seen.success) return undefined
    const outside = wanted.find(({ resource }) => seen.data.outside.includes(resource))
    if (outside) {
      return `an organization policy lets nobody of its domain be granted ${outside.role} on ${outside.resource} again: it could not be put back`
    }
    const full = wanted.find(({ resource }) => seen.data.full.includes(resource))
    return full === undefined
      ? undefined
      : `the policy of ${full.resource} has more than ${MEMBERS_LIMIT} members: ${full.role} could not be put back`
  },
  read,
  cut: (facet, context) => withoutMembers(facet, wantedOf(facet, context).map(entryFor)),
  async write(client, from, to, context) {
    const { identity } = context
    const denials = writeDenials(client, from, to, context)
    if (!denials.denied) {
      await Promise.all([writeGrants(client, grantsIn(from), grantsIn(to), identity.id), denials.done])
      return
    }
    // Not before the deny is enforced: the old tokens would have the roles until then.
    await denials.done
    await DenyEditor.of(client).settled()
    await writeGrants(client, grantsIn(from), grantsIn(to), identity.id)
  },
  horizon: tokenSeconds,
  stepDown: stepDownTo,
  together: true,
  settles: 120,
  async oneWay(client, context) {
    const reading = await read(client, context)
    const wanted = reading === undefined ? [] : wantedOf(reading.facet, context)
    for (const resource of new Set(wanted.map(grant => grant.resource))) {
      const type = typeOf(resource)
      const lacking = type && (await lacks(client, resource, policyPermission(type, 'setIamPolicy')))
      if (lacking) return lacking
    }
    checkDoubts(reading?.seen, context.identity.id)
    return undefined
  },
}

function everywhere(method: 'getIamPolicy' | 'setIamPolicy'): string[] {
  const types = ['project', 'folder', 'organization', 'service-account'] as const
  return types.map(type => policyPermission(type, method))
}

/** Without the deny that a step-down leaves. */
function grantsIn(facet: Facet): Facet {
  return pick(
    facet,
    Object.keys(facet).filter(entry => !isDenyEntry(entry)),
  )
}

function entryFor({ resource, role }: Pick<Grant, 'resource' | 'role'>): string {
  return `grant/${role}@${resource}`
}

/** Privileged Access Manager writes its name into the condition (its documentation, "Entitlements"; the text is not promised). */
function isTemporary(condition: Grant['conditions'][number]): boolean {
  const { title, description } = condition ?? {}
  return [title, description].some(
    text => typeof text === 'string' && /privileged access manager|\bPAM\b|\/entitlements\//i.test(text),
  )
}

function placeOf(resource: PolicyResource): (typeof PLACES)[number] {
  const type = typeOf(resource)
  if (type === 'project') return 'project'
  return type === 'service-account' ? 'service-accounts' : 'ancestors'
}

/** Roles of Google's service agents are never touched, nor are administrators of the organization. */
function wantedOf(facet: Facet, { params }: Pick<Context, 'params'>): Grant[] {
  const { only, roles } = Params.parse(params)
  return Object.entries(facet).flatMap(([entry, value]) => {
    const grant = entry.startsWith('grant/') ? grantFromJson(value) : undefined
    if (!grant || !only.includes(placeOf(grant.resource))) return []
    if (isOfAgents(grant) || isAdministrator(grant)) return []
    return roles === undefined || roles.some(pattern => glob(grant.role, pattern)) ? [grant] : []
  })
}

function isOfAgents({ role }: Grant): boolean {
  return /serviceAgent$/i.test(role)
}

function isAdministrator({ role, resource }: Grant): boolean {
  return typeOf(resource) === 'organization' && ADMINISTRATORS.has(role)
}

async function read(client: GcpClient, context: Context): Promise<Reading | undefined> {
  const { only } = Params.parse(context.params)
  const { resources: all, unsearched } = await resourcesOf(client, context)
  const resources = all.filter(each => only.includes(placeOf(each)))
  const [account, ...policies] = await Promise.all([
    serviceAccount(client, context.identity),
    ...resources.map(resource => policyOf(client, resource)),
  ])
  if (account === undefined) return undefined
  const member = memberOf(context.identity)
  const grants = resources.flatMap((resource, at) => {
    const policy = policies[at]?.policy
    return policy === undefined ? [] : grantsOf(policy, member).map(grant => ({ resource, ...grant }))
  })
  const facet = withEntries(
    Object.fromEntries(grants.map(grant => [entryFor(grant), grantToJson(grant)])),
    await readHeldDenials(client, context),
  )
  const touched = [...new Set(wantedOf(facet, context).map(({ resource }) => resource))]
  const allowed = await Promise.all(touched.map(resource => mayBeGranted(client, resource, member)))
  const full = resources.filter((_, at) => {
    const policy = policies[at]?.policy
    return policy !== undefined && membersOf(policy) > MEMBERS_LIMIT
  })
  return {
    uid: account.uniqueId ?? '',
    facet,
    seen: {
      outside: touched.filter((_, at) => allowed[at] === false),
      unknownDomains: touched.filter((_, at) => allowed[at] === 'unknown'),
      full,
      left: [
        ...leftIn(facet),
        ...resources.flatMap((resource, at) => {
          const unread = policies[at]?.unread
          return unread === undefined ? [] : [unreadText(resource, unread)]
        }),
        ...client.hidden.map(({ resource, because }) => unreadText(`${resource} and above`, because)),
        ...(unsearched === undefined ? [] : [unreadText('other projects and accounts', unsearched)]),
      ],
    },
  }
}

function unreadText(where: string, because: string): string {
  return `roles that it has on ${where} are not known, and stay: ${because}`
}

/** Roles that are left to people, and those of service agents. */
function leftIn(facet: Facet): string[] {
  return Object.values(facet).flatMap(value => {
    const grant = grantFromJson(value)
    if (!grant || !(isAdministrator(grant) || isOfAgents(grant))) return []
    return [`it keeps ${grant.role} on ${grant.resource}, which is left to people`]
  })
}

/** Resources above the project may be unreadable; the project itself, and the held resources, must be readable. */
async function policyOf(
  client: GcpClient,
  resource: PolicyResource,
): Promise<{ policy?: Policy; unread?: string }> {
  try {
    return { policy: await PolicyEditor.of(client).read(client, resource) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { code, message } = error
    if (code === 'gone' && placeOf(resource) === 'service-accounts') return {}
    if (code === 'denied' && placeOf(resource) === 'ancestors') return { unread: message }
    throw error
  }
}
