import { QUOTAS } from '../policy-document.ts'
import type { ManagedPolicy } from '../store.ts'
import { AwsError, notFound } from '../wire.ts'
import {
  type Call,
  limit,
  modifiableRole,
  page,
  type Route,
  type Routes,
  saveRole,
  saveUser,
  sorted,
  theRole,
  theUser,
} from './route.ts'
import { attachedList, countPolicies, isAttachable, policyShape, versionShape } from './shapes.ts'

interface Holder {
  name: string
  attached: string[]
}

/** @throws AwsError `NoSuchEntity` */
export function thePolicy(call: Call, arn = call.params.need('PolicyArn')): ManagedPolicy {
  const policy = call.estate.policy(call.account, arn, call.view)
  if (policy === undefined) throw notFound(`Policy ${arn} does not exist or is not attachable.`)
  return policy
}

/** A page of what is attached. */
export function attachedPage(call: Call, { attached }: Holder) {
  const { items, more } = page(
    call,
    sorted(attachedList(attached), ({ PolicyArn }) => PolicyArn),
  )
  return { AttachedPolicies: items, ...more }
}

/** The ARNs with one more. Attaching twice is as good as once. */
export function attachedWith(call: Call, kind: string, { attached }: Holder): string[] {
  const policy = thePolicy(call)
  if (!isAttachable(policy)) throw notAttachable(policy)
  if (attached.includes(policy.arn)) return attached
  if (attached.length >= QUOTAS.attached) {
    throw limit(`Cannot exceed quota for PoliciesPer${kind}: ${QUOTAS.attached}`)
  }
  return [...attached, policy.arn]
}

/** The ARNs without the one that the call names. @throws AwsError `NoSuchEntity` where it is not among them */
export function attachedWithout({ params }: Call, kind: string, { name, attached }: Holder): string[] {
  const arn = params.need('PolicyArn')
  if (!attached.includes(arn)) throw notFound(`Policy ${arn} was not found attached to ${kind} ${name}.`)
  return attached.filter(each => each !== arn)
}

function boundary(call: Call): string {
  const policy = thePolicy(call, call.params.need('PermissionsBoundary'))
  if (!isAttachable(policy)) throw notAttachable(policy)
  return policy.arn
}

/** The boundary that a new user or role is to have, if any. */
export function newBoundary(call: Call): { boundary?: string } {
  return call.params.get('PermissionsBoundary') === undefined ? {} : { boundary: boundary(call) }
}

function notAttachable({ arn }: ManagedPolicy): AwsError {
  return new AwsError('PolicyNotAttachable', 400, `Cannot attach the policy ${arn}.`)
}

function unbound<T extends { name: string; boundary?: string }>(
  kind: string,
  record: T,
): Omit<T, 'boundary'> {
  const { boundary: before, ...rest } = record
  if (before === undefined) throw notFound(`${kind} ${record.name} does not have a permissions boundary`)
  return rest
}

const onPolicy: Partial<Route> = { resource: ({ params }) => params.get('PolicyArn') ?? '*' }
export const policyKey: Pick<Route, 'keys'> = {
  keys: ({ params }) => ({ 'iam:PolicyARN': params.get('PolicyArn') }),
}
const boundaryKey: Partial<Route> = {
  keys: ({ params }) => ({ 'iam:PermissionsBoundary': params.get('PermissionsBoundary') }),
}

export const managedPolicies: Routes = {
  ListAttachedUserPolicies: { run: call => attachedPage(call, theUser(call, call.view)) },
  ListAttachedRolePolicies: { run: call => attachedPage(call, theRole(call, call.view)) },
  AttachUserPolicy: {
    ...policyKey,
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, attached: attachedWith(call, 'User', user) })
      return undefined
    },
  },
  DetachUserPolicy: {
    ...policyKey,
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, attached: attachedWithout(call, 'user', user) })
      return undefined
    },
  },
  AttachRolePolicy: {
    ...policyKey,
    writes: true,
    run(call) {
      const role = modifiableRole(call)
      saveRole(call, { ...role, attached: attachedWith(call, 'Role', role) })
      return undefined
    },
  },
  DetachRolePolicy: {
    ...policyKey,
    writes: true,
    run(call) {
      const role = modifiableRole(call)
      saveRole(call, { ...role, attached: attachedWithout(call, 'role', role) })
      return undefined
    },
  },
  PutUserPermissionsBoundary: {
    ...boundaryKey,
    writes: true,
    run(call) {
      saveUser(call, { ...theUser(call), boundary: boundary(call) })
      return undefined
    },
  },
  DeleteUserPermissionsBoundary: {
    writes: true,
    run(call) {
      saveUser(call, unbound('User', theUser(call)))
      return undefined
    },
  },
  PutRolePermissionsBoundary: {
    ...boundaryKey,
    writes: true,
    run(call) {
      saveRole(call, { ...modifiableRole(call), boundary: boundary(call) })
      return undefined
    },
  },
  DeleteRolePermissionsBoundary: {
    writes: true,
    run(call) {
      saveRole(call, unbound('Role', modifiableRole(call)))
      return undefined
    },
  },
  GetPolicy: {
    ...onPolicy,
    run: call => ({ Policy: policyShape(thePolicy(call), countPolicies(call.account)) }),
  },
  GetPolicyVersion: {
    ...onPolicy,
    run(call) {
      const policy = thePolicy(call)
      const id = call.params.need('VersionId')
      const PolicyVersion = versionShape(policy, id)
      if (PolicyVersion === undefined) {
        throw notFound(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`)
      }
      return { PolicyVersion }
    },
  },
  ListPolicyVersions: {
    ...onPolicy,
    run(call) {
      const policy = thePolicy(call)
      const ids = policy.versions.map(({ id }) => id)
      const { items, more } = page(call, sorted(ids, String))
      const Versions = items.map(id => {
        const { Document: _, ...version } = versionShape(policy, id) ?? {}
        return version
      })
      return { Versions, ...more }
    },
  },
}
