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

/** Throws the Fault where the cloud cannot tell: the plan then warns, with the reason. */
async function may(client: GcpClient, resource: PolicyResource, permission: string): Promise<boolean> {
  const { permissions = [] } = await client.call<{ permissions?: string[] }>(
    policyCall(resource, 'testIamPermissions', { permissions: [permission] }),
  )
  return permissions.includes(permission)
}
