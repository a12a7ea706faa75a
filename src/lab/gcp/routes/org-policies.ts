import type { Resource } from '../authorize.ts'
import { GoogleError } from '../google-error.ts'
import { type Call, onProject, type Route } from './route.ts'

/** Organization Policy v2: what is in force, and the constraints that the organization wrote itself. */
export const orgPolicyRoutes: readonly Route[] = [
  effective('projects', onProject),
  effective('folders', call => known(call, `folders/${call.path['resource']}`)),
  effective('organizations', call => known(call, `organizations/${call.path['resource']}`)),
  {
    id: 'orgpolicy.organizations.customConstraints.list',
    verb: 'GET',
    path: 'v2/organizations/{organization}/customConstraints',
    permissions: ['orgpolicy.customConstraints.list'],
    resource: call => known(call, `organizations/${call.path['organization']}`),
    run: call => {
      const { customConstraints, organization } = call.world.estate
      const all = customConstraints.map(({ id, resourceTypes, condition }) => ({
        name: `organizations/${organization.id}/customConstraints/${id}`,
        resourceTypes,
        methodTypes: ['CREATE', 'UPDATE'],
        condition,
        actionType: 'ALLOW',
      }))
      return all.length > 0 ? { customConstraints: all } : {}
    },
  },
]

function effective(kind: string, on: (call: Call) => Resource): Route {
  const variable = kind === 'projects' ? 'project' : 'resource'
  return {
    id: `orgpolicy.${kind}.policies.getEffectivePolicy`,
    verb: 'GET',
    path: `v2/${kind}/{${variable}}/policies/{constraint}:getEffectivePolicy`,
    permissions: ['orgpolicy.policy.get'],
    resource: on,
    run: call => {
      const { key, name = key } = on(call)
      const constraint = call.path['constraint'] ?? ''
      const set = call.world.estate.constraint(key, constraint)
      return { name: `${name}/policies/${constraint}`, spec: { rules: set?.rules ?? usual(constraint) } }
    },
  }
}

/** Google's defaults where nobody set anything. */
function usual(constraint: string): object[] {
  const isBoolean = /^(?:iam\.managed\.|custom\.|iam\.disable|iam\.automatic)/.test(constraint)
  if (isBoolean) return [{ enforce: false }]
  return constraint === 'iam.allowServiceAccountCredentialLifetimeExtension'
    ? [{ denyAll: true }]
    : [{ allowAll: true }]
}

function known({ world }: Call, key: string): Resource {
  const [kind, id = ''] = key.split('/')
  const exists =
    kind === 'folders' ? world.estate.folder(id) !== undefined : world.estate.organization.id === id
  if (!exists) throw new GoogleError('PERMISSION_DENIED', 'The caller does not have permission')
  return { key }
}
