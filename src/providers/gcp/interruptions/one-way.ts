import { Fault } from '../../../model/fault.ts'
import type { GcpClient } from '../client.ts'
import { type PolicyResource, policyCall } from '../policies/resource.ts'

/**
 * Why we could not put something back, by what the cloud says that we ourselves may do. `testIamPermissions` speaks
 * about the caller and nobody else (Resource Manager API reference, "projects.testIamPermissions").
 */
export async function lacks(
  client: GcpClient,
  resource: PolicyResource,
  permission: string,
): Promise<string | undefined> {
  const key = `may ${permission} ${resource}`
  const known = client.shared.get(key)
  const asked = known instanceof Promise ? (known as Promise<boolean>) : may(client, resource, permission)
  client.shared.set(key, asked)
  return (await asked) ? undefined : `we lack ${permission} on ${resource}`
}

/** True also where the cloud cannot tell. */
async function may(client: GcpClient, resource: PolicyResource, permission: string): Promise<boolean> {
  try {
    const { permissions = [] } = await client.call<{ permissions?: string[] }>(
      policyCall(resource, 'testIamPermissions', { permissions: [permission] }),
    )
    return permissions.includes(permission)
  } catch (error) {
    if (error instanceof Fault && error.code !== 'bug' && error.code !== 'interrupted') return true
    throw error
  }
}
