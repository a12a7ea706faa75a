import { groupArn, keyOf, roleArn } from '../estate.ts'
import { checkTrustDocument, QUOTAS, sizeOf } from '../policy-document.ts'
import type { Group } from '../store.ts'
import { notFound } from '../wire.ts'
import {
  type Call,
  limit,
  modifiableRole,
  page,
  type Routes,
  saveRole,
  saveUser,
  sorted,
  theRole,
  theUser,
} from './route.ts'
import { date, groupShape, roleShape, roleSummary, tagList, userShape, userSummary } from './shapes.ts'

function theGroup({ params, account, view }: Call): Group {
  const name = params.need('GroupName')
  const group = account.groups.get(keyOf({ name }), view)
  if (group === undefined) throw notFound(`The group with name ${name} cannot be found.`)
  return group
}

const below = ({ params }: Call) => {
  const prefix = params.get('PathPrefix') ?? '/'
  return ({ path }: { path: string }) => path.startsWith(prefix)
}

function* filtered<T>(entries: Iterable<readonly [string, T]>, keep: (item: T) => boolean) {
  for (const entry of entries) if (keep(entry[1])) yield entry
}

export const principals: Routes = {
  ListUsers: {
    run(call) {
      const { account, view } = call
      const { items, more } = page(call, key => filtered(account.users.after(key, view), below(call)))
      return { Users: items.map(user => userSummary(account.id, user)), ...more }
    },
  },
  ListRoles: {
    run(call) {
      const { account, view } = call
      const { items, more } = page(call, key => filtered(account.roles.after(key, view), below(call)))
      return { Roles: items.map(role => roleSummary(account.id, role)), ...more }
    },
  },
  GetUser: { run: call => ({ User: userShape(call.account.id, theUser(call, call.view)) }) },
  GetRole: {
    run(call) {
      const role = theRole(call, call.view)
      const used = call.estate.uses.get(roleArn(call.account.id, role))
      return { Role: roleShape(call.account.id, role, used) }
    },
  },
  ListUserTags: {
    run(call) {
      const { tags } = theUser(call, call.view)
      const { items, more } = page(
        call,
        sorted(tagList(tags), ({ Key }) => Key),
      )
      return { Tags: items, ...more }
    },
  },
  ListRoleTags: {
    run(call) {
      const { tags } = theRole(call, call.view)
      const { items, more } = page(
        call,
        sorted(tagList(tags), ({ Key }) => Key),
      )
      return { Tags: items, ...more }
    },
  },
  GetLoginProfile: {
    run(call) {
      const { name, login } = theUser(call, call.view)
      if (login === undefined) throw notFound(`Login Profile for User ${name} cannot be found.`)
      return {
        LoginProfile: { UserName: name, CreateDate: date(login.created), PasswordResetRequired: false },
      }
    },
  },
  ListMFADevices: {
    run(call) {
      const { name, mfa, created } = theUser(call, call.view)
      const { items, more } = page(call, sorted(mfa, String))
      const devices = items.map(SerialNumber => ({ UserName: name, SerialNumber, EnableDate: date(created) }))
      return { MFADevices: devices, ...more }
    },
  },
  UpdateAssumeRolePolicy: {
    writes: true,
    run(call) {
      const role = modifiableRole(call)
      const trust = call.params.need('PolicyDocument')
      checkTrustDocument(trust, call.estate)
      if (sizeOf(trust) > QUOTAS.trust) throw limit(`Cannot exceed quota for ACLSizePerRole: ${QUOTAS.trust}`)
      saveRole(call, { ...role, trust })
      return undefined
    },
  },
  ListGroupsForUser: {
    run(call) {
      const { account, view } = call
      const { groups } = theUser(call, view)
      const found = groups
        .map(name => account.groups.get(keyOf({ name }), view))
        .filter(group => group !== undefined)
      const { items, more } = page(call, sorted(found, keyOf))
      return { Groups: items.map(group => groupShape(account.id, group)), ...more }
    },
  },
  GetGroup: {
    resource: call => groupArn(call.account.id, theGroup(call)),
    run(call) {
      const { account, view } = call
      const group = theGroup(call)
      const { items, more } = page(call, key =>
        filtered(account.users.after(key, view), ({ groups }) => groups.includes(group.name)),
      )
      return {
        Group: groupShape(account.id, group),
        Users: items.map(user => userSummary(account.id, user)),
        ...more,
      }
    },
  },
  AddUserToGroup: {
    writes: true,
    resource: call => groupArn(call.account.id, theGroup(call)),
    run(call) {
      const user = theUser(call)
      const { name } = theGroup(call)
      if (user.groups.includes(name)) return undefined
      if (user.groups.length >= QUOTAS.groups)
        throw limit(`Cannot exceed quota for GroupsPerUser: ${QUOTAS.groups}`)
      saveUser(call, { ...user, groups: [...user.groups, name] })
      return undefined
    },
  },
  RemoveUserFromGroup: {
    writes: true,
    resource: call => groupArn(call.account.id, theGroup(call)),
    run(call) {
      const user = theUser(call)
      const { name } = theGroup(call)
      saveUser(call, { ...user, groups: user.groups.filter(each => each !== name) })
      return undefined
    },
  },
}
