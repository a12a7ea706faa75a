import { Fault } from '../../../model/fault.ts'
import type { GcpCall } from '../client.ts'
import { gcpCall } from '../http/call.ts'

/**
 * A resource whose allow policy we edit, by its relative name: `projects/acme-prod`, `folders/12`, `organizations/34`,
 * `projects/acme-prod/serviceAccounts/1234` (its unique id or its address).
 */
export type PolicyResource = string

export type ResourceType = 'project' | 'folder' | 'organization' | 'service-account'

const TYPES: [RegExp, ResourceType][] = [
  [/^projects\/[^/]+$/, 'project'],
  [/^folders\/[^/]+$/, 'folder'],
  [/^organizations\/[^/]+$/, 'organization'],
  [/^projects\/[^/]+\/serviceAccounts\/[^/]+$/, 'service-account'],
]

/** `undefined` for a resource whose policy is not ours to edit. */
export function typeOf(resource: PolicyResource): ResourceType | undefined {
  return TYPES.find(([pattern]) => pattern.test(resource))?.[1]
}

const COLLECTIONS: { [type in Exclude<ResourceType, 'service-account'>]: string } = {
  project: 'projects',
  folder: 'folders',
  organization: 'organizations',
}

/** How one method of a resource's policy is called; version 3 is asked for, or conditions would not be shown. */
export function policyCall(
  resource: PolicyResource,
  method: 'getIamPolicy' | 'setIamPolicy' | 'testIamPermissions',
  body: NonNullable<GcpCall['body']> = {},
): GcpCall {
  const type = typeOf(resource)
  if (type === undefined) throw new Fault('bug', `no policy of ours to edit: ${resource}`)
  if (type === 'service-account') {
    return {
      service: 'iam',
      operation: `iam.projects.serviceAccounts.${method}`,
      method: 'POST',
      path: `/v1/${resource}:${method}`,
      // As a parameter here, in the body at the Resource Manager (discovery documents of both).
      ...(method === 'getIamPolicy' ? { query: { 'options.requestedPolicyVersion': '3' } } : { body }),
    }
  }
  return gcpCall('POST', `cloudresourcemanager.${COLLECTIONS[type]}.${method}`, `/v3/${resource}:${method}`, {
    body: method === 'getIamPolicy' ? { options: { requestedPolicyVersion: 3 } } : body,
  })
}

/** The permission that a method of a resource's policy needs. */
export function policyPermission(type: ResourceType, method: 'getIamPolicy' | 'setIamPolicy'): string {
  if (type === 'service-account') return `iam.serviceAccounts.${method}`
  return `resourcemanager.${COLLECTIONS[type]}.${method}`
}
