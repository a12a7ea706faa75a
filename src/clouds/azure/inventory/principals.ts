import type { Facts, Identity } from '../../../model/identity.ts'
import type { Asked } from './directory-lookups.ts'
import { common, identity, tagsOf } from './facts.ts'
import { isFirstParty } from './first-party.ts'
import type { Grants } from './grants.ts'
import type { ApplicationRecord, PrincipalRecord } from './records.ts'

const TYPES: { readonly [type: string]: string } = {
  application: 'application',
  managedidentity: 'managed-identity',
  legacy: 'legacy',
}

const AGENTS: { readonly [type: string]: string } = {
  '#microsoft.graph.agentidentity': 'agent-identity',
  '#microsoft.graph.agentidentityblueprintprincipal': 'agent-blueprint',
}

/** Facts of a principal from listings that answer for all of them. */
export interface Surroundings {
  grants: Grants
  /** By app id, in lower case. */
  lastUsed: ReadonlyMap<string, string>
  /** Object ids of the applications of this tenant, by app id in lower case; undefined: not to be seen. */
  applications: ReadonlyMap<string, string> | undefined
  /** The resources that run as a managed identity, by resource id in lower case; undefined: not looked at. */
  usedBy: ReadonlyMap<string, string[]> | undefined
}

/** `managed-identity` or `service-principal`: no principal is listed as both. */
export function kindOf(type: string | null | undefined): 'managed-identity' | 'service-principal' {
  return type?.toLowerCase() === 'managedidentity' ? 'managed-identity' : 'service-principal'
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
    ...(around.applications === undefined
      ? {}
      : { application: around.applications.get(appId.toLowerCase()) ?? '' }),
    signInAudience: record.signInAudience ?? '',
    disabledByMicrosoft: record.disabledByMicrosoftStatus ?? '',
    ...blueprintOf(record, type, agent?.blueprint),
  })
}

/** The blueprint of an agent; nothing of an agent whose own type could not be read, and empty for what is not one. */
function blueprintOf(
  { agentIdentityBlueprintId }: PrincipalRecord,
  type: string,
  asked: string | undefined,
): Facts {
  const known = agentIdentityBlueprintId ?? asked
  if (known === undefined && type === 'agent-identity') return {}
  return { blueprint: known ?? '' }
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
    ...(more.principal === undefined ? {} : { principal: more.principal }),
    ...(more.owners === undefined ? {} : { owners: more.owners }),
  })
}

function keyIds(credentials: readonly { keyId?: string | null }[] | null | undefined): string[] {
  return (credentials ?? []).flatMap(({ keyId }) => (keyId ? [keyId] : []))
}
