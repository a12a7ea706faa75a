import { checkIdentityDocument, QUOTAS, sizeOf } from '../policy-document.ts'
import type { InlinePolicies } from '../store.ts'
import { encodeDocument, invalid, notFound } from '../wire.ts'
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

interface Holder {
  name: string
  inline: InlinePolicies
}

function names(call: Call, { inline }: Holder) {
  const { items, more } = page(call, sorted(Object.keys(inline), String))
  return { PolicyNames: items, ...more }
}

function document({ params }: Call, kind: string, { name, inline }: Holder) {
  const policy = params.need('PolicyName')
  const text = Object.hasOwn(inline, policy) ? inline[policy] : undefined
  if (text === undefined) throw notFound(`The ${kind} policy with name ${policy} cannot be found.`)
  const holder = kind === 'user' ? { UserName: name } : { RoleName: name }
  return { ...holder, PolicyName: policy, PolicyDocument: encodeDocument(text) }
}

/** The policies with one more, or with another in its place. */
function put({ params }: Call, kind: string, { name, inline }: Holder, quota: number): InlinePolicies {
  const policy = params.need('PolicyName')
  const text = params.need('PolicyDocument')
  if (!/^[\w+=,.@-]{1,128}$/.test(policy)) {
    throw invalid(
      'The specified value for policyName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
    )
  }
  checkIdentityDocument(text)
  const after = { ...inline, [policy]: text }
  const size = Object.values(after).reduce((sum, each) => sum + sizeOf(each), 0)
  if (size > quota) throw limit(`Maximum policy size of ${quota} bytes exceeded for ${kind} ${name}`)
  return after
}

function without({ params }: Call, kind: string, { inline }: Holder): InlinePolicies {
  const policy = params.need('PolicyName')
  if (!Object.hasOwn(inline, policy)) {
    throw notFound(`The ${kind} policy with name ${policy} cannot be found.`)
  }
  const { [policy]: _, ...rest } = inline
  return rest
}

export const inlinePolicies: Routes = {
  ListUserPolicies: { run: call => names(call, theUser(call, call.view)) },
  GetUserPolicy: { run: call => document(call, 'user', theUser(call, call.view)) },
  PutUserPolicy: {
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, inline: put(call, 'user', user, QUOTAS.userInline) })
      return undefined
    },
  },
  DeleteUserPolicy: {
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, inline: without(call, 'user', user) })
      return undefined
    },
  },
  ListRolePolicies: { run: call => names(call, theRole(call, call.view)) },
  GetRolePolicy: { run: call => document(call, 'role', theRole(call, call.view)) },
  PutRolePolicy: {
    writes: true,
    run(call) {
      const role = modifiableRole(call)
      saveRole(call, { ...role, inline: put(call, 'role', role, QUOTAS.roleInline) })
      return undefined
    },
  },
  DeleteRolePolicy: {
    writes: true,
    run(call) {
      const role = modifiableRole(call)
      saveRole(call, { ...role, inline: without(call, 'role', role) })
      return undefined
    },
  },
}
