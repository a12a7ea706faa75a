import type { GcpEstate } from '../store.ts'
import { seedKey } from './accounts.ts'
import { emailOf, KEYS } from './ids.ts'

/** Thief → the service account that it has taken over. */
export const TAKEN_OVER: {
  readonly [thief: string]: { account: string; project: string } | undefined
} = {
  'leaked-sa-key': { account: 'etl-legacy', project: 'acme-prod' },
  'hijacked-workload': { account: 'checkout', project: 'acme-prod' },
  'forged-workflow-gcp': { account: 'ci-deployer', project: 'acme-prod' },
  'breached-vendor-gcp': { account: 'vendor-sync', project: 'acme-shop' },
}

/** A thief's second identity in a project: an account that nobody knows to be stolen. */
export function helperOf(project: string): string {
  return project === 'acme-shop' ? 'storefront' : 'terraform'
}

/**
 * The estate in which the accounts that these thieves took over own their projects, and so does another account whose
 * key the thief has.
 */
export function armed(estate: GcpEstate, thieves: readonly string[], now: number): GcpEstate {
  const policies = { ...estate.policies }
  const keys = [...estate.keys]
  for (const thief of thieves) {
    const taken = TAKEN_OVER[thief]
    if (taken === undefined) continue
    const { account, project } = taken
    const helper = helperOf(project)
    const resource = `projects/${project}`
    const policy = policies[resource] ?? { bindings: [], revision: 1 }
    const members = [account, helper].map(name => `serviceAccount:${emailOf(name, project)}`)
    const owners = policy.bindings.find(({ role, condition }) => role === 'roles/owner' && !condition)
    const others = policy.bindings.filter(binding => binding !== owners)
    policies[resource] = {
      ...policy,
      bindings: [
        { role: 'roles/owner', members: [...new Set([...(owners?.members ?? []), ...members])] },
        ...others,
      ],
    }
    keys.push(seedKey(now, helper, project, KEYS.work))
  }
  return { ...estate, policies, keys }
}
