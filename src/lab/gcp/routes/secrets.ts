import type { Resource } from '../authorize.ts'
import { resourceKeys } from '../estate.ts'
import { invalid, notFound } from '../google-error.ts'
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
      const { name, value, version: latest = 1 } = secretOf(call)
      const { version } = call.path
      // Only the latest is kept.
      if ((version !== 'latest' && version !== String(latest)) || value === '') {
        throw notFound('Secret Version not found.')
      }
      const data = Buffer.from(value, 'utf8').toString('base64')
      return {
        name: `projects/${projectOf(call).number}/secrets/${name}/versions/${latest}`,
        payload: { data },
      }
    },
  },
  {
    id: 'secretmanager.projects.secrets.get',
    verb: 'GET',
    path: PATH,
    permissions: ['secretmanager.secrets.get'],
    resource: onSecret,
    run: call => {
      const { name } = secretOf(call)
      return { name: `projects/${projectOf(call).number}/secrets/${name}`, replication: { automatic: {} } }
    },
  },
  {
    id: 'secretmanager.projects.secrets.addVersion',
    verb: 'POST',
    path: `${PATH}:addVersion`,
    permissions: ['secretmanager.versions.add'],
    resource: onSecret,
    writes: true,
    run: call => {
      const secret = secretOf(call)
      const { payload } = call.body as { payload?: { data?: unknown } }
      if (typeof payload?.data !== 'string' || payload.data === '') throw invalid('Payload is required.')
      const value = Buffer.from(payload.data, 'base64').toString('utf8')
      const version = (secret.version ?? (secret.value === '' ? 0 : 1)) + 1
      call.world.estate.secrets.set(`${secret.project}/${secret.name}`, { ...secret, value, version })
      return {
        name: `projects/${projectOf(call).number}/secrets/${secret.name}/versions/${version}`,
        createTime: new Date(call.now).toISOString(),
        state: 'ENABLED',
      }
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
