import { Fault } from '../../../model/fault.ts'
import type { Json } from '../../../model/json.ts'
import { Answers, perClient } from '../../kit/session/per-client.ts'
import type { GcpClient } from '../client.ts'
import { type PolicyResource, policyCall } from '../policies/resource.ts'

const rightsOf = perClient((_: GcpClient) => new Answers<boolean>())

/**
 * Why we could not put something back, by what the cloud says that we ourselves may do. `testIamPermissions` speaks
 * about the caller and nobody else (Resource Manager API reference, "projects.testIamPermissions").
 */
export async function lacks(
  client: GcpClient,
  resource: PolicyResource,
  permission: string,
): Promise<string | undefined> {
  const ask = () => may(client, resource, permission)
  return (await rightsOf(client).once(`${permission} ${resource}`, ask))
    ? undefined
    : `we lack ${permission} on ${resource}`
}

/**
 * Throws the Fault `unsupported` where a reading has `unknownDomains`: members or resources of which nobody can tell whether
 * organization policies let them be granted again. The plan then warns.
 */
export function checkDoubts(seen: Json | undefined, where: string): void {
  if (typeof seen !== 'object' || seen === null || Array.isArray(seen)) return
  const { unknownDomains } = seen
  if (!Array.isArray(unknownDomains) || unknownDomains.length === 0) return
  throw new Fault(
    'unsupported',
    `whether organization policies let this be granted again is unknown (iam.allowedPolicyMemberDomains, iam.managed.allowedPolicyMembers, custom constraints on allow policies): ${unknownDomains.map(String).join(', ')}`,
    { where },
  )
}

/** Throws the Fault where the cloud cannot tell: the plan then warns, with the reason. */
async function may(client: GcpClient, resource: PolicyResource, permission: string): Promise<boolean> {
  const { permissions = [] } = await client.call<{ permissions?: string[] }>(
    policyCall(resource, 'testIamPermissions', { permissions: [permission] }),
  )
  return permissions.includes(permission)
}
