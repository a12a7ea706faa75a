import { groupArn, keyOf } from '../estate.ts'
import { randomId } from '../issue.ts'
import { alreadyExists, deleteConflict, newName, newPath } from '../names.ts'
import { QUOTAS } from '../policy-document.ts'
import type { Group } from '../store.ts'
import { notFound } from '../wire.ts'
import { inlineDocument, inlineNames, inlineWith, inlineWithout } from './inline-policies.ts'
import { attachedPage, attachedWith, attachedWithout, policyKey } from './managed-policies.ts'
import {
  below,
  type Call,
  filtered,
  limit,
  page,
  type Route,
  type Routes,
  saveUser,
  sorted,
  theUser,
} from './route.ts'
import { groupShape, userSummary } from './shapes.ts'

/** Groups of an account (IAM and AWS STS quotas). */
const MOST_GROUPS = 300

function theGroup({ params, account, view }: Call, as = view): Group {
  const name = params.need('GroupName')
  const group = account.groups.get(keyOf({ name }), as)
  if (group === undefined) throw notFound(`The group with name ${name} cannot be found.`)
  return group
}

function saveGroup({ account }: Call, group: Group): void {
  account.groups.set(keyOf(group), group)
}

const onGroup: Pick<Route, 'resource'> = {
  resource({ account, params }) {
    const name = params.need('GroupName')
    return groupArn(account.id, account.groups.get(keyOf({ name })) ?? { path: '/', name })
  },
}

function* membersOf({ account, view }: Call, { name }: Group, after?: string) {
  yield* filtered(account.users.after(after, view), ({ groups }) => groups.includes(name))
}

export const groups: Routes = {
  ListGroups: {
    run(call) {
      const { account, view } = call
      const { items, more } = page(call, key => filtered(account.groups.after(key, view), below(call)))
      return { Groups: items.map(group => groupShape(account.id, group)), ...more }
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
    ...onGroup,
    run(call) {
      const { account } = call
      const group = theGroup(call)
      const { items, more } = page(call, key => membersOf(call, group, key))
      return {
        Group: groupShape(account.id, group),
        Users: items.map(user => userSummary(account.id, user)),
        ...more,
      }
    },
  },
  CreateGroup: {
    writes: true,
    resource: ({ account, params }) =>
      groupArn(account.id, { name: params.need('GroupName'), path: newPath(params) }),
    run(call) {
      const { account, params, clock } = call
      const name = newName(params, 'GroupName', 'group')
      if (account.groups.get(keyOf({ name })) !== undefined) throw alreadyExists('Group', name)
      if (account.groups.size >= MOST_GROUPS) {
        throw limit(`Cannot exceed quota for GroupsPerAccount: ${MOST_GROUPS}`)
      }
      const group: Group = {
        name,
        path: newPath(params),
        id: randomId('AGPA'),
        created: clock.now(),
        inline: {},
        attached: [],
      }
      saveGroup(call, group)
      return { Group: groupShape(account.id, group) }
    },
  },
  DeleteGroup: {
    ...onGroup,
    writes: true,
    run(call) {
      const group = theGroup(call, 'now')
      if (!membersOf({ ...call, view: 'now' }, group).next().done)
        throw deleteConflict('remove users from group')
      if (Object.keys(group.inline).length > 0) throw deleteConflict('delete policies')
      if (group.attached.length > 0) throw deleteConflict('detach all policies')
      call.account.groups.delete(keyOf(group))
      return undefined
    },
  },
  AddUserToGroup: {
    ...onGroup,
    writes: true,
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
    ...onGroup,
    writes: true,
    run(call) {
      const user = theUser(call)
      const { name } = theGroup(call)
      saveUser(call, { ...user, groups: user.groups.filter(each => each !== name) })
      return undefined
    },
  },
  ListGroupPolicies: { ...onGroup, run: call => inlineNames(call, theGroup(call)) },
  GetGroupPolicy: { ...onGroup, run: call => inlineDocument(call, 'group', theGroup(call)) },
  PutGroupPolicy: {
    ...onGroup,
    writes: true,
    run(call) {
      const group = theGroup(call, 'now')
      saveGroup(call, { ...group, inline: inlineWith(call, 'group', group, QUOTAS.groupInline) })
      return undefined
    },
  },
  DeleteGroupPolicy: {
    ...onGroup,
    writes: true,
    run(call) {
      const group = theGroup(call, 'now')
      saveGroup(call, { ...group, inline: inlineWithout(call, 'group', group) })
      return undefined
    },
  },
  ListAttachedGroupPolicies: { ...onGroup, run: call => attachedPage(call, theGroup(call)) },
  AttachGroupPolicy: {
    ...onGroup,
    ...policyKey,
    writes: true,
    run(call) {
      const group = theGroup(call, 'now')
      saveGroup(call, { ...group, attached: attachedWith(call, 'Group', group) })
      return undefined
    },
  },
  DetachGroupPolicy: {
    ...onGroup,
    ...policyKey,
    writes: true,
    run(call) {
      const group = theGroup(call, 'now')
      saveGroup(call, { ...group, attached: attachedWithout(call, 'group', group) })
      return undefined
    },
  },
}
