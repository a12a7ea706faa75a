import { roleArn } from '../estate.ts'
import { checkTrustDocument, QUOTAS, sizeOf } from '../policy-document.ts'
import {
  below,
  filtered,
  limit,
  modifiableRole,
  page,
  type Routes,
  saveRole,
  sorted,
  theRole,
  theUser,
} from './route.ts'
import { date, roleShape, roleSummary, tagList, userShape, userSummary } from './shapes.ts'

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
}
