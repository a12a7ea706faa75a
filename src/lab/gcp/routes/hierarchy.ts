import { judge, type Resource } from '../authorize.ts'
import { GoogleError, invalid } from '../google-error.ts'
import type { Folder, Organization, Project } from '../store.ts'
import { policyRoutes } from './policies.ts'
import { type Call, keyed, onProject, page, projectOf, type Route } from './route.ts'

const SIZES = { usual: 100, most: 500 }

/** Resource Manager v3. */
export const hierarchyRoutes: readonly Route[] = [
  {
    id: 'cloudresourcemanager.projects.get',
    verb: 'GET',
    path: 'v3/projects/{project}',
    permissions: ['resourcemanager.projects.get'],
    resource: onProject,
    run: call => projectShown(projectOf(call)),
  },
  {
    id: 'cloudresourcemanager.projects.list',
    verb: 'GET',
    path: 'v3/projects',
    permissions: ['resourcemanager.projects.list'],
    resource: onParent,
    run: call => {
      const parent = onParent(call).key
      const children = call.world.estate.projects.filter(project => project.parent === parent)
      const { items, more } = page(
        call,
        keyed(children, ({ id }) => id),
        SIZES,
      )
      return { ...(items.length > 0 ? { projects: items.map(projectShown) } : {}), ...more }
    },
  },
  {
    id: 'cloudresourcemanager.projects.search',
    verb: 'GET',
    path: 'v3/projects:search',
    permissions: ['resourcemanager.projects.get'],
    run: call => {
      const wanted = projectFilter(call.query.get('query') ?? '')
      const found = call.world.estate.projects.filter(
        project => wanted(project) && sees(call, `projects/${project.id}`, 'resourcemanager.projects.get'),
      )
      const { items, more } = page(
        call,
        keyed(found, ({ id }) => id),
        SIZES,
      )
      return { ...(items.length > 0 ? { projects: items.map(projectShown) } : {}), ...more }
    },
  },
  {
    id: 'cloudresourcemanager.folders.get',
    verb: 'GET',
    path: 'v3/folders/{folder}',
    permissions: ['resourcemanager.folders.get'],
    resource: onFolder,
    run: call => folderShown(folderOf(call)),
  },
  {
    id: 'cloudresourcemanager.folders.list',
    verb: 'GET',
    path: 'v3/folders',
    permissions: ['resourcemanager.folders.list'],
    resource: onParent,
    run: call => {
      const parent = onParent(call).key
      const children = [...call.world.estate.folders].filter(folder => folder.parent === parent)
      const { items, more } = page(
        call,
        keyed(children, ({ id }) => id),
        SIZES,
      )
      return { ...(items.length > 0 ? { folders: items.map(folderShown) } : {}), ...more }
    },
  },
  {
    id: 'cloudresourcemanager.folders.search',
    verb: 'GET',
    path: 'v3/folders:search',
    permissions: ['resourcemanager.folders.get'],
    run: call => {
      const [, parent] = /^parent[=:](\S+)$/.exec(call.query.get('query') ?? '') ?? []
      const found = [...call.world.estate.folders].filter(
        folder =>
          (parent === undefined || folder.parent === parent) &&
          sees(call, `folders/${folder.id}`, 'resourcemanager.folders.get'),
      )
      const { items, more } = page(
        call,
        keyed(found, ({ id }) => id),
        SIZES,
      )
      return { ...(items.length > 0 ? { folders: items.map(folderShown) } : {}), ...more }
    },
  },
  {
    id: 'cloudresourcemanager.organizations.get',
    verb: 'GET',
    path: 'v3/organizations/{organization}',
    permissions: ['resourcemanager.organizations.get'],
    resource: onOrganization,
    run: call => organizationShown(call.world.estate.organization),
  },
  {
    id: 'cloudresourcemanager.organizations.search',
    verb: 'GET',
    path: 'v3/organizations:search',
    permissions: ['resourcemanager.organizations.get'],
    run: call => {
      const { organization } = call.world.estate
      const seen = sees(call, `organizations/${organization.id}`, 'resourcemanager.organizations.get')
      return seen ? { organizations: [organizationShown(organization)] } : {}
    },
  },
  ...policyRoutes({
    id: 'cloudresourcemanager.projects',
    path: 'v3/projects/{project}',
    permission: 'resourcemanager.projects',
    asked: 'body',
    on: onProject,
    key: call => `projects/${projectOf(call).id}`,
  }),
  ...policyRoutes({
    id: 'cloudresourcemanager.folders',
    path: 'v3/folders/{folder}',
    permission: 'resourcemanager.folders',
    asked: 'body',
    on: onFolder,
    key: call => onFolder(call).key,
  }),
  ...policyRoutes({
    id: 'cloudresourcemanager.organizations',
    path: 'v3/organizations/{organization}',
    permission: 'resourcemanager.organizations',
    asked: 'body',
    on: onOrganization,
    key: call => onOrganization(call).key,
  }),
]

