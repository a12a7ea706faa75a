import { Fault, unlessBug } from '../../../model/fault.ts'
import type { Connected } from '../../../model/provider.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import type { Scope } from '../scope.ts'
import { type Unread, unreadable } from './grants.ts'

/** As Resource Manager v3 has it. */
export interface Project {
  /** `projects/<number>` */
  name: string
  projectId: string
  /** `folders/<number>` or `organizations/<number>`; a project may stand alone. */
  parent?: string
  displayName?: string
  state?: string
  labels?: { [name: string]: string }
}

type Unreached = Connected['unreached']

const PAGE = '500'

/** The projects of a scope, each once. An unreachable one is noted. */
export async function projectsOf(
  client: GcpClient,
  scope: Scope,
  own: string | undefined,
  unreached: Unreached,
): Promise<Project[]> {
  const { projects, labels, folders = [], organization } = scope
  const note = (account: string) => (error: unknown) => {
    const fault = unlessBug(error)
    unreached.push({ account, fault: fault.record() })
    return []
  }
  const below = folders.map(each => `folders/${each}`)
  const everything = !projects && below.length === 0
  if (organization !== undefined && everything) below.push(`organizations/${organization}`)
  const named = projects ?? (labels || below.length > 0 ? [] : ['self'])
  const found = await Promise.all([
    ...named.map(async each => {
      if (each === 'self' && own === undefined) {
        unreached.push({ account: 'self', fault: NO_PROJECT.record() })
        return []
      }
      const id = each === 'self' ? (own ?? '') : each
      return await getProject(client, id).then(project => [project], note(id))
    }),
    ...below.map(async parent => {
      const all = await projectsBelow(client, parent, note)
      return labels ? all.filter(project => hasLabels(project, labels)) : all
    }),
    ...(labels && below.length === 0
      ? [search(client, labels).catch(note(`labels ${Object.keys(labels).join(', ')}`))]
      : []),
  ])
  const unique = new Map<string, Project>()
  for (const project of found.flat()) if (isActive(project)) unique.set(project.name, project)
  return [...unique.values()].sort((a, b) => (a.projectId < b.projectId ? -1 : 1))
}

const NO_PROJECT = new Fault('usage', 'the credentials and the environment name no project', {
  where: 'scope.gcp.projects',
  next: 'name projects in the scope, or set GOOGLE_CLOUD_PROJECT',
})

function isActive({ state }: Project): boolean {
  return state === undefined || state === 'ACTIVE'
}

async function getProject(client: GcpClient, id: string): Promise<Project> {
  const project = await client.call<Project>(
    gcpCall('GET', 'cloudresourcemanager.projects.get', `/v3/projects/${encodeURIComponent(id)}`),
  )
  if (isActive(project)) return project
  throw new Fault('gone', `project ${id} is being deleted`, { where: 'scope.gcp.projects' })
}

/** Consistent, unlike a search: a project that was made this minute is there (Resource Manager v3, `projects.list`). */
async function projectsBelow(
  client: GcpClient,
  parent: string,
  note: (account: string) => (error: unknown) => never[],
): Promise<Project[]> {
  const here = collect<Project>(client, 'projects', { parent }).catch(note(parent))
  const folders = await collect<{ name: string; state?: string }>(client, 'folders', { parent }).catch(
    note(`${parent}/folders`),
  )
  const deeper = folders
    .filter(({ state }) => state === undefined || state === 'ACTIVE')
    .map(({ name }) => projectsBelow(client, name, note))
  return (await Promise.all([here, ...deeper])).flat()
}

async function collect<Item>(
  client: GcpClient,
  collection: 'projects' | 'folders',
  query: { parent: string },
): Promise<Item[]> {
  const pages = client.pages<Item>(
    gcpCall('GET', `cloudresourcemanager.${collection}.list`, `/v3/${collection}`, {
      query: { ...query, pageSize: PAGE },
    }),
  )
  return await Array.fromAsync(pages)
}

/** Several conditions of a search are joined by OR (Resource Manager v3, `projects.search`): asked for one, checked for all. */
async function search(client: GcpClient, labels: { [name: string]: string }): Promise<Project[]> {
  const [[name, value] = ['', '']] = Object.entries(labels)
  const pages = client.pages<Project>(
    gcpCall('GET', 'cloudresourcemanager.projects.search', '/v3/projects:search', {
      query: { query: `labels.${name}:${value || '*'}`, pageSize: PAGE },
    }),
  )
  return (await Array.fromAsync(pages)).filter(each => hasLabels(each, labels))
}

function hasLabels({ labels = {} }: Project, wanted: { [name: string]: string }): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => Object.hasOwn(labels, name) && labels[name] === value,
  )
}

/** Folders and organization above a project. */
export interface Above {
  /** Folders and the organization that may be read, nearest first. */
  ancestors: readonly string[]
  /** The one that may not be read, below which the others are: what is above it is not known. */
  hidden: readonly Unread[]
}

/** Folders and organizations above projects, as far as they may be read; every folder is asked for once. */
export class Ancestry {
  readonly #client: GcpClient
  readonly #known = new Map<string, Promise<Above>>()

  constructor(client: GcpClient) {
    this.#client = client
  }

  above({ parent }: { parent?: string }): Promise<Above> {
    if (parent === undefined || !/^(folders|organizations)\/\d+$/.test(parent)) {
      return Promise.resolve({ ancestors: [], hidden: [] })
    }
    const known = this.#known.get(parent) ?? this.#look(parent)
    this.#known.set(parent, known)
    return known
  }

  async #look(name: string): Promise<Above> {
    const [collection = ''] = name.split('/')
    try {
      const found = await this.#client.call<{ parent?: string }>(
        gcpCall('GET', `cloudresourcemanager.${collection}.get`, `/v3/${name}`),
      )
      if (collection !== 'folders') return { ancestors: [name], hidden: [] }
      const { ancestors, hidden } = await this.above(found)
      return { ancestors: [name, ...ancestors], hidden }
    } catch (error) {
      return { ancestors: [], hidden: [{ resource: name, because: unreadable(error).message }] }
    }
  }
}
