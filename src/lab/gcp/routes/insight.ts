import type { Resource } from '../authorize.ts'
import { GoogleError, invalid } from '../google-error.ts'
import type { StoredPolicy } from '../store.ts'
import type { World } from '../world.ts'
import { type Call, keyed, onProject, page, projectOf, type Route } from './route.ts'

const ACCOUNT_ACTIVITY = 'policyanalyzer.serviceAccountLastAuthenticationActivities.query'
const KEY_ACTIVITY = 'policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query'

/** Cloud Asset Inventory and Policy Analyzer: what is known about access and its use. */
export const insightRoutes: readonly Route[] = [
  ...['projects', 'folders', 'organizations'].map(
    (kind): Route => ({
      id: 'cloudasset.searchAllIamPolicies',
      verb: 'GET',
      path: `v1/${kind}/{scope}:searchAllIamPolicies`,
      permissions: ['cloudasset.assets.searchAllIamPolicies'],
      resource: call => scopeOf(call, kind),
      run: call => search(call, scopeOf(call, kind).key),
    }),
  ),
  {
    id: 'policyanalyzer.projects.locations.activityTypes.activities.query',
    verb: 'GET',
    path: 'v1/projects/{project}/locations/global/activityTypes/{type}/activities:query',
    permissions: [ACCOUNT_ACTIVITY, KEY_ACTIVITY],
    asks: ({ path }) => [
      path['type'] === 'serviceAccountKeyLastAuthentication' ? KEY_ACTIVITY : ACCOUNT_ACTIVITY,
    ],
    resource: onProject,
    run: activities,
  },
]

function scopeOf({ world, path }: Call, kind: string): Resource {
  const id = path['scope'] ?? ''
  if (kind === 'projects') {
    const project = world.estate.project(id)
    if (project !== undefined) return { key: `projects/${project.id}` }
  } else if (
    kind === 'folders' ? world.estate.folder(id) !== undefined : world.estate.organization.id === id
  ) {
    return { key: `${kind}/${id}` }
  }
  throw new GoogleError('PERMISSION_DENIED', 'The caller does not have permission')
}

/** Only the bindings that match are shown, so that a result is no policy that could be written back. */
function search(call: Call, scope: string): object {
  const wanted = membersOf(call.query.get('query') ?? '')
  const { estate } = call.world
  const from = function* (marker: string | undefined) {
    for (const [resource, policy] of estate.policies.after(marker, call.enforced)) {
      const bindings = policy.bindings.filter(({ members }) => members.some(wanted))
      if (bindings.length > 0 && estate.lineage(resource).includes(scope)) {
        yield [resource, { resource, policy: { ...policy, bindings } }] as const
      }
    }
  }
  const { items, more } = page(call, from, { usual: 100, most: 500 })
  const results = items.map(({ resource, policy }) => found(call.world, resource, policy))
  return { ...(results.length > 0 ? { results } : {}), ...more }
}

/** `policy:"serviceAccount:a@b"`, or several in brackets with OR; everything when the query is empty. */
function membersOf(query: string): (member: string) => boolean {
  if (query === '') return () => true
  const [, one, many] = /^policy[:=]\s*(?:"?([^\s"()]+)"?|\(([^()]+)\))$/.exec(query.trim()) ?? []
  const texts =
    one !== undefined ? [one] : many?.split(/\s+OR\s+/).map(text => text.replaceAll('"', '').trim())
  if (texts === undefined)
    throw new GoogleError('UNIMPLEMENTED', `the lab does not know the asset query ${query}`)
  return member => texts.some(text => (text.includes(':') ? member === text : member.includes(text)))
}

