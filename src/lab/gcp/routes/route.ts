import type { View } from '../../propagation.ts'
import type { Resource } from '../authorize.ts'
import { GoogleError, invalid, notFound } from '../google-error.ts'
import type { Principal } from '../principal.ts'
import type { Project, ServiceAccount } from '../store.ts'
import type { World } from '../world.ts'

/** The input of a route. */
export interface Call {
  world: World
  /** Parts of the path, decoded, by their names in the pattern. */
  path: { readonly [name: string]: string }
  query: URLSearchParams
  /** The JSON body; empty when there is none. */
  body: { readonly [member: string]: unknown }
  /** Of a form. */
  form: URLSearchParams
  /** undefined only where a route with `open` was called. */
  caller: Principal | undefined
  /** Whose quota it is: the header's project, else the caller's; a number. */
  quotaProject: string
  /** How this read sees the estate: stale when a fault says so. */
  view: View
  /** How the data plane sees it. */
  enforced: View
  now: number
}

export interface Route {
  /** The id of the method in Google's discovery documents, e.g. `iam.projects.serviceAccounts.disable`. */
  id: string
  verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path with names in braces, e.g. `v1/projects/{project}/serviceAccounts/{account}:disable`. */
  path: string
  /** All that it may ask of the caller. */
  permissions: readonly string[]
  /** Those of `permissions` that this call asks, where not every call asks all. */
  asks?: (call: Call) => readonly string[]
  /** The resource that the permissions are checked on. Missing: the route asks for itself, for each thing that it finds. */
  resource?: (call: Call) => Resource
  run: (call: Call) => object | undefined
  /** It changes the estate. */
  writes?: true
  /** Its name in the Admin Activity log, and the fields of its answer that are recorded there. */
  logged?: { method: string; fields: { readonly [field: string]: string } }
  /** Every caller may call it, also without a token. */
  open?: true
}

/** The project of the path. A missing one is refused as one that is not the caller's. */
export function projectOf({ world, path }: Call, name = path['project'] ?? ''): Project {
  const project = world.estate.project(name)
  if (project === undefined) {
    throw new GoogleError('PERMISSION_DENIED', 'The caller does not have permission')
  }
  return project
}

export function onProject(call: Call): Resource {
  const { id, number } = projectOf(call)
  return {
    key: `projects/${id}`,
    name: `projects/${number}`,
    service: 'cloudresourcemanager.googleapis.com',
    type: 'cloudresourcemanager.googleapis.com/Project',
  }
}

/**
 * The account of the path, where the permission is asked: on itself, or, when there is none, on its project. With the
 * wildcard project a missing account is refused like one that is not the caller's (REST reference of serviceAccounts).
 */
export function onAccount(call: Call): Resource {
  const { world, path } = call
  const account = world.estate.account(path['account'] ?? '')
  const project = path['project'] ?? '-'
  if (project === '-' && account === undefined) {
    throw new GoogleError(
      'PERMISSION_DENIED',
      `Permission denied on resource projects/-/serviceAccounts/${path['account']} (or it may not exist).`,
    )
  }
  if (account === undefined || (project !== '-' && projectOf(call).id !== account.project))
    return onProject(call)
  return resourceOf(account)
}

export function resourceOf({ email, project, uniqueId }: ServiceAccount): Resource {
  return {
    key: `serviceAccounts/${email}`,
    name: `projects/${project}/serviceAccounts/${uniqueId}`,
    service: 'iam.googleapis.com',
    type: 'iam.googleapis.com/ServiceAccount',
  }
}

/** @throws GoogleError NOT_FOUND */
export function accountOf(call: Call, view: View = 'now'): ServiceAccount {
  const { world, path } = call
  const name = path['account'] ?? ''
  const account = world.estate.account(name, view)
  const project = path['project'] ?? '-'
  if (account === undefined || (project !== '-' && projectOf(call).id !== account.project)) {
    throw notFound(`Unknown service account: ${name}`)
  }
  return account
}

/** A page of a list, with what asks for the next one when there is more. */
export function page<T>(
  call: Call,
  from: (marker: string | undefined) => Iterable<readonly [string, T]>,
  sizes: { usual: number; most: number; name?: string },
): { items: T[]; more: { nextPageToken?: string } } {
  const { query } = call
  const asked = Number(query.get(sizes.name ?? 'pageSize') ?? 0)
  if (!Number.isInteger(asked) || asked < 0) throw invalid('Invalid page size.')
  const size = asked === 0 ? sizes.usual : Math.min(asked, sizes.most)
  const token = query.get('pageToken')
  const marker = token === null || token === '' ? undefined : Buffer.from(token, 'base64url').toString('utf8')
  const items: T[] = []
  let last = ''
  for (const [key, item] of from(marker)) {
    if (items.length === size)
      return { items, more: { nextPageToken: Buffer.from(last).toString('base64url') } }
    items.push(item)
    last = key
  }
  return { items, more: {} }
}

/** A list that is in no table, for {@link page}. */
export function keyed<T>(items: readonly T[], key: (item: T) => string) {
  const entries = items.map(item => [key(item), item] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  return (marker: string | undefined) =>
    marker === undefined ? entries : entries.filter(([each]) => each > marker)
}
