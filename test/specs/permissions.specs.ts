import { expect, test } from 'vitest'
import { LEAST, permissionOf } from '../../src/clouds/azure/permission-map.ts'
import { declarationProblem } from './permission-map.ts'
import { folder, graph, permissionMap, recorded, vendorOf } from './vendors.ts'

/** Where the map is not followed, and why. An exception that is not one any more may not stay here. */
const EXCEPTIONS: { readonly [operation: string]: string } = {
  'GET /groups/{id}':
    'its least is for another purpose (nesting support), and may write; the page says GroupMember.Read.All',
  'POST /groups/{id}/members/$ref': 'not in the map; the page "Add members" says GroupMember.ReadWrite.All',
  'GET /applications/{id}/appManagementPolicies':
    'not in the map, which has who may assign one; a policy is read with Policy.Read.All',
  'GET /servicePrincipals/{id}/appManagementPolicies':
    'not in the map, which has who may assign one; a policy is read with Policy.Read.All',
  'POST /identity/conditionalAccess/policies': 'its least only reads; the page asks for both',
  'PATCH /identity/conditionalAccess/policies/{id}': 'its least only reads; the page asks for both',
  'DELETE /identity/conditionalAccess/policies/{id}': 'its least only reads; the page asks for both',
  'GET /organization':
    'its least is of device management; Directory.Read.All is needed for other requests anyway',
  'GET /reports/servicePrincipalSignInActivities': 'beta, not in the map; the page says AuditLog.Read.All',
  'GET /reports/appCredentialSignInActivities': 'beta, not in the map; the page says AuditLog.Read.All',
}

test('the declared permission of each request to Graph is the least that its permission map allows', () => {
  const map = permissionMap()
  if (!map) {
    console.log('permissions: not judged: INTERDICT_SPECS is not set')
    return
  }
  const problems: string[] = []
  for (const [operation, declared] of Object.entries(LEAST)) {
    const problem = declarationProblem(map, operation, declared)
    const exception = EXCEPTIONS[operation]
    if (problem && exception === undefined) problems.push(problem)
    if (!problem && exception !== undefined) problems.push(`${operation}: is no exception any more`)
    const [method = '', template = ''] = operation.split(' ')
    const allowed = map(method, template)
    if (allowed && !allowed.all.has(declared)) problems.push(`${operation}: ${declared} does not allow it`)
  }
  expect(problems.join('\n')).toBe('')
})

test('every request to Graph that was made has a declared permission', () => {
  const judge = graph()
  if (!judge) return
  const undeclared = new Set<string>()
  let made = 0
  for (const exchange of recorded(folder())) {
    // Thieves and honest workloads ask for what is theirs.
    const ours = exchange.requestHeaders['user-agent']?.startsWith('interdict')
    if (!ours || vendorOf(exchange) !== 'graph') continue
    made += 1
    for (const { operation } of judge(exchange)) {
      // A credential may be addressed by its name as well as by its id.
      const byId = operation?.replace(/(credentials)\(name=[^)]*\)/i, '$1/{id}')
      if (byId && byId !== 'POST /$batch' && !permissionOf(byId)) undeclared.add(byId)
    }
  }
  expect(made).toBeGreaterThan(100)
  expect([...undeclared].sort()).toEqual([])
})
