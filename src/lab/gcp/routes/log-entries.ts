import { createHash } from 'node:crypto'
import type { Activity } from '../activity-log.ts'
import { permit, type Resource } from '../authorize.ts'
import type { LiveEstate } from '../estate.ts'
import { GoogleError, invalid } from '../google-error.ts'
import type { Call, Route } from './route.ts'

const PERMISSION = 'logging.logEntries.list'
const MOST = { usual: 50, page: 1000, resources: 100 } as const

/** Cloud Logging v2, entries: the Admin Activity log, which is always on ("Cloud Audit Logs overview"). */
export const logRoutes: readonly Route[] = [
  {
    id: 'logging.entries.list',
    verb: 'POST',
    path: 'v2/entries:list',
    permissions: [PERMISSION],
    run: list,
  },
]

function list(call: Call): object {
  const { world, caller, enforced: view, now, body } = call
  const { resourceNames, filter = '', orderBy = 'timestamp asc', pageSize = 0, pageToken = '' } = body
  if (!Array.isArray(resourceNames) || resourceNames.length === 0 || resourceNames.length > MOST.resources) {
    throw invalid('resource_names must have 1 to 100 names.')
  }
  if (orderBy !== 'timestamp asc' && orderBy !== 'timestamp desc') throw invalid('Invalid order_by.')
  if (typeof filter !== 'string' || typeof pageToken !== 'string') throw invalid('Invalid request.')
  if (typeof pageSize !== 'number' || !Number.isInteger(pageSize) || pageSize < 0) {
    throw invalid('page_size must be positive.')
  }
  const projects = new Set(resourceNames.map(name => projectNamed(world.estate, name)))
  for (const project of projects) {
    if (caller === undefined) continue
    const resource: Resource = { key: `projects/${project}` }
    permit(world.estate, { principal: caller, permission: PERMISSION, resource, view, now })
  }
  const matches = filterOf(filter)
  const entries = world.estate.activity.entries.filter(({ project }) => projects.has(project)).map(shown)
  const found = entries.filter(matches)
  if (orderBy === 'timestamp desc') found.reverse()
  const marker = pageToken === '' ? '0' : Buffer.from(pageToken, 'base64url').toString('utf8')
  if (!/^\d{1,9}$/.test(marker)) throw invalid('page_token is not valid.')
  const start = Number(marker)
  const end = start + (pageSize === 0 ? MOST.usual : Math.min(pageSize, MOST.page))
  const page = found.slice(start, end)
  return {
    ...(page.length > 0 ? { entries: page } : {}),
    ...(end < found.length ? { nextPageToken: Buffer.from(String(end)).toString('base64url') } : {}),
  }
}

function projectNamed(estate: LiveEstate, name: unknown): string {
  const [kind, id = '', ...rest] = typeof name === 'string' ? name.split('/') : []
  if (kind !== 'projects' || rest.length > 0) {
    throw new GoogleError('UNIMPLEMENTED', `the lab does not know the log entries of ${name}`)
  }
  const project = estate.project(id)
  if (project === undefined) throw new GoogleError('PERMISSION_DENIED', 'The caller does not have permission')
  return project.id
}

type Entry = ReturnType<typeof shown>

function shown({ at, project, method, caller, response }: Activity) {
  return {
    logName: `projects/${project}/logs/cloudaudit.googleapis.com%2Factivity`,
    resource: { type: 'service_account', labels: { project_id: project } },
    timestamp: at,
    receiveTimestamp: at,
    severity: 'NOTICE',
    insertId: createHash('sha256')
      .update(`${at} ${method} ${JSON.stringify(response)}`)
      .digest('hex')
      .slice(0, 14),
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: 'iam.googleapis.com',
      methodName: method,
      authenticationInfo: { principalEmail: caller },
      resourceName: `projects/${project}`,
      response,
    },
  }
}

const FIELDS: { readonly [field: string]: (entry: Entry) => string } = {
  logName: ({ logName }) => logName,
  timestamp: ({ timestamp }) => timestamp,
  'protoPayload.methodName': ({ protoPayload }) => protoPayload.methodName,
  'protoPayload.authenticationInfo.principalEmail': ({ protoPayload }) =>
    protoPayload.authenticationInfo.principalEmail,
}

/** The part of the Logging query language that asks for equal, and for not before, joined by AND. */
function filterOf(filter: string): (entry: Entry) => boolean {
  if (filter.trim() === '') return () => true
  const terms = filter.split(/\s+AND\s+/).map(term => {
    const [, field = '', operator, one, many] =
      /^\s*([A-Za-z.]+)\s*(>=|=)\s*(?:"([^"]*)"|\(("[^"]*"(?:\s+OR\s+"[^"]*")*)\))\s*$/.exec(term) ?? []
    const read = FIELDS[field]
    if (read === undefined) throw new GoogleError('UNIMPLEMENTED', `the lab does not know the filter ${term}`)
    const values = one === undefined ? (many ?? '').split(/\s+OR\s+/).map(each => each.slice(1, -1)) : [one]
    if (operator === '=') return (entry: Entry) => values.includes(read(entry))
    const since = Date.parse(values[0] ?? '')
    if (Number.isNaN(since)) throw invalid(`Invalid timestamp in ${term}`)
    return (entry: Entry) => Date.parse(read(entry)) >= since
  })
  return entry => terms.every(holds => holds(entry))
}
