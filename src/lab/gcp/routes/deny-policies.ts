import { createHash } from 'node:crypto'
import type { Resource } from '../authorize.ts'
import { attachmentPoint, isDeniable } from '../deny.ts'
import { denyKey, under } from '../estate.ts'
import { GoogleError, invalid, notFound } from '../google-error.ts'
import { etagOf, isRecord } from '../policy.ts'
import type { DenyPolicy, DenyRule } from '../store.ts'
import { type Call, page, type Route } from './route.ts'

const PATH = 'v2/policies/{point}/denypolicies'
const TYPE = 'google.iam.v2.Policy'
const HOST = 'cloudresourcemanager.googleapis.com/'

/** IAM v2, policies: the deny policies of an attachment point. */
export const denyRoutes: readonly Route[] = [
  {
    id: 'iam.policies.listPolicies',
    verb: 'GET',
    path: PATH,
    permissions: ['iam.denypolicies.list'],
    resource: onPoint,
    run: call => {
      take(call, 'read')
      const { items, more } = page(
        call,
        marker => under(call.world.estate.denyPolicies, `${pointOf(call)}/`, marker, call.view),
        { usual: 1000, most: 1000 },
      )
      // A list says nothing about rules: each has to be read.
      const policies = items.map(policy => ({ ...shown(policy), rules: undefined }))
      return { ...(policies.length > 0 ? { policies } : {}), ...more }
    },
  },
  {
    id: 'iam.policies.get',
    verb: 'GET',
    path: `${PATH}/{policy}`,
    permissions: ['iam.denypolicies.get'],
    resource: onPoint,
    run: call => {
      take(call, 'read')
      return shown(policyOf(call, call.view))
    },
  },
  {
    id: 'iam.policies.createPolicy',
    verb: 'POST',
    path: PATH,
    permissions: ['iam.denypolicies.create'],
    resource: onPoint,
    writes: true,
    run: call => {
      take(call, 'write')
      const { estate } = call.world
      const id = call.query.get('policyId') ?? ''
      const attachedTo = pointOf(call)
      if (!/^[a-z][a-z0-9.-]{2,62}$/.test(id)) throw invalid('Invalid policy id.')
      if (estate.denyPolicies.get(denyKey({ attachedTo, id })) !== undefined) {
        throw new GoogleError('ALREADY_EXISTS', `Policy ${nameOf({ attachedTo, id })} already exists.`)
      }
      const at = new Date(call.now).toISOString()
      const uid = createHash('sha256').update(`${attachedTo}/${id}/${at}`).digest('hex').slice(0, 32)
      const made = { attachedTo, id, uid, ...contentOf(call), created: at, updated: at, revision: 1 }
      return save(call, made)
    },
  },
  {
    id: 'iam.policies.update',
    verb: 'PUT',
    path: `${PATH}/{policy}`,
    permissions: ['iam.denypolicies.update'],
    resource: onPoint,
    writes: true,
    run: call => {
      take(call, 'write')
      const policy = policyOf(call)
      const { etag } = call.body
      if (typeof etag !== 'string') throw invalid('The etag of the policy is required.')
      if (etag !== etagOf(nameOf(policy), policy)) throw stale()
      const { displayName, rules } = contentOf(call)
      const updated = new Date(call.now).toISOString()
      return save(call, { ...policy, displayName, rules, updated, revision: policy.revision + 1 })
    },
  },
  {
    id: 'iam.policies.delete',
    verb: 'DELETE',
    path: `${PATH}/{policy}`,
    permissions: ['iam.denypolicies.delete'],
    resource: onPoint,
    writes: true,
    run: call => {
      take(call, 'write')
      const policy = policyOf(call)
      const etag = call.query.get('etag')
      if (etag !== null && etag !== '' && etag !== etagOf(nameOf(policy), policy)) throw stale()
      call.world.estate.denyPolicies.delete(denyKey(policy))
      return call.world.operations.begin(`${nameOf(policy)}/operations/`, TYPE, shown(policy))
    },
  },
  {
    id: 'iam.policies.operations.get',
    verb: 'GET',
    path: `${PATH}/{policy}/operations/{operation}`,
    permissions: ['iam.denypolicies.get'],
    resource: onPoint,
    run: call => {
      take(call, 'read')
      const { policy = '', operation = '' } = call.path
      const name = `${nameOf({ attachedTo: pointOf(call), id: policy })}/operations/${operation}`
      const found = call.world.operations.poll(name)
      if (found === undefined) throw notFound(`Operation ${name} not found.`)
      return found
    },
  },
]

