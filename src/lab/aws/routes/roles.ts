import { keyOf, roleArn } from '../estate.ts'
import { randomId } from '../issue.ts'
import { alreadyExists, deleteConflict, newName, newPath, tagged, tagKeys, untagged } from '../names.ts'
import { checkTrustDocument, QUOTAS, sizeOf } from '../policy-document.ts'
import type { Role } from '../store.ts'
import { showById } from '../trust-ids.ts'
import { invalid, type Params } from '../wire.ts'
import { newBoundary } from './managed-policies.ts'
import { limit, modifiableRole, type Route, type Routes, saveRole } from './route.ts'
import { roleShape } from './shapes.ts'

/** Roles of an account (IAM and AWS STS quotas). */
const MOST_ROLES = 1000

/** An hour where it is not given (API reference, CreateRole). */
function sessionSeconds(params: Params, otherwise = 3600): number {
  const seconds = Number(params.get('MaxSessionDuration') ?? otherwise)
  if (Number.isInteger(seconds) && seconds >= 3600 && seconds <= 43_200) return seconds
  throw invalid(`Value '${seconds}' at 'maxSessionDuration' failed to satisfy constraint: 3600 to 43200`)
}

const byTags: Partial<Route> = { keys: ({ params }) => tagKeys(params) }

export const roles: Routes = {
  CreateRole: {
    writes: true,
    resource: ({ params, account }) =>
      roleArn(account.id, { name: params.need('RoleName'), path: newPath(params) }),
    keys: ({ params }) => ({
      ...tagKeys(params),
      'iam:PermissionsBoundary': params.get('PermissionsBoundary'),
    }),
    run(call) {
      const { account, params, clock } = call
      const name = newName(params, 'RoleName', 'role')
      const path = newPath(params)
      if (/^\/aws-(?:service-role|reserved)\//.test(path))
        throw invalid(`The path ${path} is reserved by AWS.`)
      if (account.roles.get(keyOf({ name })) !== undefined) throw alreadyExists('Role', name)
      if (account.roles.size >= MOST_ROLES)
        throw limit(`Cannot exceed quota for RolesPerAccount: ${MOST_ROLES}`)
      const trust = params.need('AssumeRolePolicyDocument')
      checkTrustDocument(trust, call.estate)
      if (sizeOf(trust) > QUOTAS.trust) throw limit(`Cannot exceed quota for ACLSizePerRole: ${QUOTAS.trust}`)
      const description = params.get('Description')
      const role: Role = {
        name,
        path,
        id: randomId('AROA'),
        created: clock.now(),
        tags: tagged({}, params),
        inline: {},
        attached: [],
        ...newBoundary(call),
        trust,
        ...(description === undefined ? {} : { description }),
        maxSessionSeconds: sessionSeconds(params),
      }
      saveRole(call, role)
      return { Role: { ...roleShape(account.id, role, undefined), RoleLastUsed: undefined } }
    },
  },
  UpdateRole: {
    writes: true,
    run(call) {
      const role = modifiableRole(call)
      const description = call.params.get('Description') ?? role.description
      saveRole(call, {
        ...role,
        ...(description === undefined ? {} : { description }),
        maxSessionSeconds: sessionSeconds(call.params, role.maxSessionSeconds),
      })
      return {}
    },
  },
  DeleteRole: {
    writes: true,
    run(call) {
      const role = modifiableRole(call)
      if (Object.keys(role.inline).length > 0) throw deleteConflict('delete policies')
      if (role.attached.length > 0) throw deleteConflict('detach all policies')
      for (const { role: holder } of call.account.instanceProfiles.values()) {
        if (holder === role.name) throw deleteConflict('remove roles from instance profile')
      }
      call.account.roles.delete(keyOf(role))
      showById(call.estate, roleArn(call.account.id, role), role.id)
      return undefined
    },
  },
  TagRole: {
    ...byTags,
    writes: true,
    run(call) {
      const role = modifiableRole(call)
      saveRole(call, { ...role, tags: tagged(role.tags, call.params) })
      return undefined
    },
  },
  UntagRole: {
    ...byTags,
    writes: true,
    run(call) {
      const role = modifiableRole(call)
      saveRole(call, { ...role, tags: untagged(role.tags, call.params) })
      return undefined
    },
  },
}
