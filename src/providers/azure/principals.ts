import type { Facts, Identity } from '../../model/identity.ts'
import { common, identity, tagsOf } from './facts.ts'
import type { Grants } from './grants.ts'
import type { ApplicationRecord, PrincipalRecord } from './records.ts'

/**
 * Tenants that Microsoft's own applications are registered in (Microsoft Learn, "Verify first-party Microsoft
 * applications in sign-in reports").
 */
const MICROSOFT = new Set(['f8cdef31-a31e-4b4a-93e4-5f571e91255a', '72f988bf-86f1-41af-91ab-2d7cd011db47'])

const TYPES: { readonly [type: string]: string } = {
  application: 'application',
  managedidentity: 'managed-identity',
  legacy: 'legacy',
}

const AGENTS: { readonly [type: string]: string } = {
  '#microsoft.graph.agentidentity': 'agent-identity',
  '#microsoft.graph.agentidentityblueprintprincipal': 'agent-blueprint',
}

/** What is known of a principal from listings that answer for all of them. */
export interface Surroundings {
  grants: Grants
  /** By app id, in lower case. */
  lastUsed: ReadonlyMap<string, string>
  /** Object ids of the applications of this tenant, by app id in lower case. */
  applications: ReadonlyMap<string, string>
  /** What runs as a managed identity, by resource id in lower case; undefined: not looked at. */
  usedBy: ReadonlyMap<string, string[]> | undefined
}

/** What is asked for each principal by itself. */
export interface Asked {
  agent?: { blueprint: string; created: string | null | undefined }
  groups?: { id: string; name: string }[]
  owners?: string[]
}

/** `managed-identity` or `service-principal`: no principal is listed as both. */
export function kindOf(type: string | null | undefined): 'managed-identity' | 'service-principal' {
  return type?.toLowerCase() === 'managedidentity' ? 'managed-identity' : 'service-principal'
}

export function isFirstParty(ownerTenant: string | null | undefined): boolean {
  return MICROSOFT.has(ownerTenant?.toLowerCase() ?? '')
}

export function principalIdentity(
  tenant: string,
  record: PrincipalRecord,
  around: Surroundings,
  asked: Asked,
  now: number,
): Identity {
  const { id, displayName, appOwnerOrganizationId } = record
  const appId = record.appId ?? ''
  const kind = kindOf(record.servicePrincipalType)
  const type = typeOf(record)
  const ownerTenant = appOwnerOrganizationId ?? ''
  const firstParty = isFirstParty(ownerTenant)
  const { agent } = asked
  const facts: Facts = {
    ...common(
      {
        displayName,
        tags: tagsOf(record.tags),
        created: record.createdDateTime ?? agent?.created,
        enabled: record.accountEnabled !== false && record.isDisabled !== true,
        lastUsed: around.lastUsed.get(appId.toLowerCase()),
      },
      now,
    ),
    type,
    appId,
    ownerTenant,
    firstParty,
    thirdParty: ownerTenant !== '' && !firstParty && ownerTenant.toLowerCase() !== tenant.toLowerCase(),
    secrets: keyIds(record.passwordCredentials),
    certificates: keyIds(record.keyCredentials),
    ...around.grants.take(id),
    ...(asked.groups === undefined ? {} : { groups: asked.groups }),
    ...(asked.owners === undefined ? {} : { owners: asked.owners }),
  }
  if (kind === 'managed-identity') {
    return identity(tenant, kind, id, { ...facts, ...managed(record, around.usedBy) })
  }
  return identity(tenant, kind, id, {
    ...facts,
    application: around.applications.get(appId.toLowerCase()) ?? '',
    signInAudience: record.signInAudience ?? '',
    disabledByMicrosoft: record.disabledByMicrosoftStatus ?? '',
    blueprint: record.agentIdentityBlueprintId ?? agent?.blueprint ?? '',
  })
}

/** The directory's own word where it is a new one, so that nothing passes for what it is not. */
function typeOf(record: PrincipalRecord): string {
  const type = record.servicePrincipalType ?? ''
  const agent = AGENTS[record['@odata.type']?.toLowerCase() ?? '']
  if (agent !== undefined) return agent
  return TYPES[type.toLowerCase()] ?? (type.toLowerCase() === 'serviceidentity' ? 'agent-identity' : type)
}

/**
 * Where a managed identity belongs. Its alternative names say whether it is a resource of its own and the id of that,
 * or of the resource that has it (seen in the directory; Microsoft documents the property, not its content).
 */
function managed({ id, alternativeNames }: PrincipalRecord, usedBy: Surroundings['usedBy']): Facts {
  const names = alternativeNames ?? []
  const resource = names.find(name => name.startsWith('/')) ?? ''
  const explicit = names.find(name => /^isExplicit=/i.test(name))?.toLowerCase()
  const assigned =
    explicit === 'isexplicit=true' || /\/userAssignedIdentities\//i.test(resource) ? 'user' : 'system'
  const users = assigned === 'user' ? usedBy?.get(resource.toLowerCase()) : resource === '' ? [] : [resource]
  return {
    principalId: id,
    assigned,
    resource,
    ...(usedBy === undefined && assigned === 'user' ? {} : { usedBy: users ?? [] }),
  }
}

export function applicationIdentity(
  tenant: string,
  record: ApplicationRecord,
  more: { owners?: string[]; principal?: string; lastUsed?: string | undefined },
  now: number,
): Identity {
  const { id, displayName, createdDateTime, signInAudience } = record
  return identity(tenant, 'application', id, {
    ...common(
      {
        displayName,
        tags: tagsOf(record.tags),
        created: createdDateTime,
        enabled: record.isDisabled !== true,
        lastUsed: more.lastUsed,
      },
      now,
    ),
    appId: record.appId ?? '',
    signInAudience: signInAudience ?? '',
    multiTenant: signInAudience !== 'AzureADMyOrg',
    secrets: keyIds(record.passwordCredentials),
    certificates: keyIds(record.keyCredentials),
    blueprint: record['@odata.type']?.toLowerCase() === '#microsoft.graph.agentidentityblueprint',
    disabledByMicrosoft: record.disabledByMicrosoftStatus ?? '',
    principal: more.principal ?? '',
    ...(more.owners === undefined ? {} : { owners: more.owners }),
  })
}

function keyIds(credentials: readonly { keyId?: string | null }[] | null | undefined): string[] {
  return (credentials ?? []).flatMap(({ keyId }) => (keyId ? [keyId] : []))
}
