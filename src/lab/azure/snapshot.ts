import type { Plain } from '../cloud.ts'
import type { AzureEstate, DirectoryAssignment, Resource, RoleAssignment } from './store.ts'

/**
 * The whole estate for comparing before with after, by kind and by what tells the records apart. Left out is what the
 * services make anew with each record that is put back: ids of app-role assignments, directory role assignments and
 * federated credentials of applications, and when and by whom something was made or changed. Nothing said means the same
 * as no for a deactivation, and as yes for shared keys: neither service takes the null back that it showed.
 */
export function snapshotOf(estate: AzureEstate): Plain {
  const { applications, servicePrincipals, groups, identities, resources } = estate
  return canonical({
    applications: by(
      applications,
      ({ id }) => id,
      each => ({ ...each, ...withCredentials(each), isDisabled: each.isDisabled === true }),
    ),
    servicePrincipals: by(
      servicePrincipals,
      ({ id }) => id,
      each => ({ ...each, ...withCredentials(each), isDisabled: each.isDisabled === true }),
    ),
    federatedCredentials: by(
      estate.federatedCredentials,
      ({ application, name }) => `${application}/${name}`,
      ({ id: _, ...rest }) => rest,
    ),
    groups: by(
      groups,
      ({ id }) => id,
      each => ({ ...each, members: each.members.toSorted() }),
    ),
    appRoleAssignments: estate.appRoleAssignments
      .map(({ principalId, resourceId, appRoleId }) => `${principalId} ${resourceId} ${appRoleId}`)
      .toSorted(),
    grants: by(
      estate.grants,
      ({ clientId, resourceId, principalId }) => `${clientId} ${resourceId} ${principalId ?? ''}`,
      ({ id: _, scope, ...rest }) => ({ ...rest, scope: scope.split(' ').toSorted() }),
    ),
    directoryAssignments: by(
      estate.directoryAssignments,
      ({ principalId, roleDefinitionId, directoryScopeId }) =>
        `${principalId} ${roleDefinitionId} ${directoryScopeId}`,
      ({ id: _, ...rest }: DirectoryAssignment) => rest,
    ),
    conditionalAccess: by(
      estate.conditionalAccess,
      ({ displayName }) => displayName,
      ({ id: _, createdDateTime: __, modifiedDateTime: ___, ...rest }) => rest,
    ),
    roleAssignments: by(estate.roleAssignments, ({ name }) => name, withoutHistory),
    denyAssignments: by(
      estate.denyAssignments,
      ({ name }) => name,
      each => each,
    ),
    identities: by(
      identities,
      ({ id }) => id.toLowerCase(),
      each => ({
        ...each,
        federatedCredentials: by(
          each.federatedCredentials,
          ({ name }) => name,
          credential => credential,
        ),
      }),
    ),
    resources: by(
      resources,
      ({ id }) => id.toLowerCase(),
      ({ identity, properties, ...each }) => ({
        ...each,
        properties: allowing(properties),
        identity: identity && {
          ...identity,
          userAssignedIdentities: identity.userAssignedIdentities.map(id => id.toLowerCase()).toSorted(),
        },
      }),
    ),
  })
}

function withCredentials({
  keyCredentials,
  passwordCredentials,
  owners,
}: {
  keyCredentials: { keyId: string }[]
  passwordCredentials: { keyId: string }[]
  owners: string[]
}) {
  return {
    keyCredentials: by(
      keyCredentials,
      ({ keyId }) => keyId,
      each => each,
    ),
    passwordCredentials: by(
      passwordCredentials,
      ({ keyId }) => keyId,
      each => each,
    ),
    owners: owners.toSorted(),
  }
}

/** Shared keys are allowed where nobody said anything. */
function allowing(properties: Resource['properties']): Resource['properties'] {
  if (properties['allowSharedKeyAccess'] !== null) return properties
  return { ...properties, allowSharedKeyAccess: true }
}

function withoutHistory(assignment: RoleAssignment): unknown {
  const { createdOn: _, createdBy: __, updatedOn: ___, updatedBy: ____, ...rest } = assignment
  return rest
}

function by<T>(
  records: readonly T[],
  key: (record: T) => string,
  shown: (record: T) => unknown,
): { [key: string]: unknown } {
  return Object.fromEntries(records.map(record => [key(record), shown(record)]))
}

function canonical(value: unknown): Plain {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined)
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return Object.fromEntries(entries.map(([name, member]) => [name, canonical(member)]))
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return null
}
