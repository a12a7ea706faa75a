import type { Resource } from '../authorize.ts'
import { resourceKeys } from '../estate.ts'
import { notFound } from '../google-error.ts'
import type { Secret } from '../store.ts'
import { policyRoutes } from './policies.ts'
import { type Call, onProject, projectOf, type Route } from './route.ts'

const PATH = 'v1/projects/{project}/secrets/{secret}'

/** Secret Manager v1: what the actors are after. */
export const secretRoutes: readonly Route[] = [
  {
    id: 'secretmanager.projects.secrets.versions.access',
    verb: 'GET',
    path: `${PATH}/versions/{version}:access`,
    permissions: ['secretmanager.versions.access'],
    resource: call => {
      const resource = onSecret(call)
      const name = `${resource.name}/versions/${call.path['version']}`
      return { ...resource, name, type: 'secretmanager.googleapis.com/SecretVersion' }
    },
    run: call => {
      const { name, value } = secretOf(call)
      const { version } = call.path
      if (version !== 'latest' && version !== '1') throw notFound('Secret Version not found.')
      const data = Buffer.from(value, 'utf8').toString('base64')
      return { name: `projects/${projectOf(call).number}/secrets/${name}/versions/1`, payload: { data } }
    },
  },
  ...policyRoutes({
    id: 'secretmanager.projects.secrets',
    path: PATH,
    permission: 'secretmanager.secrets',
    asked: 'query',
    reads: 'GET',
    on: onSecret,
    key: call => resourceKeys.secret(projectOf(call).id, secretOf(call).name),
  }),
]

function onSecret(call: Call): Resource {
  const { id, number } = projectOf(call)
  const name = call.path['secret'] ?? ''
  if (!call.world.estate.secrets.has(`${id}/${name}`)) return onProject(call)
  return {
    key: resourceKeys.secret(id, name),
    name: `projects/${number}/secrets/${name}`,
    service: 'secretmanager.googleapis.com',
    type: 'secretmanager.googleapis.com/Secret',
  }
}

function secretOf(call: Call): Secret {
  const { id, number } = projectOf(call)
  const secret = call.world.estate.secrets.get(`${id}/${call.path['secret']}`)
  if (secret === undefined)
    throw notFound(`Secret [projects/${number}/secrets/${call.path['secret']}] not found.`)
  return secret
}
