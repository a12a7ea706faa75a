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

export function inlineNames(call: Call, { inline }: Holder) {
  const { items, more } = page(call, sorted(Object.keys(inline), String))
  return { PolicyNames: items, ...more }
}

export function inlineDocument({ params }: Call, kind: string, { name, inline }: Holder) {
  const policy = params.need('PolicyName')
  const text = Object.hasOwn(inline, policy) ? inline[policy] : undefined
  if (text === undefined) throw notFound(`The ${kind} policy with name ${policy} cannot be found.`)
  const holder = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Name`
  return { [holder]: name, PolicyName: policy, PolicyDocument: encodeDocument(text) }
}

/** The policies with one more, or with another in its place. */
export function inlineWith(
  { params }: Call,
  kind: string,
  { name, inline }: Holder,
  quota: number,
): InlinePolicies {
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

export function inlineWithout({ params }: Call, kind: string, { inline }: Holder): InlinePolicies {
  const policy = params.need('PolicyName')
  if (!Object.hasOwn(inline, policy)) {
    throw notFound(`The ${kind} policy with name ${policy} cannot be found.`)
  }
  const { [policy]: _, ...rest } = inline
  return rest
}

export const inlinePolicies: Routes = {
  ListUserPolicies: { run: call => inlineNames(call, theUser(call, call.view)) },
  GetUserPolicy: { run: call => inlineDocument(call, 'user', theUser(call, call.view)) },
  PutUserPolicy: {
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, inline: inlineWith(call, 'user', user, QUOTAS.userInline) })
      return undefined
    },
  },
  DeleteUserPolicy: {
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, inline: inlineWithout(call, 'user', user) })
      return undefined
    },
  },
  ListRolePolicies: { run: call => inlineNames(call, theRole(call, call.view)) },
  GetRolePolicy: { run: call => inlineDocument(call, 'role', theRole(call, call.view)) },
  PutRolePolicy: {
    writes: true,
    run(call) {
      const role = modifiableRole(call)
      saveRole(call, { ...role, inline: inlineWith(call, 'role', role, QUOTAS.roleInline) })
      return undefined
    },
  },
  DeleteRolePolicy: {
    writes: true,
    run(call) {
      const role = modifiableRole(call)
      saveRole(call, { ...role, inline: inlineWithout(call, 'role', role) })
      return undefined
    },
  },
}