function onParent(call: Call): Resource {
  const parent = call.query.get('parent') ?? ''
  const [kind, id = ''] = parent.split('/')
  if (kind === 'folders') return folderResource(call, id)
  if (kind === 'organizations') return organizationResource(call, id)
  throw invalid('parent has to be folders/<number> or organizations/<number>.')
}

function onFolder(call: Call): Resource {
  return folderResource(call, call.path['folder'] ?? '')
}

export function onOrganization(call: Call): Resource {
  return organizationResource(call, call.path['organization'] ?? '')
}

function folderResource({ world }: Call, id: string): Resource {
  if (world.estate.folder(id) === undefined) throw noPermission()
  return { key: `folders/${id}`, type: 'cloudresourcemanager.googleapis.com/Folder' }
}

function organizationResource({ world }: Call, id: string): Resource {
  if (world.estate.organization.id !== id) throw noPermission()
  return { key: `organizations/${id}`, type: 'cloudresourcemanager.googleapis.com/Organization' }
}

function noPermission(): GoogleError {
  return new GoogleError('PERMISSION_DENIED', 'The caller does not have permission')
}

function folderOf({ world, path }: Call): Folder {
  const folder = world.estate.folder(path['folder'] ?? '')
  if (folder === undefined) throw noPermission()
  return folder
}

function sees({ world, caller, enforced, now }: Call, key: string, permission: string): boolean {
  if (caller === undefined) return false
  const verdict = judge(world.estate, {
    principal: caller,
    permission,
    resource: { key },
    view: enforced,
    now,
  })
  return verdict === 'granted'
}

/** A project that matches any of the fields is found (REST reference of projects.search); none: all. */
function projectFilter(query: string): (project: Project) => boolean {
  const fields = query
    .split(/\s+(?:AND\s+|OR\s+)?/)
    .filter(term => term !== '')
    .map(term => /^([A-Za-z.]+(?:[\w-]*))[:=](.+)$/.exec(term) ?? [])
  if (fields.some(([, name]) => name === undefined)) throw invalid(`Invalid query: ${query}`)
  return project =>
    fields.length === 0 ||
    fields.some(([, name = '', value = '']) => {
      const own = fieldOf(project, name)
      const text = value.replace(/^"(.*)"$/, '$1')
      if (own === undefined) return false
      return text.endsWith('*') ? own.startsWith(text.slice(0, -1)) : own.toLowerCase() === text.toLowerCase()
    })
}

function fieldOf(project: Project, name: string): string | undefined {
  if (name.startsWith('labels.')) return project.labels[name.slice('labels.'.length)]
  switch (name) {
    case 'id':
    case 'projectId':
      return project.id
    case 'parent':
      return project.parent
    case 'displayName':
    case 'name':
      return project.displayName
    case 'state':
      return 'ACTIVE'
    default:
      throw invalid(`Invalid query field: ${name}`)
  }
}

function projectShown({ id, number, parent, displayName, labels, created }: Project): object {
  return {
    name: `projects/${number}`,
    parent,
    projectId: id,
    state: 'ACTIVE',
    displayName,
    createTime: created,
    updateTime: created,
    etag: `W/"${Buffer.from(number).toString('base64')}"`,
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
  }
}

function folderShown({ id, parent, displayName, created }: Folder): object {
  return {
    name: `folders/${id}`,
    parent,
    displayName,
    state: 'ACTIVE',
    createTime: created,
    updateTime: created,
  }
}

function organizationShown({ id, displayName, customerId, created }: Organization): object {
  return {
    name: `organizations/${id}`,
    displayName,
    directoryCustomerId: customerId,
    state: 'ACTIVE',
    createTime: created,
    updateTime: created,
  }
}
