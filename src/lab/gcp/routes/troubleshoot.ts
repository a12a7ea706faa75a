import { judge, type Resource, scopeOf } from '../authorize.ts'
import { holds } from '../cel.ts'
import { attached, deniableName, denying, isDeniable } from '../deny.ts'
import { resourceKeys } from '../estate.ts'
import { invalid } from '../google-error.ts'
import { isRecord } from '../policy.ts'
import { denyNamesOf, membersOf, type Principal } from '../principal.ts'
import type { Binding } from '../store.ts'
import type { Call, Route } from './route.ts'

type State = 'GRANTED' | 'NOT_GRANTED' | 'UNKNOWN_CONDITIONAL' | 'UNKNOWN_INFO'

/**
 * Policy Troubleshooter v3: what the data plane would say, never ahead of it. It knows policies only: a disabled
 * account can still "access". It cannot tell for members of groups that the caller cannot read, nor for workloads.
 */
export const troubleshootRoutes: readonly Route[] = [
  {
    id: 'policytroubleshooter.iam.troubleshoot',
    verb: 'POST',
    path: 'v3/iam:troubleshoot',
    permissions: [],
    run: call => {
      const { accessTuple } = call.body
      if (!isRecord(accessTuple)) throw invalid('access_tuple is required.')
      const { principal, fullResourceName, permission } = accessTuple
      if (
        typeof principal !== 'string' ||
        typeof fullResourceName !== 'string' ||
        typeof permission !== 'string'
      ) {
        throw invalid('principal, full_resource_name and permission are required.')
      }
      const resource = resourceNamed(call, fullResourceName, permission)
      const who = principalNamed(call, principal)
      const allow = who === undefined ? 'UNKNOWN_INFO' : allows(call, who, permission, resource)
      const deny = who === undefined ? 'UNKNOWN_INFO' : denies(call, who, permission, resource)
      return {
        overallAccessState: overall(allow, deny),
        accessTuple: { principal, fullResourceName, permission, permissionFqdn: deniableName(permission) },
        allowPolicyExplanation: {
          allowAccessState: `ALLOW_ACCESS_STATE_${allow}`,
          relevance: 'HEURISTIC_RELEVANCE_HIGH',
        },
        denyPolicyExplanation: {
          denyAccessState: `DENY_ACCESS_STATE_${deny}`,
          permissionDeniable: isDeniable(deniableName(permission)),
          relevance: 'HEURISTIC_RELEVANCE_HIGH',
        },
      }
    },
  },
]

function overall(allow: State, deny: string): string {
  if (deny === 'DENIED' || allow === 'NOT_GRANTED') return 'CANNOT_ACCESS'
  if (deny === 'UNKNOWN_INFO' || allow === 'UNKNOWN_INFO') return 'UNKNOWN_INFO'
  return allow === 'UNKNOWN_CONDITIONAL' ? 'UNKNOWN_CONDITIONAL' : 'CAN_ACCESS'
}

function allows(call: Call, who: Principal, permission: string, resource: Resource): State {
  const { estate } = call.world
  const members = membersOf(estate, who)
  const states = new Set<State>()
  for (const at of estate.lineage(resource.key)) {
    if (!mayRead(call, at)) {
      states.add('UNKNOWN_INFO')
      continue
    }
    for (const binding of estate.policy(at, call.enforced).bindings) {
      if (estate.permissionsOf(binding.role, call.enforced)?.has(permission) === true) {
        states.add(stateOf(call, binding, members, resource))
      }
    }
  }
  for (const state of ['GRANTED', 'UNKNOWN_CONDITIONAL', 'UNKNOWN_INFO'] as const)
    if (states.has(state)) return state
  return 'NOT_GRANTED'
}

function stateOf(
  call: Call,
  { members, condition }: Binding,
  own: ReadonlySet<string>,
  resource: Resource,
): State {
  const direct = members.some(member => own.has(member) && !member.startsWith('group:'))
  // Who is in a group is the directory's to say, not the policies'.
  if (!direct) return members.some(member => member.startsWith('group:')) ? 'UNKNOWN_INFO' : 'NOT_GRANTED'
  if (condition === undefined) return 'GRANTED'
  if (condition.expression.includes('request.')) return 'UNKNOWN_CONDITIONAL'
  return holds(condition.expression, scopeOf(resource, call.now)) === true ? 'GRANTED' : 'NOT_GRANTED'
}

function denies(call: Call, who: Principal, permission: string, resource: Resource): string {
  const { estate } = call.world
  const lineage = estate.lineage(resource.key)
  const { enforced: view, now, caller } = call
  const readable =
    caller !== undefined &&
    judge(estate, { principal: caller, permission: 'iam.denypolicies.get', resource, view, now }) ===
      'granted'
  if (!readable && attached(estate, lineage, view).length > 0) return 'UNKNOWN_INFO'
  const question = {
    names: denyNamesOf(estate, who),
    permission,
    lineage,
    scope: scopeOf(resource, now),
    view,
  }
  return denying(estate, question).length > 0 ? 'DENIED' : 'NOT_DENIED'
}

function mayRead({ world, caller, enforced, now }: Call, at: string): boolean {
  const [kind = ''] = at.split('/')
  const service: { [kind: string]: string } = { serviceAccounts: 'iam', secrets: 'secretmanager' }
  const permission = `${service[kind] ?? 'resourcemanager'}.${kind}.getIamPolicy`
  if (caller === undefined) return false
  const question = { principal: caller, permission, resource: { key: at }, view: enforced, now }
  return judge(world.estate, question) === 'granted'
}

function principalNamed({ world, enforced }: Call, name: string): Principal | undefined {
  const email = name.replace(
    /^(?:serviceAccount:|principal:\/\/iam\.googleapis\.com\/projects\/-\/serviceAccounts\/)/,
    '',
  )
  const account = world.estate.account(email, enforced)
  return account === undefined
    ? undefined
    : { kind: 'account', email: account.email, uniqueId: account.uniqueId }
}

function resourceNamed({ world }: Call, name: string, permission: string): Resource {
  const { estate } = world
  const [, service = '', path = ''] = /^\/\/([a-z]+)\.googleapis\.com\/(.+)$/.exec(name) ?? []
  const [kind, id = '', sub, subId = ''] = path.split('/')
  const fits = service === 'cloudresourcemanager' || permission.startsWith(`${service}.`)
  if (!fits) throw invalid(`Permission ${permission} does not apply to the resource ${name}.`)
  const project = kind === 'projects' ? estate.project(id) : undefined
  if (service === 'cloudresourcemanager' && sub === undefined) {
    if (project !== undefined) return { key: `projects/${project.id}`, name: `projects/${project.number}` }
    if (kind === 'folders' && estate.folder(id) !== undefined) return { key: path }
    if (kind === 'organizations' && estate.organization.id === id) return { key: path }
  }
  const account = service === 'iam' && sub === 'serviceAccounts' ? estate.account(subId) : undefined
  if (account !== undefined) return { key: resourceKeys.account(account.email) }
  if (service === 'secretmanager' && sub === 'secrets' && project !== undefined) {
    if (estate.secrets.has(`${project.id}/${subId}`)) {
      return {
        key: resourceKeys.secret(project.id, subId),
        name: path.replace(id, project.number),
        service: 'secretmanager.googleapis.com',
      }
    }
  }
  throw invalid(`Invalid resource: ${name}`)
}
