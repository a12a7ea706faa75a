import { Fault } from '../../../model/fault.ts'
import type { Json } from '../../../model/json.ts'
import { isFault } from '../../kit/http/faults.ts'
import { Gathering } from '../../kit/session/gathering.ts'
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

/** Questions of several changes about one resource, which are one question if they are asked in one turn. */
const questionsOf = perClient(
  (client: GcpClient) =>
    new Gathering<string, boolean>(async (resource, asked) => {
      const permissions = [...new Set(asked)].sort()
      const held = await heldOn(client, resource, permissions).catch(async (error: unknown) => {
        // A permission that is not for this type of resource makes the whole request invalid.
        if (permissions.length === 1 || !isFault(error, 'rejected')) throw error
        return undefined
      })
      if (held) return asked.map(each => ({ status: 'fulfilled', value: held.includes(each) }))
      return await Promise.allSettled(
        asked.map(async each => (await heldOn(client, resource, [each])).includes(each)),
      )
    }),
)

/** Throws the Fault where the cloud cannot tell: the plan then warns, with the reason. */
async function may(client: GcpClient, resource: PolicyResource, permission: string): Promise<boolean> {
  return await questionsOf(client).add(resource, permission)
}

async function heldOn(
  client: GcpClient,
  resource: PolicyResource,
  asked: readonly string[],
): Promise<readonly string[]> {
  const { permissions = [] } = await client.call<{ permissions?: string[] }>(
    policyCall(resource, 'testIamPermissions', { permissions: [...asked] }),
  )
  return permissions
}
