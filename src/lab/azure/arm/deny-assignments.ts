import type { DenyAssignment } from '../store.ts'
import { Problem } from '../wire.ts'
import { covers } from './rbac.ts'
import { type ArmCall, type ArmRoute, armPage, propertiesOf, textIn } from './route.ts'

const PATTERN = /^(?<scope>\/.*|)\/providers\/Microsoft\.Authorization\/denyAssignments$/i
const NAMED = /^(?<scope>\/.*|)\/providers\/Microsoft\.Authorization\/denyAssignments\/(?<name>[^/]+)$/i
const READ = /^(?:2022-04-01|2018-07-01-preview|2024-07-01-preview)$/
const WRITE = /^2024-07-01-preview$/

type Principals = { id: string; type: string }[]

function shown({ name, ...properties }: DenyAssignment) {
  return {
    id: `${properties.scope === '/' ? '' : properties.scope}/providers/Microsoft.Authorization/denyAssignments/${name}`,
    type: 'Microsoft.Authorization/denyAssignments',
    name,
    properties: { ...properties, doNotApplyToChildScopes: false },
  }
}

function scopeOf({ params }: ArmCall): string {
  return params['scope'] === '' ? '/' : (params['scope'] ?? '/')
}

function the(call: ArmCall, view = call.view): DenyAssignment | undefined {
  const found = call.estate.denyAssignments.get((call.params['name'] ?? '').toLowerCase(), view)
  return found?.scope.toLowerCase() === scopeOf(call).toLowerCase() ? found : undefined
}

/**
 * They can be made where the subscription has registered the preview feature; they are listed everywhere. Whether Azure
 * answers otherwise is not documented.
 */
function available(call: ArmCall): void {
  const { denyAssignments: registered } = call.estate.fixed.switches
  const [, subscription = ''] = /^\/subscriptions\/([^/]+)/i.exec(scopeOf(call)) ?? []
  if (registered === true) return
  if (Array.isArray(registered) && (subscription === '' || registered.includes(subscription.toLowerCase())))
    return
  throw new Problem(
    400,
    'NoRegisteredProviderFound',
    "No registered resource provider found for API version '2024-07-01-preview' for type 'denyAssignments'.",
  )
}

function invalid(message: string): Problem {
  return new Problem(400, 'UserAssignedDenyAssignmentPropertiesNotValid', message)
}

