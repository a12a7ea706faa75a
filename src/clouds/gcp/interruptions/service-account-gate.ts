import { z } from 'zod'
import { glob } from '../../../model/expression/glob.ts'
import type { Facet } from '../../../model/facet.ts'
import type { Context, Interruption, Reading } from '../../../model/interruption.ts'
import { withoutMembers } from '../../kit/lens/members.ts'
import type { GcpClient } from '../client.ts'
import { PolicyEditor } from '../policies/editor.ts'
import { memberKey } from '../policies/members.ts'
import { policyPermission } from '../policies/resource.ts'
import { isServiceAgent, mayBeGranted } from '../settings/domains.ts'
import { type Grant, grantFromJson, grantToJson, writeGrants } from '../settings/grants.ts'
import { actingBy, actingFromAbove, isSameGrant, sayings } from '../settings/impersonators.ts'
import { checkDoubts, lacks } from '../settings/one-way.ts'
import { serviceAccount } from '../settings/service-account.ts'
import { accountResource } from '../settings/settings.ts'

const types = ['service-account', 'project', 'folder', 'organization'] as const

const Params = z.strictObject({
  members: z
    .array(z.string().min(1).max(512))
    .min(1)
    .exactOptional()
    .describe('Only these members of the policy (* and ? as wildcards); all machines by default'),
})

type Params = z.infer<typeof Params>

/** People and their groups are not ours to shut out, nor Google's service agents; what was deleted cannot be put back. */
const KEPT = /^(user|group|domain|deleted):/

/**
 * Takes away who may act as the account, or make credentials of it, by its own policy: other accounts, and workloads of
 * pools, by any role that lets them. Those who may by a policy above the account stay; the reading lists them.
 */
export const serviceAccountGate: Interruption<GcpClient, Params> = {
  id: 'gcp.service-account.gate',
  summary: 'Take away who may act as the service account, or make credentials of it, by its own policy',
  verbs: ['gate'],
  on: ['service-account'],
  leaves:
    'people; who may by a role on the project or above (the plan names them); tokens that are out; its keys',
  reversal: { kind: 'exact' },
  permissions: {
    read: [
      'iam.serviceAccounts.get',
      ...types.map(type => policyPermission(type, 'getIamPolicy')),
      'iam.roles.get',
      'orgpolicy.customConstraints.list',
      'orgpolicy.policy.get',
      'resourcemanager.organizations.get',
      'resourcemanager.projects.get',
    ],
    cut: [policyPermission('service-account', 'setIamPolicy')],
    restore: [policyPermission('service-account', 'setIamPolicy')],
  },
  params: Params,
  example: {},
  refuse(facet, context) {
    const seen = z.looseObject({ outside: z.array(z.string()) }).safeParse(context.seen)
    const outside = wantedOf(facet, context).find(
      ([, { member }]) => seen.success && seen.data.outside.includes(member),
    )
    return outside === undefined
      ? undefined
      : `an organization policy restricts who is granted anything here, and ${outside[1].member} is not known to be allowed: it could not be put back (members: leaves it out)`
  },
  read,
  cut: (facet, context) =>
    withoutMembers(
      facet,
      wantedOf(facet, context).map(([entry]) => entry),
    ),
  write: (client, from, to, { identity }) => writeGrants(client, from, to, identity.id),
  horizon: () => 0,
  settles: 120,
  async oneWay(client, { identity, seen }) {
    const resource = accountResource(client, identity)
    const lacking = await lacks(client, resource, policyPermission('service-account', 'setIamPolicy'))
    if (lacking === undefined) checkDoubts(seen, resource)
    return lacking
  },
}

function wantedOf(facet: Facet, { params }: Pick<Context, 'params'>): [entry: string, grant: Grant][] {
  const { members } = Params.parse(params)
  return Object.entries(facet).flatMap(([entry, value]): [string, Grant][] => {
    const grant = grantFromJson(value)
    if (!grant || !entry.startsWith('impersonator/')) return []
    if (KEPT.test(grant.member) || isServiceAgent(grant.member)) return []
    const name = memberKey(grant.member)
    return members === undefined || members.some(pattern => glob(name, memberKey(pattern)))
      ? [[entry, grant]]
      : []
  })
}

async function read(client: GcpClient, context: Context): Promise<Reading | undefined> {
  const { identity, held = [] } = context
  const account = await serviceAccount(client, identity)
  if (account === undefined) return undefined
  const resource = accountResource(client, identity)
  const [own, above] = await Promise.all([
    PolicyEditor.of(client).read(client, resource),
    // Under guard only what is ours to write is looked at, several times a second.
    context.last === undefined ? actingFromAbove(client) : [],
  ])
  const acting = await actingBy(client, own, 'account')
  // An entry that this change holds is read, also when its role is not known any more.
  const others = acting.unknown.filter(grant => held.includes(entryFor(asHeld(grant, held))))
  const spelt = [...acting.grants, ...others].map(grant => asHeld(grant, held))
  const facet: Facet = Object.fromEntries(
    spelt.map(grant => [entryFor(grant), grantToJson({ resource, ...grant })]),
  )
  const cut = wantedOf(facet, context).map(([, grant]) => grant)
  const wanted = [...new Set(cut.map(({ member }) => member))]
  const allowed = await Promise.all(wanted.map(member => mayBeGranted(client, resource, member)))
  return {
    uid: account.uniqueId ?? '',
    facet,
    seen: {
      outside: wanted.filter((_, at) => allowed[at] === false),
      unknownDomains: wanted.filter((_, at) => allowed[at] === 'unknown'),
      left: [...sayings(acting, resource, grant => cut.some(each => isSameGrant(each, grant))), ...above],
    },
  }
}

/** A setting keeps the spelling that a journal has for its member. */
function asHeld<Each extends Pick<Grant, 'role' | 'member'>>(grant: Each, held: readonly string[]): Each {
  const prefix = entryFor({ role: grant.role, member: '' })
  const entry = held.find(
    each => each.startsWith(prefix) && memberKey(each.slice(prefix.length)) === grant.member,
  )
  return entry === undefined ? grant : { ...grant, member: entry.slice(prefix.length) }
}

function entryFor({ role, member }: Pick<Grant, 'role' | 'member'>): string {
  return `impersonator/${role}@${member}`
}
