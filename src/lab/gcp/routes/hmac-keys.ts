import { under } from '../estate.ts'
import { StorageError } from '../google-error.ts'
import { etagOf } from '../policy.ts'
import type { HmacKey } from '../store.ts'
import { type Call, onProject, page, projectOf, type Route } from './route.ts'

const PATH = 'storage/v1/projects/{project}/hmacKeys'

/** Cloud Storage JSON API, projects.hmacKeys. */
export const hmacKeyRoutes: readonly Route[] = [
  {
    id: 'storage.projects.hmacKeys.list',
    verb: 'GET',
    path: PATH,
    permissions: ['storage.hmacKeys.list'],
    resource: onProject,
    run: call => {
      const email = call.query.get('serviceAccountEmail')
      const deleted = call.query.get('showDeletedKeys') === 'true'
      const from = function* (marker: string | undefined) {
        const { hmacKeys } = call.world.estate
        for (const entry of under(hmacKeys, `${projectOf(call).id}/`, marker, call.view)) {
          const [, key] = entry
          if ((email === null || key.email === email) && (deleted || key.state !== 'DELETED')) yield entry
        }
      }
      const { items, more } = page(call, from, { usual: 250, most: 250, name: 'maxResults' })
      return {
        kind: 'storage#hmacKeysMetadata',
        ...(items.length > 0 ? { items: items.map(key => shown(key)) } : {}),
        ...more,
      }
    },
  },
  {
    id: 'storage.projects.hmacKeys.get',
    verb: 'GET',
    path: `${PATH}/{key}`,
    permissions: ['storage.hmacKeys.get'],
    resource: onProject,
    run: call => shown(keyOf(call, call.view)),
  },
  {
    id: 'storage.projects.hmacKeys.update',
    verb: 'PUT',
    path: `${PATH}/{key}`,
    permissions: ['storage.hmacKeys.update'],
    resource: onProject,
    writes: true,
    run: call => {
      const key = keyOf(call)
      const { state, etag } = call.body
      if (state !== 'ACTIVE' && state !== 'INACTIVE') {
        throw new StorageError(400, 'invalid', 'Invalid state: ACTIVE or INACTIVE is needed.')
      }
      if (etag !== undefined && etag !== etagOf(key.accessId, key)) {
        throw new StorageError(
          412,
          'conditionNotMet',
          'At least one of the pre-conditions you specified did not hold.',
        )
      }
      if (key.state === 'DELETED')
        throw new StorageError(400, 'invalid', 'A deleted HMAC key cannot be updated.')
      const next = {
        ...key,
        state,
        updated: new Date(call.now).toISOString(),
        revision: key.revision + 1,
      } as const
      call.world.estate.hmacKeys.set(`${key.project}/${key.accessId}`, next)
      return shown(next)
    },
  },
]

function keyOf(call: Call, view: Call['view'] = 'now'): HmacKey {
  const key = call.world.estate.hmacKeys.get(`${projectOf(call).id}/${call.path['key']}`, view)
  if (key === undefined) throw new StorageError(404, 'notFound', 'Access ID not found in project.')
  return key
}

function shown(key: HmacKey): object {
  const { project, accessId, email, state, created, updated } = key
  return {
    kind: 'storage#hmacKeyMetadata',
    id: `${project}/${accessId}`,
    selfLink: `https://www.googleapis.com/storage/v1/projects/${project}/hmacKeys/${accessId}`,
    accessId,
    projectId: project,
    serviceAccountEmail: email,
    state,
    timeCreated: created,
    updated,
    etag: etagOf(accessId, key),
  }
}
