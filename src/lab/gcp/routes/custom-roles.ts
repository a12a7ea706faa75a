import type { Resource } from '../authorize.ts'
import { under } from '../estate.ts'
import { concurrent, GoogleError, invalid, notFound, precondition } from '../google-error.ts'
import { etagOf, isRecord } from '../policy.ts'
import { permissionsOfPredefined } from '../roles.ts'
import type { CustomRole } from '../store.ts'
import { onOrganization } from './hierarchy.ts'
import { type Call, onProject, page, projectOf, type Route } from './route.ts'

/** Custom roles of one project or organization (IAM, "Quotas and limits"). */
const MOST_ROLES = 300

interface Level {
  /** Of the methods, e.g. `iam.projects.roles`. */
  id: string
  path: string
  on: (call: Call) => Resource
  /** The prefix of the names of its roles, e.g. `projects/acme-prod`. */
  parent: (call: Call) => string
}

const LEVELS: readonly Level[] = [
  {
    id: 'iam.projects.roles',
    path: 'v1/projects/{project}/roles',
    on: onProject,
    parent: call => `projects/${projectOf(call).id}`,
  },
  {
    id: 'iam.organizations.roles',
    path: 'v1/organizations/{organization}/roles',
    on: onOrganization,
    parent: call => onOrganization(call).key,
  },
]

/** Google's own roles, which anybody who is signed in may look at (IAM v1, roles.get). */
const predefinedRole: Route = {
  id: 'iam.roles.get',
  verb: 'GET',
  path: 'v1/roles/{predefined}',
  permissions: [],
  run: ({ path }) => {
    const name = `roles/${path['predefined']}`
    const permissions = permissionsOfPredefined(name)
    if (permissions === undefined) throw notFound(`The role named ${name} was not found.`)
    return { name, title: name, includedPermissions: [...permissions].sort(), stage: 'GA', etag: 'AA==' }
  },
}

/** IAM v1: roles, projects.roles and organizations.roles. */
export const customRoleRoutes: readonly Route[] = [
  predefinedRole,
  ...LEVELS.flatMap(level => routesOf(level)),
]

function routesOf({ id, path, on, parent }: Level): readonly Route[] {
  const theRole = (call: Call, view: Call['view'] = 'now'): CustomRole => {
    const name = `${parent(call)}/roles/${call.path['role']}`
    const role = call.world.estate.customRoles.get(name, view)
    if (role === undefined) throw notFound(`The role named ${name} was not found.`)
    return role
  }
  return [
    {
      id: `${id}.list`,
      verb: 'GET',
      path,
      permissions: ['iam.roles.list'],
      resource: on,
      run: call => {
        const prefix = `${parent(call)}/roles/`
        const isFull = call.query.get('view') === 'FULL'
        const showsDeleted = call.query.get('showDeleted') === 'true'
        const from = function* (marker: string | undefined) {
          for (const entry of under(call.world.estate.customRoles, prefix, marker, call.view)) {
            if (showsDeleted || entry[1].deleted !== true) yield entry
          }
        }
        const { items, more } = page(call, from, { usual: 300, most: 1000 })
        const roles = items.map(role =>
          isFull ? shown(role) : { ...shown(role), includedPermissions: undefined },
        )
        return { ...(roles.length > 0 ? { roles } : {}), ...more }
      },
    },
    {
      id: `${id}.get`,
      verb: 'GET',
      path: `${path}/{role}`,
      permissions: ['iam.roles.get'],
      resource: on,
      run: call => shown(theRole(call, call.view)),
    },
    {
      id: `${id}.create`,
      verb: 'POST',
      path,
      permissions: ['iam.roles.create'],
      resource: on,
      writes: true,
      run: call => {
        const { customRoles } = call.world.estate
        const { roleId, role } = call.body
        if (typeof roleId !== 'string' || !/^[A-Za-z0-9_.]{3,64}$/.test(roleId)) {
          throw invalid('The role_id must be 3 to 64 characters of [a-zA-Z0-9_.].')
        }
        const name = `${parent(call)}/roles/${roleId}`
        if (customRoles.get(name) !== undefined) {
          throw new GoogleError('ALREADY_EXISTS', `A role named ${roleId} in ${parent(call)} already exists.`)
        }
        const siblings = [...customRoles.values()].filter(each =>
          each.name.startsWith(`${parent(call)}/roles/`),
        )
        if (siblings.length >= MOST_ROLES) {
          throw new GoogleError('RESOURCE_EXHAUSTED', `Maximum number of roles reached: ${MOST_ROLES}.`)
        }
        return save(call, { ...edited({ name, permissions: [] }, role, FIELDS), revision: 1 })
      },
    },
    {
      id: `${id}.patch`,
      verb: 'PATCH',
      path: `${path}/{role}`,
      permissions: ['iam.roles.update'],
      resource: on,
      writes: true,
      run: call => {
        const role = theRole(call)
        checkEtag(role, call.body['etag'])
        const mask = call.query.get('updateMask')
        const given = FIELDS.filter(field => Object.hasOwn(call.body, field))
        const fields = mask === null || mask === '' ? given : mask.split(',').map(field => field.trim())
        return save(call, bumped(edited(role, call.body, fields)))
      },
    },
    {
      id: `${id}.delete`,
      verb: 'DELETE',
      path: `${path}/{role}`,
      permissions: ['iam.roles.delete'],
      resource: on,
      writes: true,
      run: call => {
        const role = theRole(call)
        checkEtag(role, call.query.get('etag') ?? undefined)
        if (role.deleted === true) throw precondition(`The role ${role.name} is deleted already.`)
        return save(call, bumped({ ...role, deleted: true }))
      },
    },
    {
      id: `${id}.undelete`,
      verb: 'POST',
      path: `${path}/{role}:undelete`,
      permissions: ['iam.roles.undelete'],
      resource: on,
      writes: true,
      run: call => {
        const { deleted, ...role } = theRole(call)
        checkEtag(role, call.body['etag'])
        if (deleted !== true) throw precondition(`The role ${role.name} is not deleted.`)
        return save(call, bumped(role))
      },
    },
  ]
}

