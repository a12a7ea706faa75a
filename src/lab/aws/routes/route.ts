import type { LabClock } from '../../clock.ts'
import type { View } from '../../propagation.ts'
import type { Caller } from '../auth.ts'
import type { LiveAccount, LiveEstate } from '../estate.ts'
import { keyOf } from '../estate.ts'
import type { RequestContext } from '../evaluate/conditions.ts'
import type { Role, User } from '../store.ts'
import { AwsError, invalid, notFound, type Params, type Value } from '../wire.ts'

/** The input of a route. */
export interface Call {
  estate: LiveEstate
  /** The caller's account. */
  account: LiveAccount
  /** undefined only where a route with `permission: 'own'` was called without a signature. */
  caller: Caller | undefined
  params: Params
  /** The body of a JSON service; empty for the others. */
  input: { readonly [member: string]: unknown }
  region: string
  /** How this read sees the estate: stale when a fault says so. */
  view: View
  /** How the data plane sees it. */
  enforced: View
  clock: LabClock
  context: RequestContext
}

export type Result = { readonly [member: string]: Value } | undefined

export interface Route {
  run: (call: Call) => Result
  /** It changes the estate. */
  writes?: true
  /** The resource in the question to the caller's policies; an ARN. `*` if it is left out. */
  resource?: (call: Call) => string
  /** Condition keys of this operation. */
  keys?: (call: Call) => RequestContext
  /** `none`: every known caller may call it; `own`: the route itself asks. */
  permission?: 'none' | 'own'
}

export type Routes = { readonly [operation: string]: Route }

/** A page of a list, with `IsTruncated` and, when there is more, the `Marker` that asks for it. */
export function page<T>(
  { params }: Call,
  after: (key: string | undefined) => Iterable<readonly [string, T]>,
  otherwise = 100,
): { items: T[]; more: { IsTruncated: boolean; Marker?: string } } {
  const most = params.count('MaxItems', otherwise, 1000)
  const marker = params.get('Marker')
  const from = marker === undefined ? undefined : Buffer.from(marker, 'base64url').toString()
  const items: T[] = []
  let last = ''
  for (const [key, item] of after(from)) {
    if (items.length === most) {
      return { items, more: { IsTruncated: true, Marker: Buffer.from(last).toString('base64url') } }
    }
    items.push(item)
    last = key
  }
  return { items, more: { IsTruncated: false } }
}

/** A list in the order of its keys, for {@link page}. */
export function sorted<T>(items: readonly T[], key: (item: T) => string) {
  const entries = items
    .map(item => [key(item), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return (after: string | undefined) =>
    after === undefined ? entries : entries.filter(([each]) => each > after)
}

/** Lets through what is below the path that the call asks for. */
export function below({ params }: Call): (item: { path: string }) => boolean {
  const prefix = params.get('PathPrefix') ?? '/'
  return ({ path }) => path.startsWith(prefix)
}

export function* filtered<T>(entries: Iterable<readonly [string, T]>, keep: (item: T) => boolean) {
  for (const entry of entries) if (keep(entry[1])) yield entry
}

/** The user that the call names, or, as IAM does, the one who signed it. */
export function theUser(call: Call, view: View = 'now'): User {
  const { params, caller, account } = call
  const name = params.get('UserName')
  if (name === undefined) {
    if (caller?.kind === 'user' && 'user' in caller.principal)
      return userNamed(call, caller.principal.user.name)
    throw invalid('Must specify userName when calling with non-User credentials')
  }
  const user = account.users.get(keyOf({ name }), view)
  if (user === undefined) throw notFound(`The user with name ${name} cannot be found.`)
  return user
}

function userNamed({ account }: Call, name: string): User {
  const user = account.users.get(keyOf({ name }))
  if (user === undefined) throw notFound(`The user with name ${name} cannot be found.`)
  return user
}

export function theRole({ params, account }: Call, view: View = 'now'): Role {
  const name = params.need('RoleName')
  const role = account.roles.get(keyOf({ name }), view)
  if (role === undefined) throw notFound(`The role with name ${name} cannot be found.`)
  return role
}

/** The role, when it may be changed by its account: AWS's own and Identity Center's may not. */
export function modifiableRole(call: Call): Role {
  const role = theRole(call)
  if (/^\/(?:aws-service-role|aws-reserved)\//.test(role.path)) {
    throw new AwsError(
      'UnmodifiableEntity',
      400,
      `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
    )
  }
  return role
}

export function saveUser({ account }: Call, user: User): void {
  account.users.set(keyOf(user), user)
}

export function saveRole({ account }: Call, role: Role): void {
  account.roles.set(keyOf(role), role)
}

export function limit(message: string): AwsError {
  return new AwsError('LimitExceeded', 409, message)
}
