import type { Json } from '../../../model/json.ts'
import type { AzureClient } from '../client.ts'
import { armRead } from '../http/read-requests.ts'
import type { RoleAssignmentRecord, RoleAssignmentRow } from './records.ts'
import { resourceGraph } from './resource-graph.ts'

const AUTHORIZATION = "authorizationresources | where type =~ 'microsoft.authorization"

/** The selected members of each: all of them, for a large tenant, is most of a listing's bytes. */
const ASSIGNMENT = ['principalId', 'principalType', 'roleDefinitionId', 'scope', 'condition'].map(
  name => `${name} = tostring(properties.${name})`,
)

/** Names of roles, by the last part of their ids. A query that leaves out `id` is not paged. */
export function roleDefinitions(
  client: AzureClient,
): AsyncGenerator<{ name: string; roleName?: string | null }> {
  return resourceGraph(
    client,
    `${AUTHORIZATION}/roledefinitions' | project id, name, roleName = tostring(properties.roleName)`,
  )
}

/**
 * Names of the roles whose permissions name Azure's authorization or everything, with these: few of hundreds. One of Azure's
 * own that only reads or that excludes authorization is among them.
 */
export function authorizingRoles(client: AzureClient): AsyncGenerator<{ name: string; permissions: Json }> {
  const named = `tostring(properties.permissions) contains 'Microsoft.Authorization' or tostring(properties.permissions) contains '"*"'`
  return resourceGraph(
    client,
    `${AUTHORIZATION}/roledefinitions' | where ${named} | project id, name, permissions = properties.permissions`,
  )
}

/** Those of all subscriptions, and those above them that Azure shows in one; some come twice. */
export async function* roleAssignments(client: AzureClient): AsyncGenerator<RoleAssignmentRow> {
  yield* resourceGraph<RoleAssignmentRow>(
    client,
    `${AUTHORIZATION}/roleassignments' | project id, ${ASSIGNMENT.join(', ')}`,
  )
  // An owner of everything is assigned at the root, which a query over subscriptions does not reach.
  const [first] = client.subscriptions
  if (first !== undefined) yield* assignmentsAt(client, first.id)
}

/** Those of some principals and groups, and all at and above the first subscription; some come twice. */
export async function* roleAssignmentsOf(
  client: AzureClient,
  ids: readonly string[],
): AsyncGenerator<RoleAssignmentRow> {
  const named = `tostring(properties.principalId) in~ (${ids.map(literal).join(', ')})`
  yield* resourceGraph<RoleAssignmentRow>(
    client,
    `${AUTHORIZATION}/roleassignments' | where ${named} | project id, ${ASSIGNMENT.join(', ')}`,
  )
  const [first] = client.subscriptions
  if (first !== undefined) yield* assignmentsAt(client, first.id)
}

/** Roles by the last part of their ids, with what they permit. */
export function rolesNamed(
  client: AzureClient,
  names: readonly string[],
): AsyncGenerator<{ name: string; roleName?: string | null; permissions: Json }> {
  return resourceGraph(
    client,
    `${AUTHORIZATION}/roledefinitions' | where name in~ (${names.map(literal).join(', ')}) | project id, name, roleName = tostring(properties.roleName), permissions = properties.permissions`,
  )
}

/** A GUID in a query; anything else names nothing. */
function literal(id: string): string {
  return `'${id.replace(/[^0-9a-zA-Z-]/g, '')}'`
}

/** Those at a subscription and above it, as Azure's authorization shows them. */
export async function* assignmentsAt(
  client: AzureClient,
  subscription: string,
): AsyncGenerator<RoleAssignmentRow> {
  const call = armRead(
    `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleAssignments`,
    '2022-04-01',
    'Microsoft.Authorization/roleAssignments/read',
  )
  const above = client.pages<RoleAssignmentRecord>({
    ...call,
    query: { ...call.query, $filter: 'atScope()' },
  })
  for await (const { id, properties } of above) {
    const { principalId = '', principalType, roleDefinitionId = '', scope = '', condition } = properties
    yield {
      id,
      principalId,
      principalType: principalType ?? '',
      roleDefinitionId,
      scope,
      condition: condition ?? '',
    }
  }
}