function found({ estate }: World, resource: string, { bindings }: StoredPolicy): object {
  const lineage = estate.lineage(resource)
  const project = lineage.find(each => each.startsWith('projects/'))?.slice('projects/'.length)
  const folders = lineage.filter(each => each.startsWith('folders/'))
  const { name, assetType } = assetOf(estate, resource)
  return {
    resource: name,
    assetType,
    ...(project === undefined ? {} : { project: `projects/${estate.project(project)?.number}` }),
    ...(folders.length > 0 ? { folders } : {}),
    organization: `organizations/${estate.organization.id}`,
    policy: { bindings },
  }
}

function assetOf(estate: World['estate'], resource: string): { name: string; assetType: string } {
  const [kind = '', id = '', rest = ''] = resource.split('/')
  switch (kind) {
    case 'serviceAccounts': {
      const account = estate.account(id)
      return {
        name: `//iam.googleapis.com/projects/${account?.project}/serviceAccounts/${id}`,
        assetType: 'iam.googleapis.com/ServiceAccount',
      }
    }
    case 'secrets':
      return {
        name: `//secretmanager.googleapis.com/projects/${estate.project(id)?.number}/secrets/${rest}`,
        assetType: 'secretmanager.googleapis.com/Secret',
      }
    default: {
      const types: { [kind: string]: string } = {
        projects: 'Project',
        folders: 'Folder',
        organizations: 'Organization',
      }
      return {
        name: `//cloudresourcemanager.googleapis.com/${resource}`,
        assetType: `cloudresourcemanager.googleapis.com/${types[kind]}`,
      }
    }
  }
}

/** Days, not times: a use shows as seven o'clock of its day. An absent key was not used in the window. */
function activities(call: Call): object {
  const { world, path, query, now } = call
  const project = projectOf(call)
  const { type = '' } = path
  const ofKeys = type === 'serviceAccountKeyLastAuthentication'
  if (!ofKeys && type !== 'serviceAccountLastAuthentication') throw invalid(`Unknown activity type ${type}.`)
  const names = [
    ...(query.get('filter') ?? '').matchAll(/activities\.full_?[rR]esource_?[nN]ame\s*=\s*"([^"]+)"/g),
  ].map(([, name = '']) => name)
  const all: { name: string; at: string; subject: object }[] = []
  for (const account of world.estate.accounts.values()) {
    if (account.project !== project.id) continue
    const base = `//iam.googleapis.com/projects/${project.id}/serviceAccounts/`
    if (!ofKeys && account.lastAuthenticated !== undefined) {
      const subject = {
        serviceAccount: {
          fullResourceName: `${base}${account.email}`,
          projectNumber: project.number,
          serviceAccountId: account.uniqueId,
        },
      }
      all.push({ name: `${base}${account.email}`, at: account.lastAuthenticated, subject })
    }
  }
  if (ofKeys) {
    for (const { email, id, lastAuthenticated } of world.estate.keys.values()) {
      const account = world.estate.account(email)
      if (account?.project !== project.id || lastAuthenticated === undefined) continue
      const name = `//iam.googleapis.com/projects/${project.id}/serviceAccounts/${email}/keys/${id}`
      const subject = {
        serviceAccountKey: {
          fullResourceName: name,
          projectNumber: project.number,
          serviceAccountId: account.uniqueId,
          serviceAccountKeyId: id,
        },
      }
      all.push({ name, at: lastAuthenticated, subject })
    }
  }
  const wanted = names.length === 0 ? all : all.filter(({ name }) => names.includes(name))
  const { items, more } = page(
    call,
    keyed(wanted, ({ name }) => name),
    { usual: 100, most: 1000 },
  )
  const shown = items.map(({ name, at, subject }) => ({
    fullResourceName: name,
    activityType: type,
    observationPeriod: {
      startTime: sevenOClock(now - 90 * 86_400_000),
      endTime: sevenOClock(now - 86_400_000),
    },
    activity: { lastAuthenticatedTime: `${at.slice(0, 10)}T07:00:00Z`, ...subject },
  }))
  return { ...(shown.length > 0 ? { activities: shown } : {}), ...more }
}

function sevenOClock(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 10)}T07:00:00Z`
}
