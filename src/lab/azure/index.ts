import type { LabCloud, Shared } from '../cloud.ts'
import { LiveAzure } from './estate.ts'
import { graphPermissions } from './graph/index.ts'
import { receive, recognises } from './receive.ts'
import { snapshotOf } from './snapshot.ts'
import type { AzureEstate } from './store.ts'
import { vanish } from './vanish.ts'
import type { Found } from './wire.ts'

export type { AzureEstate } from './store.ts'

export interface AzureLab extends LabCloud {
  estate(): AzureEstate
}

/** Azure and Entra in the lab: the token endpoint, Microsoft Graph, Resource Manager, and two data planes. */
export function azureLab(seed: () => AzureEstate): AzureLab {
  let at:
    | { estate: LiveAzure; shared: Shared; kept: Map<string, { until: number; found: Found }> }
    | undefined
  const open = () => {
    if (at === undefined) throw new TypeError('the lab of Azure was not opened')
    return at
  }
  return {
    cloud: 'azure',
    open(shared, kept) {
      if (kept !== undefined && !isEstate(kept)) throw new TypeError('the kept estate is none of Azure')
      const estate = new LiveAzure(kept ?? seed(), shared.clock, shared.propagationMs)
      at = { estate, shared, kept: new Map() }
    },
    recognises,
    receive(exchange) {
      const { estate, shared, kept } = open()
      const { clock, propagationMs } = shared
      return receive({ estate, clock, kept, enforced: { asOf: clock.ms() - propagationMs } }, exchange)
    },
    get responder() {
      return open().estate.fixed.responder
    },
    estate: () => open().estate.toEstate(),
    snapshot: () => snapshotOf(open().estate.toEstate()),
    summary() {
      const { estate } = open()
      return {
        servicePrincipals: estate.servicePrincipals.size,
        applications: estate.applications.size,
        federatedCredentials: estate.federatedCredentials.size,
        roleAssignments: estate.roleAssignments.size,
        subscriptions: estate.fixed.subscriptions.length,
      }
    },
    vanish: (kind, name) => vanish(open().estate, kind, name),
  }
}

/**
 * The permissions for an operation, as alternatives, the least first, each with all that is in it: app permissions of Graph for
 * `PATCH /v1.0/servicePrincipals/{id}`, and the action itself for one of Resource Manager. Undefined for an operation
 * of Graph that the lab does not have.
 */
export function permissionsOf(operation: string): readonly (readonly string[])[] | undefined {
  if (/^[A-Z]+ \//.test(operation)) return graphPermissions(operation)
  return [[operation]]
}

function isEstate(value: unknown): value is AzureEstate {
  return typeof value === 'object' && value !== null && 'servicePrincipals' in value && 'tenant' in value
}
