import type { Identity } from '../../../model/identity.ts'
import type { Json } from '../../../model/json.ts'
import { memberOf } from '../../../model/json-object.ts'
import { Answers, perClient } from '../../kit/session/per-client.ts'
import type { AzureClient } from '../client.ts'
import { isFirstParty } from '../inventory/first-party.ts'
import { type ServicePrincipal, servicePrincipalOf } from './graph.ts'

/** Facts of a principal besides the settings: they decide refusals, never restored. */
export type Seen = {
  type: string
  name: string
  ownerTenant: string
  audience: string
  tenant: string
}

const TYPES = new Set(['Application', 'ManagedIdentity', 'Legacy', 'ServiceIdentity'])

const DAY = 24 * 3600

/**
 * How long a token that was taken before the cut is good for at Azure, in seconds. Access tokens of applications last 60 to 90
 * minutes by default (Microsoft identity platform, "Access token lifetime"); those of managed identities are kept on the host for about 24 hours
 * ("Managed identities for Azure resources frequently asked questions").
 */
export function tokenLifetime(identity: Identity): number {
  return isManaged(identity) ? DAY : 90 * 60
}

/**
 * Long-lived tokens that Microsoft Graph evaluates continuously, for up to a day: only those of applications that are at home in this
 * tenant, and of it alone ("Continuous access evaluation for workload identities").
 */
export function graphTokenLifetime({ kind, facts, account }: Identity): number {
  if (kind !== 'service-principal' || facts.type !== 'application') return 0
  const owner = facts.ownerTenant
  return typeof owner === 'string' && owner.toLowerCase() !== account.toLowerCase() ? 0 : DAY
}

export function isManaged({ kind, facts }: Identity): boolean {
  return kind === 'managed-identity' || facts.type === 'managed-identity'
}

/** The principal as the directory has it, with what refusals look at; undefined when it is gone. */
export async function readPrincipal(
  client: AzureClient,
  identity: Identity,
): Promise<{ uid: string; found: ServicePrincipal; seen: Seen } | undefined> {
  const found = await servicePrincipalOf(client, identity.name)
  if (!found) return undefined
  return {
    uid: found.id,
    found,
    seen: {
      type: found.servicePrincipalType ?? '',
      name: found.displayName ?? '',
      ownerTenant: found.appOwnerOrganizationId ?? '',
      audience: found.signInAudience ?? '',
      tenant: client.tenant,
    },
  }
}

const readingsOf = perClient((_: AzureClient) => new Answers<Awaited<ReturnType<typeof readPrincipal>>>())

/**
 * The same, by a reading that another caller may have begun a moment ago: for who it is, not for whether it is enabled. Several
 * changes of one principal are looked at side by side.
 */
export async function principalInFlight(
  client: AzureClient,
  identity: Identity,
): ReturnType<typeof readPrincipal> {
  return await readingsOf(client).inFlight(identity.name, () => readPrincipal(client, identity))
}

/** Why this principal is nobody's to stop, by what the directory says of it now. */
export function refusePrincipal(seen: Json | undefined): string | undefined {
  const { type, name, ownerTenant } = seenOf(seen)
  if (isFirstParty(ownerTenant)) {
    return 'it is an application of Microsoft itself: stopping one takes services away from the whole tenant'
  }
  if (name.startsWith('ConnectSyncProvisioning_')) {
    return 'it is the directory synchronisation: without it, nobody’s account is kept up to date'
  }
  if (type !== '' && !TYPES.has(type)) {
    return `it is of a type that is not known here (${type}), so it is not touched`
  }
  return undefined
}

export function seenOf(seen: Json | undefined): Seen {
  const text = (name: keyof Seen): string => {
    const value = memberOf(seen, name)
    return typeof value === 'string' ? value : ''
  }
  return {
    type: text('type'),
    name: text('name'),
    ownerTenant: text('ownerTenant'),
    audience: text('audience'),
    tenant: text('tenant'),
  }
}

/** A list of texts among what was seen. */
export function seenList(seen: Json | undefined, name: string): string[] {
  const value = memberOf(seen, name)
  return Array.isArray(value) ? value.filter(each => typeof each === 'string') : []
}

/** Said wherever an agent is concerned. */
export const BLUEPRINT =
  'an agent’s blueprint, which can switch it on again and make another: stop the blueprint’s own service principal first'
