import { differences, type Facet } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Interruption } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'
import { isFault } from '../../kit/http/faults.ts'
import type { AwsClient } from '../client.ts'
import { PREFIX } from './denials.ts'
import type { Principal } from './principal.ts'

/**
 * Writing the settings of a user or role, for every interruption whose facet consists of them. One entry is one
 * setting: `inline/<policy>` (text), `attached/<arn>`, `group/<name>`, `boundary` (arn).
 */

/** Carries out the entries that differ; what keeps the identity stopped goes first. */
export function writeSettings(principal: Principal): Interruption<AwsClient>['write'] {
  return async (client, from, to, { identity }) => {
    const denialsFirst = differences(from, to).sort((a, b) => rank(a.entry, a.to) - rank(b.entry, b.to))
    for (const { entry, to: value } of denialsFirst) {
      if (value === undefined) await remove(principal, client, identity.name, entry)
      else await put(principal, client, identity.name, entry, value)
    }
  }
}

/** A deny of ours (a cut, or what a step-down leaves) stands before anything else moves; a boundary comes next. */
function rank(entry: string, to: Json | undefined): number {
  if (to !== undefined && entry.startsWith(`inline/${PREFIX}`)) return 0
  if (to !== undefined && entry === 'boundary') return 1
  return to === undefined ? 3 : 2
}

async function put(principal: Principal, client: AwsClient, name: string, entry: string, value: Json) {
  const [setting, of] = parts(entry)
  try {
    if (setting === 'inline') return await principal.putInline(client, name, of, String(value))
    if (setting === 'attached') return await principal.attach(client, name, of)
    if (setting === 'boundary') return await principal.putBoundary(client, name, String(value))
    if (setting === 'group') return await client.iam('AddUserToGroup', { UserName: name, GroupName: of })
  } catch (error) {
    if (!isFault(error, 'gone')) throw error
    await principal.self(client, name)
    // The principal is there, so it is the policy or group that is not: nothing is left to attach.
    const where = error.where ?? name
    if (setting !== 'boundary') {
      throw new Fault('missing', `${of} no longer exists, so it cannot be put back`, { where, cause: error })
    }
    // Without the boundary that it had, it could do more than before: ours stays, which denies everything.
    throw new Fault('missing', `the boundary that it had, ${String(value)}, no longer exists; ours stays`, {
      where,
      next: `create it again, or give the ${principal.kind} another boundary (aws iam put-${principal.kind}-permissions-boundary) and take that as the truth with --drift use-live`,
      cause: error,
    })
  }
  throw new Fault('bug', `no such setting of a ${principal.kind}: ${entry}`)
}

async function remove(principal: Principal, client: AwsClient, name: string, entry: string) {
  const [setting, of] = parts(entry)
  try {
    if (setting === 'inline') return await principal.deleteInline(client, name, of)
    if (setting === 'attached') return await principal.detach(client, name, of)
    if (setting === 'boundary') return await principal.deleteBoundary(client, name)
    if (setting === 'group') return await client.iam('RemoveUserFromGroup', { UserName: name, GroupName: of })
  } catch (error) {
    if (!isFault(error, 'gone')) throw error
    // The same word for "already removed", which is done, and for "no such user", which is not.
    return await principal.self(client, name)
  }
  throw new Fault('bug', `no such setting of a ${principal.kind}: ${entry}`)
}

/** `inline/a/b` is the setting `inline` of `a/b`. */
export function parts(entry: string): [setting: string, of: string] {
  const at = entry.indexOf('/')
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
}

/** The ARN of a user, role or provider: it has the partition of the account and, unlike an STS ARN, the path. */
export function arnOf(
  client: Pick<AwsClient, 'partition'>,
  { account, kind, name, uid, facts }: Identity,
): string {
  if (uid.startsWith('arn:')) return uid
  const path = typeof facts.path === 'string' ? facts.path : '/'
  return `arn:${client.partition}:iam::${account}:${kind}${path}${name}`
}

/** How long sessions last that could wake up again: the longest that AWS STS grants. */
export function sessionHorizon(principal: Principal): NonNullable<Interruption['horizon']> {
  return ({ facts }) => {
    if (principal.kind === 'user') return 36 * 3600
    return typeof facts.maxSession === 'number' ? facts.maxSession : 12 * 3600
  }
}

/** A text entry of a facet. */
export function textOf(facet: Facet, entry: string): string | undefined {
  const value = Object.hasOwn(facet, entry) ? facet[entry] : undefined
  return typeof value === 'string' ? value : undefined
}