const FIELDS = ['title', 'description', 'includedPermissions', 'stage'] as const
const STAGES = new Set(['ALPHA', 'BETA', 'GA', 'DEPRECATED', 'DISABLED', 'EAP'])

function edited(role: CustomRole, value: unknown, fields: readonly string[]): CustomRole {
  if (!isRecord(value)) throw invalid('Invalid value at role.')
  const next = { ...role }
  for (const field of fields) {
    if (field === 'includedPermissions' || field === 'included_permissions') {
      next.permissions = permissionsIn(value['includedPermissions'] ?? [])
      continue
    }
    if (field !== 'title' && field !== 'description' && field !== 'stage') {
      throw invalid(`Invalid field in update_mask: ${field}`)
    }
    const text = value[field]
    if (text === undefined) {
      delete next[field]
      continue
    }
    if (typeof text !== 'string' || (field === 'stage' && !STAGES.has(text))) {
      throw invalid(`Invalid value at role.${field}.`)
    }
    next[field] = text
  }
  return next
}

function permissionsIn(value: unknown): string[] {
  if (!Array.isArray(value)) throw invalid('Invalid value at role.included_permissions.')
  for (const permission of value) {
    if (typeof permission !== 'string' || !/^[a-z]+(?:\.[A-Za-z]+){2}$/.test(permission)) {
      throw invalid(`Permission ${String(permission)} is not valid.`)
    }
  }
  return [...new Set(value.map(String))]
}

function checkEtag(role: CustomRole, etag: unknown): void {
  if (etag !== undefined && etag !== '' && etag !== etagOf(role.name, versioned(role))) throw concurrent()
}

/** A role of the seed was written once, too. */
const versioned = ({ revision = 1 }: CustomRole) => ({ revision })

function bumped(role: CustomRole): CustomRole {
  return { ...role, revision: versioned(role).revision + 1 }
}

function save({ world }: Call, role: CustomRole): object {
  world.estate.customRoles.set(role.name, role)
  return shown(role)
}

function shown(role: CustomRole) {
  const { name, title, description, permissions, stage = 'GA', deleted } = role
  return {
    name,
    title: title ?? name.split('/').at(-1),
    ...(description === undefined ? {} : { description }),
    includedPermissions: permissions,
    stage,
    etag: etagOf(name, versioned(role)),
    ...(deleted === true ? { deleted } : {}),
  }
}
