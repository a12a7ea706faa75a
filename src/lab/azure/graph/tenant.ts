import { randomUUID } from 'node:crypto'
import type { Shown } from '../odata.ts'
import type { ConditionalAccessPolicy, Json } from '../store.ts'
import { Problem } from '../wire.ts'
import { bad, type GraphCall, type GraphRoute, one, oneOf, page, textOf } from './route.ts'

const READ_POLICIES = oneOf('Policy.Read.All')
const WRITE_POLICIES = [['Policy.Read.All', 'Policy.ReadWrite.ConditionalAccess', 'Application.Read.All']]
const POLICIES = '/identity/conditionalAccess/policies'

/** v1.0 does not know the conditions for agents: a client that writes back its reading loses them. */
const AGENT_CONDITIONS = [
  'includeAgentIdServicePrincipals',
  'excludeAgentIdServicePrincipals',
  'agentIdServicePrincipalFilter',
]

function shown(policy: ConditionalAccessPolicy, beta: boolean): Shown {
  const clients = policy.conditions['clientApplications']
  if (beta || typeof clients !== 'object' || clients === null || Array.isArray(clients)) return { ...policy }
  const known = Object.fromEntries(
    Object.entries(clients).filter(([name]) => !AGENT_CONDITIONS.includes(name)),
  )
  return { ...policy, conditions: { ...policy.conditions, clientApplications: known } }
}

function thePolicy({ estate, params, view }: GraphCall): ConditionalAccessPolicy {
  const policy = estate.conditionalAccess.get((params['id'] ?? '').toLowerCase(), view)
  if (policy === undefined)
    throw new Problem(404, 'NotFound', `${params['id'] ?? ''} does not exist in the directory.`)
  return policy
}

function objectOf(value: unknown): { [member: string]: Json } | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { [member: string]: Json })
    : null
}

/** Policies for workload identities cannot be made or changed without their licence. */
function licensed({ estate }: GraphCall, conditions: { [member: string]: Json }): void {
  const clients = objectOf(conditions['clientApplications'] ?? null)
  if (clients === null || estate.fixed.servicePlans.some(plan => plan.startsWith('AAD_WRKLDID'))) return
  throw new Problem(403, 'AccessDenied', 'Your tenant is not licensed for Workload Identities Premium.')
}

function included({ estate }: GraphCall, conditions: { [member: string]: Json }): void {
  const listed = objectOf(conditions['clientApplications'] ?? null)?.['includeServicePrincipals']
  for (const id of Array.isArray(listed) ? listed : []) {
    if (id === 'ServicePrincipalsInMyTenant') continue
    const principal = estate.servicePrincipals.get(String(id))
    const own = principal?.appOwnerOrganizationId === estate.fixed.tenant.id
    if (own && principal.servicePrincipalType === 'Application') continue
    throw bad(`1011: Policy contains invalid service principals: ${String(id)}`)
  }
}