function put(call: ArmCall) {
  available(call)
  const properties = propertiesOf(call)
  const principals = listOf(properties['principals'])
  const exclude = listOf(properties['excludePrincipals'])
  const everybody = principals.some(({ type }) => type === 'SystemDefined')
  if (properties['excludePrincipals'] !== undefined && exclude.length === 0)
    throw invalid('excludePrincipals is empty.')
  if (everybody ? exclude.length === 0 : principals.length !== 1) {
    throw invalid('Exactly one user or service principal, or everybody with exclusions, can be denied.')
  }
  if (!everybody && !['User', 'ServicePrincipal'].includes(principals[0]?.type ?? '')) {
    throw invalid('Only users and service principals can be denied.')
  }
  if (properties['doNotApplyToChildScopes'] !== undefined)
    throw invalid('doNotApplyToChildScopes cannot be set.')
  const permissions = (Array.isArray(properties['permissions']) ? properties['permissions'] : []).map(
    (each: { [member: string]: unknown }) => ({
      actions: textsOf(each['actions']),
      notActions: textsOf(each['notActions']),
      dataActions: textsOf(each['dataActions']),
      notDataActions: textsOf(each['notDataActions']),
    }),
  )
  const actions = permissions.flatMap(each => each.actions)
  if (actions.length === 0) throw invalid('permissions are missing.')
  // Seen of real ones: what would keep a deny assignment from being removed is refused.
  const own = actions.find(action =>
    /^Microsoft\.Authorization\/denyAssignments\/(?:write|delete)$/i.test(action),
  )
  if (own !== undefined) {
    throw new Problem(
      400,
      'InvalidActionOrNotAction',
      `'${own}' is not permitted in user assigned deny assignments. Denying access to deny assignments is not allowed.`,
    )
  }
  if (permissions.some(each => each.dataActions.length > 0)) throw invalid('Data actions cannot be denied.')
  if (actions.some(action => action === '*' || !/\/(?:write|delete|action)$/i.test(action))) {
    throw invalid('Read actions cannot be denied.')
  }
  const name = (call.params['name'] ?? '').toLowerCase()
  const scope = scopeOf(call)
  const called = textIn(properties, 'denyAssignmentName') ?? ''
  for (const other of call.estate.denyAssignments.values()) {
    const isSame = other.denyAssignmentName === called && other.scope.toLowerCase() === scope.toLowerCase()
    // "Names must be unique for a given scope" (Azure RBAC, "List Azure deny assignments"); the code is not documented.
    if (isSame && other.name !== name) throw invalid(`The name '${called}' is taken at this scope.`)
  }
  const before = call.estate.denyAssignments.get(name)
  if (before?.isSystemProtected === true) throw protectedBySystem()
  const deny: DenyAssignment = {
    name,
    scope,
    denyAssignmentName: called,
    description: textIn(properties, 'description'),
    denyAssignmentEffect: textIn(properties, 'denyAssignmentEffect') ?? 'enforced',
    permissions,
    principals,
    excludePrincipals: exclude,
    isSystemProtected: false,
  }
  call.estate.denyAssignments.set(name, deny)
  return { status: before === undefined ? 201 : 200, body: shown(deny) }
}

function protectedBySystem(): Problem {
  return new Problem(
    403,
    'DenyAssignmentUpdateNotPermitted',
    'A system-protected deny assignment cannot be changed.',
  )
}

function listOf(value: unknown): Principals {
  return Array.isArray(value) ? value.map(each => ({ id: String(each?.id), type: String(each?.type) })) : []
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

export const denyAssignments: readonly ArmRoute[] = [
  {
    method: 'GET',
    pattern: PATTERN,
    action: 'Microsoft.Authorization/denyAssignments/read',
    versions: READ,
    run: call => {
      const filter = call.query.get('$filter')
      const id = filter === null ? undefined : /^principalId\s+eq\s+'([^']+)'$/i.exec(filter)?.[1]
      const entries: (readonly [string, unknown])[] = []
      for (const [key, each] of call.estate.denyAssignments.after(undefined, call.view)) {
        const here =
          covers(call.estate, each.scope, scopeOf(call)) || covers(call.estate, scopeOf(call), each.scope)
        const wanted = id === undefined || each.principals.some(principal => principal.id === id)
        if (here && wanted) entries.push([key, shown(each)])
      }
      return armPage(call, entries)
    },
  },
  {
    method: 'GET',
    pattern: NAMED,
    action: 'Microsoft.Authorization/denyAssignments/read',
    versions: READ,
    run: call => {
      const deny = the(call)
      if (deny === undefined) {
        throw new Problem(
          404,
          'DenyAssignmentNotFound',
          `The deny assignment '${call.params['name'] ?? ''}' is not found.`,
        )
      }
      return { body: shown(deny) }
    },
  },
  {
    method: 'PUT',
    pattern: NAMED,
    action: 'Microsoft.Authorization/denyAssignments/write',
    versions: WRITE,
    writes: true,
    run: put,
  },
  {
    method: 'DELETE',
    pattern: NAMED,
    action: 'Microsoft.Authorization/denyAssignments/delete',
    versions: WRITE,
    writes: true,
    run: call => {
      available(call)
      const deny = the(call, 'now')
      if (deny === undefined) return { status: 204 }
      if (deny.isSystemProtected) throw protectedBySystem()
      call.estate.denyAssignments.delete(deny.name)
      return { body: shown(deny) }
    },
  },
]
