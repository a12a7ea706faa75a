import { Fault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Json } from '../../../model/json.ts'
import type { GcpClient } from '../client.ts'
import type { Policy } from '../policies/policy.ts'
import { serviceAccountPolicies } from './assets.ts'

/**
 * Who would notice: what acts as a service account, and the service accounts that a pool's workloads act as. Throws the
 * Fault where that is not known.
 */
export function dependentsOf(client: GcpClient): (identity: Identity) => Promise<string[]> {
  let policies: Promise<Map<string, Policy>> | undefined
  return async ({ kind, name, facts }) => {
    if (kind === 'service-account') return [...actingAs(facts.impersonators), ...lately(facts)]
    if (kind !== 'workload-pool' && kind !== 'workload-provider') return lately(facts)
    const [pool = ''] = name.split('/')
    policies ??= serviceAccountPolicies(client)
    return [...(await policies)]
      .filter(([, policy]) => members(policy).some(each => each.includes(`/workloadIdentityPools/${pool}/`)))
      .map(([account]) => `service account ${account} is acted as through pool ${pool}`)
  }
}

function members({ bindings = [] }: Policy): string[] {
  return bindings.flatMap(each => each.members ?? [])
}

function actingAs(impersonators: Json | undefined): string[] {
  if (!Array.isArray(impersonators)) {
    throw new Fault('denied', 'who may act as it is not known, since its policy could not be read', {
      next: 'grant cloudasset.assets.searchAllIamPolicies or iam.serviceAccounts.getIamPolicy',
    })
  }
  return impersonators.flatMap(each => {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return []
    return [`${each.member} acts as it (${each.role}${each.condition ? `, if ${each.condition}` : ''})`]
  })
}

/** Policy Analyzer knows days, not hours. */
function lately({ lastUsed, unusedDays }: Identity['facts']): string[] {
  if (typeof lastUsed !== 'string' || typeof unusedDays !== 'number' || unusedDays > 7) return []
  return [`the workloads that authenticated with it on ${lastUsed.slice(0, 10)}`]
}