function save(call: Call, policy: DenyPolicy): object {
  call.world.estate.denyPolicies.set(denyKey(policy), policy)
  return call.world.operations.begin(`${nameOf(policy)}/operations/`, TYPE, shown(policy))
}

function take({ world, quotaProject, now }: Call, kind: 'read' | 'write'): void {
  world.quota?.take(quotaProject, kind, now)
}

function stale(): GoogleError {
  return new GoogleError('ABORTED', 'The etag provided in the request does not match the current one.')
}

/** The resource that deny policies hang on; asked in the words of the path, answered with the project's number. */
function onPoint(call: Call): Resource {
  const point = call.path['point'] ?? ''
  const { estate } = call.world
  const [kind = '', id = ''] = point.startsWith(HOST) ? point.slice(HOST.length).split('/') : []
  const project = kind === 'projects' ? estate.project(id) : undefined
  if (project !== undefined) return { key: `projects/${project.id}` }
  if (kind === 'folders' && estate.folder(id) !== undefined) return { key: `folders/${id}` }
  if (kind === 'organizations' && estate.organization.id === id) return { key: `organizations/${id}` }
  if (kind === '') throw invalid(`Invalid attachment point: ${point}`)
  throw new GoogleError('PERMISSION_DENIED', `Permission denied on ${point} (or it may not exist).`)
}

function pointOf(call: Call): string {
  return attachmentPoint(call.world.estate, onPoint(call).key)
}

function policyOf(call: Call, view: Call['view'] = 'now'): DenyPolicy {
  const key = denyKey({ attachedTo: pointOf(call), id: call.path['policy'] ?? '' })
  const policy = call.world.estate.denyPolicies.get(key, view)
  if (policy === undefined) throw notFound(`Policy ${key} not found.`)
  return policy
}

function nameOf({ attachedTo, id }: { attachedTo: string; id: string }): string {
  return `policies/${encodeURIComponent(`${HOST}${attachedTo}`)}/denypolicies/${id}`
}

function shown(policy: DenyPolicy): object {
  const { uid, displayName, annotations, rules, created, updated } = policy
  return {
    name: nameOf(policy),
    uid,
    kind: 'DenyPolicy',
    ...(displayName === '' ? {} : { displayName }),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    etag: etagOf(nameOf(policy), policy),
    createTime: created,
    updateTime: updated,
    rules,
  }
}

function contentOf({ body }: Call): Pick<DenyPolicy, 'displayName' | 'annotations' | 'rules'> {
  const { displayName = '', annotations = {}, rules = [] } = body
  if (typeof displayName !== 'string' || displayName.length > 63) throw invalid('Invalid display name.')
  if (!isRecord(annotations)) throw invalid('Invalid annotations.')
  for (const [name, value] of Object.entries(annotations)) {
    if (name.length > 63 || typeof value !== 'string' || value.length > 255)
      throw invalid('Invalid annotations.')
  }
  if (!Array.isArray(rules) || !rules.every(isRule)) throw invalid('Invalid rules.')
  for (const { description = '', denyRule } of rules) {
    if (description.length > 256) throw invalid('The description of a rule has more than 256 characters.')
    for (const principal of [...(denyRule.deniedPrincipals ?? []), ...(denyRule.exceptionPrincipals ?? [])]) {
      if (!/^principal(?:Set)?:\/\/\S+$/.test(principal)) throw invalid(`Invalid principal: ${principal}`)
    }
    for (const permission of [
      ...(denyRule.deniedPermissions ?? []),
      ...(denyRule.exceptionPermissions ?? []),
    ]) {
      if (!isDeniable(permission))
        throw invalid(`Permission ${permission} is not supported in deny policies.`)
    }
  }
  return { displayName, annotations: annotations as DenyPolicy['annotations'], rules }
}

function isRule(value: unknown): value is DenyRule {
  if (!isRecord(value) || !isRecord(value.denyRule)) return false
  const { deniedPrincipals, exceptionPrincipals, deniedPermissions, exceptionPermissions } = value.denyRule
  return [deniedPrincipals, exceptionPrincipals, deniedPermissions, exceptionPermissions].every(
    list => list === undefined || (Array.isArray(list) && list.every(each => typeof each === 'string')),
  )
}
