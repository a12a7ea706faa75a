import { z } from 'zod'
import { differences, entryOf, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Context, Interruption, Reading } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'
import { memberOf } from '../../../model/json-object.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import { withOwn } from '../../kit/lens/own-object.ts'
import type { AwsClient } from '../client.ts'
import { NO_GUARD } from '../guard/access.ts'
import type { AccountGuard } from '../guard/account-guard.ts'
import {
  CHARACTERS,
  GUARD,
  guardEntry,
  guardPolicyName,
  guardText,
  isPlainArn,
  PLACES,
  withGuards,
} from '../guard/document.ts'
import { noRoom } from '../guard/policy.ts'
import { secondsAfter } from '../settings/denials.ts'
import { type Principal, ROLE, USER } from '../settings/principal.ts'
import { arnOf, sessionHorizon } from '../settings/settings.ts'

const Params = z.strictObject({
  deny: z
    .enum(['all', 'undo'])
    .default('all')
    .describe('Everything, or only what would undo a containment (IAM changes, other roles); reads go on'),
})

type Params = z.infer<typeof Params>

/**
 * Denies the principal by a service control policy of its account, which nobody in the account can remove. Written before
 * the identity's own cuts and taken away after them.
 */
function guard(principal: Principal): Interruption<AwsClient, Params> {
  const { noun } = principal
  return {
    id: `aws.${principal.kind}.guard`,
    summary: `Deny the ${principal.kind} from the organization: a service control policy that nobody in the account can undo`,
    verbs: ['guard'],
    on: [principal.kind],
    leaves:
      principal.kind === 'user'
        ? 'federated-user sessions it made (its quarantine stops them); service-linked roles; other roles that it assumed before'
        : 'service-linked roles; other roles that it assumed before; principals of other organizations',
    reversal: { kind: 'exact' },
    permissions: {
      read: [
        `iam:Get${noun}`,
        'organizations:DescribeOrganization',
        'organizations:DescribePolicy',
        'organizations:ListPoliciesForTarget',
        'organizations:ListRoots',
      ],
      cut: [
        'organizations:AttachPolicy',
        'organizations:CreatePolicy',
        'organizations:DeletePolicy',
        'organizations:ListPolicies',
        'organizations:ListTargetsForPolicy',
        'organizations:UpdatePolicy',
      ],
      restore: ['organizations:DeletePolicy', 'organizations:DetachPolicy', 'organizations:UpdatePolicy'],
    },
    params: Params,
    example: { deny: 'all' },
    refuse(facet, context) {
      const { because } = seenOf(context)
      if (because !== undefined) return because
      const entry = entryAt(context)
      if (entryOf(facet, entry) !== undefined) return undefined
      return context.exhausted.includes(entry)
        ? `no room for it: ${guardPolicyName(context.identity.account)} or the account is at its quota`
        : undefined
    },
    read: (client, context) => read(principal, client, context),
    cut(facet, context) {
      return withOwn(facet, { entry: entryAt(context), value: true }, context)
    },
    async write(client, from, to, { identity }) {
      const wanted = differences(from, to).filter(({ entry }) => entry.startsWith(GUARD))
      if (wanted.length === 0) return
      if (client.guard === undefined || 'because' in client.guard) throw unreadable(client, identity.account)
      await client.guard.write(
        identity.account,
        Object.fromEntries(wanted.map(({ entry, to }) => [entry, to])),
      )
    },
    horizon: sessionHorizon(principal),
    stepDown(restored, context) {
      const entry = guardEntry('sessions', arnIn(context))
      if (entryOf(restored, entry) !== undefined || entryOf(restored, entryAt(context)) !== undefined) {
        return restored
      }
      return withEntries(restored, [[entry, secondsAfter(context.now, 0)]])
    },
    together: true,
  }
}

/** The parts of a reading besides the entries. */
interface Seen {
  arn?: string
  because?: string
}

function seenOf({ seen }: Context): Seen {
  const [arn, because] = [memberOf(seen, 'arn'), memberOf(seen, 'because')]
  return {
    ...(typeof arn === 'string' ? { arn } : {}),
    ...(typeof because === 'string' ? { because } : {}),
  }
}

/** From the reading: only it has the partition. */
function arnIn(context: Context): string {
  return seenOf(context).arn ?? arnOf({ partition: 'aws' }, context.identity)
}

function entryAt(context: Context): string {
  return guardEntry(Params.parse(context.params).deny, arnIn(context))
}

async function read(principal: Principal, client: AwsClient, context: Context): Promise<Reading | undefined> {
  const { identity, held = [] } = context
  const isHeld = held.some(entry => entry.startsWith(GUARD))
  const [self, found] = await Promise.all([
    unlessGone(principal.self(client, identity.name)),
    guardOf(client, identity.account, isHeld),
  ])
  // The policy goes on naming one that was deleted, and what is ours in it is still to be taken away.
  if (self === undefined && !isHeld) return undefined
  const arn = self?.arn || arnOf(client, identity)
  const entries = (['all', 'undo', 'sessions'] as const).map((mode): [string, Json | undefined] => {
    const entry = guardEntry(mode, arn)
    return [entry, entryOf(found.document.entries, entry)]
  })
  const because = whyNot(client, context, arn, found)
  const policy = guardPolicyName(identity.account)
  const names = {
    [guardEntry('all', arn)]: `${policy}: deny all`,
    [guardEntry('undo', arn)]: `${policy}: deny what would undo`,
    [guardEntry('sessions', arn)]: `${policy}: deny older sessions`,
  }
  return {
    uid: self?.uid || identity.uid,
    facet: withEntries({}, entries),
    seen: { arn, told: names, ...(because === undefined ? {} : { because }) },
  }
}

/**
 * Without a way to read it, what we hold must not be taken for gone.
 * @param isHeld whether the caller asks about entries that a run holds
 */
async function guardOf(client: AwsClient, account: string, isHeld: boolean): Promise<AccountGuard> {
  if (client.guard !== undefined && !('because' in client.guard)) return await client.guard.read(account)
  if (isHeld) throw unreadable(client, account)
  const because = client.guard?.because ?? NO_GUARD
  return { document: { entries: {}, foreign: [], prepared: false }, attached: 0, size: 0, because }
}

function unreadable({ guard }: AwsClient, account: string): Fault {
  const because = guard !== undefined && 'because' in guard ? guard.because : NO_GUARD
  return new Fault('not-authenticated', `the guard policy of ${account} cannot be read: ${because}`, {
    where: 'scope.aws.guard',
  })
}

function whyNot(
  client: AwsClient,
  { identity, params }: Context,
  arn: string,
  { because, document, id, attached }: AccountGuard,
): string | undefined {
  if (because !== undefined) return because
  const { guard } = client
  if (guard !== undefined && !('because' in guard) && guard.isOurs(identity.uid)) {
    return 'interdict itself runs as it, and would lock itself out'
  }
  if (!isPlainArn(arn)) return 'its ARN has characters by which the policy could match somebody else'
  const { deny } = Params.parse(params)
  const entry = guardEntry(deny, arn)
  if (entryOf(document.entries, entry) !== undefined) return undefined
  if (id === undefined && attached >= PLACES) {
    return `the account has ${attached} service control policies, and no place for another; detach one, or attach a guard policy beforehand (interdict doctor --prepare-guard)`
  }
  const size = guardText(withGuards(document, { [entry]: true })).length
  return size > CHARACTERS ? noRoom(identity.account, size) : undefined
}

export const userGuard = guard(USER)
export const roleGuard = guard(ROLE)
