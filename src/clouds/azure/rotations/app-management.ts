import type { AzureClient } from '../client.ts'
import { graphRead } from '../http/read-requests.ts'
import { graphCall } from '../settings/graph.ts'

/** The object that a new credential is added to. */
export interface Holder {
  on: 'application' | 'service-principal'
  /** In the directory. */
  objectId: string
  /** RFC 3339; policies may be for what is newer than a date. */
  created?: string | null | undefined
}

interface Restriction {
  restrictionType?: string
  state?: string
  /** ISO 8601, e.g. `P90D`. */
  maxLifetime?: string | null
  restrictForAppsCreatedAfterDateTime?: string | null
}

interface Restrictions {
  passwordCredentials?: Restriction[] | null
  keyCredentials?: Restriction[] | null
}

type Of = 'passwordCredentials' | 'keyCredentials'

/** The rules of the app management policies for a new credential. */
export interface Allowance {
  /** None may be added. */
  forbidden: boolean
  /** Milliseconds. */
  longest?: number
}

const DAY = 86_400_000

/**
 * One policy may be assigned to an application, and is then the only one; else the tenant's default is in force (Microsoft
 * Graph, "Microsoft Entra application authentication methods API overview"). An unreadable policy counts as allowing it: Entra
 * itself refuses when the credential is to be added, and nothing is made then.
 */
export async function allowanceFor(client: AzureClient, holder: Holder, of: Of): Promise<Allowance> {
  const restrictions = (await inForce(client, holder).catch(() => undefined))?.[of] ?? []
  const evaluated = restrictions.filter(
    ({ state, restrictForAppsCreatedAfterDateTime: from }) =>
      state !== 'disabled' && !(from && holder.created && Date.parse(holder.created) < Date.parse(from)),
  )
  const longest = evaluated
    .filter(({ restrictionType }) => restrictionType === LIFETIME[of])
    .map(({ maxLifetime }) => durationOf(maxLifetime ?? ''))
    .find(found => found !== undefined)
  return {
    forbidden: evaluated.some(({ restrictionType }) => restrictionType === ADDITION[of]),
    ...(longest === undefined ? {} : { longest }),
  }
}

/** How long a new one lives, in milliseconds: as the portal suggests, or less where a policy says so. */
export function lifetimeOf({ longest = 180 * DAY }: Allowance): number {
  return Math.min(180 * DAY, longest)
}

/** Version 1.0 knows none that forbids certificates as such. */
const ADDITION = { passwordCredentials: 'passwordAddition', keyCredentials: 'asymmetricKeyAddition' }
const LIFETIME = { passwordCredentials: 'passwordLifetime', keyCredentials: 'asymmetricKeyLifetime' }

async function inForce(
  client: AzureClient,
  { on, objectId }: Holder,
): Promise<Restrictions | null | undefined> {
  const template =
    on === 'application'
      ? '/v1.0/applications/{id}/appManagementPolicies'
      : '/v1.0/servicePrincipals/{id}/appManagementPolicies'
  const call = graphCall('GET', template, [objectId])
  for await (const { isEnabled, restrictions } of client.pages<{
    isEnabled?: boolean
    restrictions?: Restrictions | null
  }>(call)) {
    return isEnabled ? restrictions : undefined
  }
  const tenant = await client.call<{
    isEnabled?: boolean
    applicationRestrictions?: Restrictions | null
    servicePrincipalRestrictions?: Restrictions | null
  }>(graphRead('/v1.0/policies/defaultAppManagementPolicy'))
  if (!tenant.isEnabled) return undefined
  return on === 'application' ? tenant.applicationRestrictions : tenant.servicePrincipalRestrictions
}

function durationOf(text: string): number | undefined {
  const [whole, days = 0, hours = 0, minutes = 0, seconds = 0] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$/.exec(text) ?? []
  if (whole === undefined) return undefined
  return Number(days) * DAY + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000
}