export const tenant: readonly GraphRoute[] = [
  {
    method: 'GET',
    template: '/organization',
    permissions: oneOf('Organization.Read.All', 'Directory.Read.All'),
    run: call => {
      const { id, displayName, domain } = call.estate.fixed.tenant
      const organization = {
        id,
        displayName,
        tenantType: 'AAD',
        verifiedDomains: [{ name: domain, isDefault: true, isInitial: true, type: 'Managed' }],
      }
      return page(call, {
        type: 'organization',
        after: marker => (marker === undefined ? [[id, organization]] : []),
      })
    },
  },
  {
    method: 'GET',
    template: '/subscribedSkus',
    permissions: oneOf('LicenseAssignment.Read.All', 'Organization.Read.All', 'Directory.Read.All'),
    run: ({ estate }) => ({
      body: {
        value: estate.fixed.servicePlans.map(plan => ({
          id: `${estate.fixed.tenant.id}_${plan}`,
          skuPartNumber: plan,
          capabilityStatus: 'Enabled',
          appliesTo: 'User',
          consumedUnits: 0,
          prepaidUnits: { enabled: 1000, suspended: 0, warning: 0 },
          servicePlans: [{ servicePlanName: plan, provisioningStatus: 'Success', appliesTo: 'Company' }],
        })),
      },
    }),
  },
  {
    method: 'GET',
    template: POLICIES,
    permissions: READ_POLICIES,
    run: call =>
      page(call, {
        type: 'conditionalAccessPolicy',
        *after(marker) {
          for (const [key, each] of call.estate.conditionalAccess.after(marker, call.view)) {
            yield [key, shown(each, call.beta)]
          }
        },
      }),
  },
  {
    method: 'GET',
    template: `${POLICIES}/{id}`,
    permissions: READ_POLICIES,
    run: call => one(call, 'conditionalAccessPolicy', shown(thePolicy(call), call.beta)),
  },
  {
    method: 'POST',
    template: POLICIES,
    permissions: WRITE_POLICIES,
    writes: true,
    run: call => {
      const conditions = objectOf(call.body['conditions'])
      if (conditions === null)
        throw bad('1007: Incoming ConditionalAccessPolicy object is null or does not match the schema.')
      licensed(call, conditions)
      included(call, conditions)
      const policy: ConditionalAccessPolicy = {
        id: randomUUID(),
        displayName: textOf(call.body, 'displayName'),
        state: textOf(call.body, 'state'),
        createdDateTime: call.clock.now(),
        modifiedDateTime: null,
        conditions,
        grantControls: objectOf(call.body['grantControls']),
        sessionControls: objectOf(call.body['sessionControls']),
      }
      call.estate.conditionalAccess.set(policy.id, policy)
      return { status: 201, body: shown(policy, call.beta) }
    },
  },
  {
    method: 'PATCH',
    template: `${POLICIES}/{id}`,
    permissions: WRITE_POLICIES,
    writes: true,
    run: call => {
      const policy = thePolicy({ ...call, view: 'now' })
      licensed(call, policy.conditions)
      const conditions = objectOf(call.body['conditions']) ?? policy.conditions
      included(call, conditions)
      const state = call.body['state'] === undefined ? policy.state : textOf(call.body, 'state')
      call.estate.conditionalAccess.set(policy.id, {
        ...policy,
        state,
        conditions,
        ...(call.body['displayName'] === undefined ? {} : { displayName: textOf(call.body, 'displayName') }),
        modifiedDateTime: call.clock.now(),
      })
      return {}
    },
  },
  {
    method: 'DELETE',
    template: `${POLICIES}/{id}`,
    permissions: [['Policy.Read.All', 'Policy.ReadWrite.ConditionalAccess']],
    writes: true,
    run: call => {
      call.estate.conditionalAccess.delete(thePolicy({ ...call, view: 'now' }).id)
      return {}
    },
  },
  {
    method: 'GET',
    template: '/reports/servicePrincipalSignInActivities',
    beta: true,
    permissions: oneOf('AuditLog.Read.All'),
    run: call => {
      if (!call.estate.fixed.servicePlans.includes('AAD_PREMIUM')) {
        throw new Problem(
          403,
          'Authentication_RequestFromNonPremiumTenantOrB2CTenant',
          'The tenant has no premium license.',
        )
      }
      const activities = call.estate.fixed.signIns.map(({ appId, lastSignIn }) => {
        const activity = { lastSignInDateTime: lastSignIn, lastSignInRequestId: null }
        const id = Buffer.from(appId).toString('base64url')
        return {
          id,
          appId,
          lastSignInActivity: activity,
          applicationAuthenticationClientSignInActivity: activity,
        }
      })
      return page(call, {
        type: 'servicePrincipalSignInActivity',
        after: marker =>
          activities
            .toSorted((a, b) => (a.id < b.id ? -1 : 1))
            .filter(({ id }) => marker === undefined || id > marker)
            .map(each => [each.id, each] as const),
      })
    },
  },
]
