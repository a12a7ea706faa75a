import { under } from '../estate.ts'
import { concurrent, invalid, notFound } from '../google-error.ts'
import { etagOf, isRecord } from '../policy.ts'
import type { ApiKey } from '../store.ts'
import { type Call, onProject, page, projectOf, type Route } from './route.ts'

const PATH = 'v2/projects/{project}/locations/global/keys'
const CLIENT_KINDS = [
  'browserKeyRestrictions',
  'serverKeyRestrictions',
  'androidKeyRestrictions',
  'iosKeyRestrictions',
]

/** API Keys v2. There is no way here to the key string itself. */
export const apiKeyRoutes: readonly Route[] = [
  {
    id: 'apikeys.projects.locations.keys.list',
    verb: 'GET',
    path: PATH,
    permissions: ['apikeys.keys.list'],
    resource: onProject,
    run: call => {
      const { items, more } = page(
        call,
        marker => under(call.world.estate.apiKeys, `${projectOf(call).id}/`, marker, call.view),
        { usual: 50, most: 300 },
      )
      return { ...(items.length > 0 ? { keys: items.map(key => shown(call, key)) } : {}), ...more }
    },
  },
  {
    id: 'apikeys.projects.locations.keys.get',
    verb: 'GET',
    path: `${PATH}/{key}`,
    permissions: ['apikeys.keys.get'],
    resource: onProject,
    run: call => shown(call, keyOf(call, call.view)),
  },
  {
    id: 'apikeys.projects.locations.keys.patch',
    verb: 'PATCH',
    path: `${PATH}/{key}`,
    permissions: ['apikeys.keys.update'],
    resource: onProject,
    writes: true,
    run: patch,
  },
  {
    id: 'apikeys.keys.lookupKey',
    verb: 'GET',
    path: 'v2/keys:lookupKey',
    permissions: ['apikeys.keys.lookup'],
    resource: call => {
      const key = lookedUp(call)
      return { key: `projects/${key.project}` }
    },
    run: call => {
      const key = lookedUp(call)
      return { parent: parentOf(call, key), name: nameOf(call, key) }
    },
  },
  {
    id: 'apikeys.operations.get',
    verb: 'GET',
    path: 'v2/operations/{operation}',
    permissions: ['serviceusage.operations.get'],
    resource: call => {
      const answer = call.world.operations.responseOf(`operations/${call.path['operation']}`)
      const name = isRecord(answer) && typeof answer.name === 'string' ? answer.name : ''
      const project = call.world.estate.project(name.split('/')[1] ?? '')
      if (project === undefined) throw notFound(`Operation operations/${call.path['operation']} not found.`)
      return { key: `projects/${project.id}` }
    },
    run: call => {
      const name = `operations/${call.path['operation']}`
      const operation = call.world.operations.poll(name)
      if (operation === undefined) throw notFound(`Operation ${name} not found.`)
      return operation
    },
  },
]

/** Without a mask, every member that the body lacks is reset. */
function patch(call: Call): object {
  const key = keyOf(call)
  const { body, world, now } = call
  const { etag, restrictions, displayName, annotations } = body
  const resource = nameOf(call, key)
  if (etag !== undefined && etag !== etagOf(resource, key)) throw concurrent()
  const mask = call.query.get('updateMask')
  const all = mask === null || mask === '' || mask === '*'
  const fields = new Set(all ? ['displayName', 'restrictions', 'annotations'] : mask.split(','))
  const next: ApiKey = { ...key, updated: new Date(now).toISOString(), revision: key.revision + 1 }
  for (const field of fields) {
    switch (field.trim()) {
      case 'displayName':
      case 'display_name':
        next.displayName = typeof displayName === 'string' ? displayName : ''
        break
      case 'restrictions':
        if (restrictions !== undefined && !isRecord(restrictions))
          throw invalid('Invalid value at restrictions.')
        check(restrictions ?? {})
        delete next.restrictions
        if (restrictions !== undefined && Object.keys(restrictions).length > 0)
          next.restrictions = restrictions
        break
      case 'annotations':
        delete next.annotations
        if (isRecord(annotations)) next.annotations = annotations as { [name: string]: string }
        break
      default:
        throw invalid(`Invalid field in update_mask: ${field}`)
    }
  }
  world.estate.apiKeys.set(`${next.project}/${next.id}`, next)
  return world.operations.begin('operations/akmf.p7-', 'google.api.apikeys.v2.Key', shown(call, next))
}

function check(restrictions: { readonly [kind: string]: unknown }): void {
  if (CLIENT_KINDS.filter(kind => restrictions[kind] !== undefined).length > 1) {
    throw invalid('Only one kind of client restrictions can be set on a key.')
  }
  const { serverKeyRestrictions } = restrictions
  if (serverKeyRestrictions === undefined) return
  const ips = isRecord(serverKeyRestrictions) ? serverKeyRestrictions.allowedIps : undefined
  if (!Array.isArray(ips) || ips.length === 0) throw invalid('serverKeyRestrictions needs allowedIps.')
}

function lookedUp({ world, query }: Call): ApiKey {
  const text = query.get('keyString')
  for (const key of world.estate.apiKeys.values()) if (key.keyString === text) return key
  throw notFound('API key not found.')
}

function keyOf(call: Call, view: Call['view'] = 'now'): ApiKey {
  const key = call.world.estate.apiKeys.get(`${projectOf(call).id}/${call.path['key']}`, view)
  if (key === undefined) throw notFound('Requested entity was not found.')
  return key
}

function parentOf({ world }: Call, { project }: ApiKey): string {
  return `projects/${world.estate.project(project)?.number}/locations/global`
}

function nameOf(call: Call, key: ApiKey): string {
  return `${parentOf(call, key)}/keys/${key.id}`
}

function shown(call: Call, key: ApiKey): object {
  const { uid, displayName, restrictions, serviceAccountEmail, annotations, created, updated } = key
  const name = nameOf(call, key)
  return {
    name,
    uid,
    ...(displayName === '' ? {} : { displayName }),
    createTime: created,
    updateTime: updated,
    ...(restrictions === undefined ? {} : { restrictions }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(serviceAccountEmail === undefined ? {} : { serviceAccountEmail }),
    etag: etagOf(name, key),
  }
}
