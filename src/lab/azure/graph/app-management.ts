import type { LiveAzure } from '../estate.ts'
import type { AppRestriction, AppRestrictions } from '../store.ts'
import { Problem } from '../wire.ts'
import { theApplication, thePrincipal } from './objects.ts'
import { type GraphCall, type GraphRoute, one, oneOf, page } from './route.ts'

const READ_POLICIES = oneOf('Policy.Read.All')

const none: AppRestrictions = { passwordCredentials: [], keyCredentials: [] }

/** Policies for the credentials of applications. The lab has no call that changes them: they are the estate's. */
export const appManagement: readonly GraphRoute[] = [
  {
    method: 'GET',
    template: '/policies/defaultAppManagementPolicy',
    permissions: READ_POLICIES,
    run: call => {
      const { tenant } = call.estate.fixed.appManagement ?? {}
      return one(call, 'policies/defaultAppManagementPolicy', {
        id: '00000000-0000-0000-0000-000000000000',
        displayName: 'Default app management tenant policy',
        description: 'Default tenant policy that enforces app management restrictions.',
        isEnabled: tenant !== undefined,
        applicationRestrictions: { identifierUris: null, ...(tenant?.applications ?? none) },
        servicePrincipalRestrictions: { ...(tenant?.servicePrincipals ?? none) },
      })
    },
  },
  assigned('/applications/{id}/appManagementPolicies', call => theApplication(call).id),
  assigned('/servicePrincipals/{id}/appManagementPolicies', call => thePrincipal(call).id),
]

function assigned(template: string, holder: (call: GraphCall) => string): GraphRoute {
  return {
    method: 'GET',
    template,
    permissions: READ_POLICIES,
    run: call => {
      const found = assignedTo(call.estate, holder(call))
      const shown = found.map(({ id, displayName, restrictions }) => ({
        id,
        displayName,
        description: '',
        isEnabled: true,
        restrictions: { ...restrictions, applicationRestrictions: null },
      }))
      return page(call, {
        type: 'appManagementPolicy',
        after: marker => (marker === undefined ? shown.map(each => [each.id, each] as const) : []),
      })
    },
  }
}

function assignedTo({ fixed }: LiveAzure, holder: string) {
  return (fixed.appManagement?.assigned ?? []).filter(({ appliesTo }) => appliesTo.includes(holder))
}

interface Added {
  startDateTime: string
  endDateTime: string
}

/** @throws Problem for a new credential that the policy in force does not allow */
export function allow(
  estate: LiveAzure,
  on: 'applications' | 'servicePrincipals',
  holder: { id: string; createdDateTime?: string },
  of: keyof AppRestrictions,
  added: Added,
): void {
  const [own] = assignedTo(estate, holder.id)
  const inForce = (own?.restrictions ?? estate.fixed.appManagement?.tenant?.[on] ?? none)[of]
  for (const restriction of inForce) {
    if (restriction.state !== 'enabled' || !isFor(restriction, holder.createdDateTime)) continue
    const { restrictionType, maxLifetime } = restriction
    if (restrictionType.endsWith('Addition')) {
      throw new Problem(
        400,
        'CredentialTypeNotAllowedAsPerAppPolicy',
        'Credential type not allowed as per assigned policy.',
      )
    }
    const days = Number(/^P(\d+)D$/.exec(maxLifetime ?? '')?.[1])
    const lasts = Date.parse(added.endDateTime) - Date.parse(added.startDateTime)
    if (lasts > days * 86_400_000) {
      throw new Problem(
        400,
        'CredentialInvalidLifetimeAsPerAppPolicy',
        'Credential lifetime exceeds the max value allowed as per assigned policy.',
      )
    }
  }
}

function isFor({ restrictForAppsCreatedAfterDateTime: from }: AppRestriction, created = ''): boolean {
  return from === null || created === '' || Date.parse(created) >= Date.parse(from)
}
