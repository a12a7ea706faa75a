import { z } from 'zod'
import { glob } from '../../../model/expression/glob.ts'
import { type Facet, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Context, Interruption, Reading } from '../../../model/interruption.ts'
import type { GcpClient } from '../client.ts'
import { PolicyEditor } from '../policies/editor.ts'
import type { Condition, Policy } from '../policies/policy.ts'
import { policyPermission } from '../policies/resource.ts'
import { isServiceAgent, mayBeGranted } from './domains.ts'
import { type Grant, grantFromJson, grantToJson, writeGrants } from './grants.ts'
import { lacks } from './one-way.ts'
import { serviceAccount } from './service-account.ts'
import { accountResource } from './settings.ts'

/** Roles that make tokens of an account, sign as it or run machines as it. */
export const IMPERSONATION = [
  'roles/iam.serviceAccountTokenCreator',
  'roles/iam.serviceAccountOpenIdTokenCreator',
  'roles/iam.workloadIdentityUser',
  'roles/iam.serviceAccountUser',
] as const

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
 * Takes away who may act as the account by its own policy: other accounts, and workloads of pools. Whoever has one of the
 * roles on the project still may: that is told with the reading.
 */
export const serviceAccountGate: Interruption<GcpClient, Params> = {
  id: 'gcp.service-account.gate',
  summary: 'Take away who may impersonate the service account by its own policy',
  verbs: ['gate'],
  on: ['service-account'],
  leaves: 'people; who inherits such a role from the project or above; tokens that are out; its keys',
  reversal: { kind: 'exact' },
  permissions: {
    read: [
      'iam.serviceAccounts.get',
      policyPermission('service-account', 'getIamPolicy'),
      policyPermission('project', 'getIamPolicy'),
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
    withEntries(
      facet,
      wantedOf(facet, context).map(([entry]) => [entry, undefined]),
    ),
  write: (client, from, to, { identity }) => writeGrants(client, from, to, identity.id),
  horizon: () => 0,
  settles: 120,
  oneWay: (client, { identity }) =>
    lacks(client, accountResource(client, identity), policyPermission('service-account', 'setIamPolicy')),
}

function wantedOf(facet: Facet, { params }: Pick<Context, 'params'>): [entry: string, grant: Grant][] {
  const { members } = Params.parse(params)
  return Object.entries(facet).flatMap(([entry, value]): [string, Grant][] => {
    const grant = grantFromJson(value)
    if (!grant || !entry.startsWith('impersonator/')) return []
    if (KEPT.test(grant.member) || isServiceAgent(grant.member)) return []
    return members === undefined || members.some(pattern => glob(grant.member, pattern))
      ? [[entry, grant]]
      : []
  })
}

async function read(client: GcpClient, context: Context): Promise<Reading | undefined> {
  const { identity } = context
  const editor = PolicyEditor.of(client)
  const account = await serviceAccount(client, identity)
  if (account === undefined) return undefined
  const resource = accountResource(client, identity)
  const [own, above] = await Promise.all([
    editor.read(client, resource),
    editor.read(client, `projects/${client.project}`).catch((error: unknown) => {
      if (error instanceof Fault && error.code === 'denied') return undefined
      throw error
    }),
  ])
  const facet: Facet = Object.fromEntries(
    impersonators(own, resource).map(grant => [
      `impersonator/${grant.role}@${grant.member}`,
      grantToJson(grant),
    ]),
  )
  const wanted = [...new Set(wantedOf(facet, context).map(([, { member }]) => member))]
  const allowed = await Promise.all(wanted.map(member => mayBeGranted(client, resource, member)))
  return {
    uid: account.uniqueId ?? '',
    facet,
    seen: {
      outside: wanted.filter((_, at) => allowed[at] === false),
      unknownDomains: wanted.filter((_, at) => allowed[at] === 'unknown'),
      inherited:
        above === undefined
          ? 'unknown'
          : impersonators(above, `projects/${client.project}`).map(
              ({ member, role }) => `${member} has ${role} on the project`,
            ),
    },
  }
}

function impersonators(policy: Policy, resource: string): Grant[] {
  const found = new Map<string, Grant>()
  for (const { role, members = [], condition } of policy.bindings ?? []) {
    if (!IMPERSONATION.some(each => each === role)) continue
    for (const member of members) {
      const key = `${role}@${member}`
      const known: (Condition | null)[] = found.get(key)?.conditions ?? []
      const conditions = [...known, condition ?? null].sort((a, b) =>
        JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
      )
      found.set(key, { resource, role, member, conditions })
    }
  }
  return [...found.values()]
}
