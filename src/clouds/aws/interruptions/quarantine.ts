import { z } from 'zod'
import { entryOf, type Facet, withEntries } from '../../../model/facet.ts'
import type { Context, Interruption, Reading } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'
import { memberOf } from '../../../model/json-object.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AwsClient } from '../client.ts'
import { denyAll, denyIssuedBefore, policyName, secondsAfter, sizeOf, withEnd } from '../settings/denials.ts'
import {
  fitsAttached,
  fitsInline,
  type Headroom,
  headroomOf,
  inlineSize,
  quotaOf,
} from '../settings/headroom.ts'
import { type Principal, ROLE, USER } from '../settings/principal.ts'
import { simulate } from '../settings/probe.ts'
import { parts, sessionHorizon, writeSettings } from '../settings/settings.ts'

/** Calls of different services that a deny-all must stop; `GetCallerIdentity` cannot be denied and proves nothing. */
const PROBED = ['iam:ListUsers', 's3:ListAllMyBuckets', 'ec2:DescribeInstances', 'sts:AssumeRole']

/**
 * Denies everything, with the first of three that there is room for: an inline policy of ours, AWS's managed
 * `AWSDenyAll`, the same as permissions boundary (one slot, no quota). All three hold an explicit deny; an implicit one
 * would leave what resource policies allow (IAM User Guide, "Permissions boundaries for IAM entities").
 */
function quarantine(principal: Principal): Interruption<AwsClient, Record<string, never>> {
  const { noun } = principal
  return {
    id: `aws.${principal.kind}.quarantine`,
    summary: `Deny every action to the ${principal.kind}, its running sessions included`,
    verbs: ['quarantine'],
    on: [principal.kind],
    leaves:
      'sessions of other roles it assumed before; ECR, CodeArtifact and database logins until they expire',
    reversal: { kind: 'exact' },
    permissions: {
      read: [
        `iam:Get${noun}`,
        `iam:List${noun}Policies`,
        `iam:Get${noun}Policy`,
        `iam:ListAttached${noun}Policies`,
        'iam:GetAccountSummary',
        'iam:SimulatePrincipalPolicy',
      ],
      cut: [`iam:Put${noun}Policy`, `iam:Attach${noun}Policy`, `iam:Put${noun}PermissionsBoundary`],
      restore: [
        `iam:Delete${noun}Policy`,
        `iam:Put${noun}Policy`,
        `iam:Detach${noun}Policy`,
        `iam:Put${noun}PermissionsBoundary`,
        `iam:Delete${noun}PermissionsBoundary`,
      ],
    },
    params: z.strictObject({}),
    example: {},
    lapses: true,
    refuse: (facet, context) =>
      isStopped(facet, context) || rungs(context).some(rung => rung.room)
        ? undefined
        : context.ends !== undefined
          ? 'no room for an inline policy, and no other deny can carry an end'
          : 'no room for a deny: inline policies and managed policies are at their quota, and the boundary was refused',
    read: (client, context) => read(principal, client, context),
    companions: principal.kind === 'user' ? CREDENTIALS : [],
    cut(facet, context) {
      if (context.strength === 'all') return withEntries(facet, everyDeny(facet, context))
      if (isStopped(facet, context)) return facet
      const rung = rungs(context).find(each => each.room)
      return rung === undefined ? facet : withEntries(facet, [[rung.entry, rung.value]])
    },
    write: writeSettings(principal),
    horizon: sessionHorizon(principal),
    stepDown(restored, context) {
      const entry = ownEntry(context)
      const residue = denyIssuedBefore(secondsAfter(context.now, 0))
      if (isStopped(restored, context) || !fitsInline(context.seen, residue)) return restored
      return context.exhausted.includes(entry) ? restored : withEntries(restored, [[entry, residue]])
    },
    noStepDown(restored, context) {
      if (isStopped(restored, context))
        return 'it would still be denied everything by a policy that is not ours'
      return fitsInline(context.seen, denyIssuedBefore(secondsAfter(context.now, 0)))
        ? undefined
        : 'no room for an inline policy, and a deny with a time in it cannot be attached'
    },
    probe: (client, context) => simulate(client, context, { actions: PROBED }),
  }
}

/** A quarantined user can use none of its credentials, so that switching them off stops nothing more. */
const CREDENTIALS = [
  'aws.access-key.disable',
  'aws.service-credential.disable',
  'aws.signing-certificate.disable',
  'aws.ssh-key.disable',
]

/** Inline policies of ours under guard, room permitting: removing them takes as many calls. */
const INLINE_DENIES = 8

/** `inline/interdict-7f3k2m`, then `inline/interdict-7f3k2m-2` and so on. */
function inlineEntries({ run }: Context): string[] {
  return Array.from({ length: INLINE_DENIES }, (_, at) =>
    at === 0 ? `inline/${policyName(run)}` : `inline/${policyName(run, String(at + 1))}`,
  )
}

/**
 * All independent denies that there is room for: they are of three kinds, so that removing them takes three
 * permissions, and of inline ones there are several.
 */
function everyDeny(facet: Facet, context: Context): [string, Json][] {
  const arn = denyAllArn(context)
  const open = ([entry]: [string, Json]) => !context.exhausted.includes(entry)
  const { inlineUsed, inlineQuota } = headroomOf(context.seen)
  // As much as a step-down needs stays free.
  const reserve = sizeOf(denyIssuedBefore(secondsAfter(context.now, 0)))
  const size = sizeOf(ownDeny(context))
  const own = inlineEntries(context)
  const there = own.filter(entry => entryOf(facet, entry) !== undefined).length
  const room =
    inlineUsed === undefined || inlineQuota === undefined
      ? INLINE_DENIES
      : there + Math.floor((inlineQuota - inlineUsed - reserve) / size)
  const inline = own.slice(0, Math.max(0, room)).map((entry): [string, Json] => [entry, ownDeny(context)])
  if (context.ends !== undefined) return inline.filter(open)
  const isAttached = entryOf(facet, `attached/${arn}`) !== undefined
  const attached: [string, Json][] =
    isAttached || fitsAttached(context.seen) ? [[`attached/${arn}`, true]] : []
  return [...inline, ...attached, ['boundary', arn] as [string, Json]].filter(open)
}

/** The document of ours, with its end where it has one. */
const ownDeny = (context: Context) => withEnd(denyAll(), context)

const ownEntry = ({ run }: Context) => `inline/${policyName(run)}`
const denyAllIn = (partition: string) => `arn:${partition}:iam::aws:policy/AWSDenyAll`

/** A policy of AWS has the partition of the account (`aws-cn`, …), which the reading tells. */
function denyAllArn({ seen }: Context): string {
  const known = memberOf(seen, 'partition')
  return denyAllIn(typeof known === 'string' ? known : 'aws')
}

/** Where a deny can go, best first. */
function rungs(context: Context) {
  const arn = denyAllArn(context)
  const open = (entry: string) => !context.exhausted.includes(entry)
  // Room for the longer document that a step-down leaves in its place, so that a restore does not get stuck.
  const residue = denyIssuedBefore(secondsAfter(context.now, 0))
  const own = ownDeny(context)
  const inline = fitsInline(context.seen, sizeOf(own) > sizeOf(residue) ? own : residue)
  const first = { entry: ownEntry(context), value: own, room: inline && open(ownEntry(context)) }
  // Neither an attached policy of AWS nor a boundary carries an end.
  if (context.ends !== undefined) return [first]
  return [
    first,
    { entry: `attached/${arn}`, value: true, room: fitsAttached(context.seen) && open(`attached/${arn}`) },
    { entry: 'boundary', value: arn, room: open('boundary') },
  ]
}

/** By any of the three. A step-down's deny in place of ours denies less, and does not count. */
function isStopped(facet: Facet, context: Context): boolean {
  const arn = denyAllArn(context)
  return (
    inlineEntries(context).some(entry => entryOf(facet, entry) === ownDeny(context)) ||
    entryOf(facet, `attached/${arn}`) !== undefined ||
    entryOf(facet, 'boundary') === arn
  )
}

async function read(principal: Principal, client: AwsClient, context: Context): Promise<Reading | undefined> {
  const { name } = context.identity
  return unlessGone(
    (async () => {
      const { only } = context
      const arn = denyAllIn(client.partition)
      const [self, inlineNames, attached] = await Promise.all([
        principal.self(client, name),
        only ? only.flatMap(inlineName) : principal.inlineNames(client, name),
        !only || only.includes(`attached/${arn}`) ? principal.attached(client, name) : NONE,
      ])
      const own = inlineEntries(context).filter(entry => inlineNames.includes(entry.slice('inline/'.length)))
      const texts = await Promise.all(own.map(textReader(principal, client, context, own)))
      const facet = withEntries({}, [
        ...own.map((entry, at): [string, Json | undefined] => [entry, texts[at]]),
        [`attached/${arn}`, attached.includes(arn) ? true : undefined],
        ['boundary', self.boundary],
      ])
      // Ours is in already: there is nothing to find room for, and verifying stays cheap.
      const isIn = own.length > 0 && (context.strength === undefined || context.last !== undefined)
      if (only) return { uid: self.uid, facet }
      const headroom: Headroom = isIn ? {} : await measure(principal, client, name, inlineNames)
      const attachedQuota = await quotaOf(client, principal.attachedQuotaName, 10)
      return {
        uid: self.uid,
        facet,
        seen: { ...headroom, partition: client.partition, attachedCount: attached.length, attachedQuota },
      }
    })(),
  )
}

const NONE: readonly string[] = []

/** Returns the policy of an entry `inline/…`. */
function inlineName(entry: string): string[] {
  const [setting, of] = parts(entry)
  return setting === 'inline' ? [of] : []
}

/** The text of a policy of ours. Under guard one of them is read afresh, another each time, and the others are as just read. */
function textReader(principal: Principal, client: AwsClient, context: Context, own: readonly string[]) {
  const { last, identity } = context
  const afresh = last === undefined ? undefined : own[Math.floor(client.timing.random() * own.length)]
  return async (entry: string): Promise<string | undefined> => {
    const known = last === undefined || entry === afresh ? undefined : entryOf(last, entry)
    if (typeof known === 'string') return known
    return await unlessGone(principal.inline(client, identity.name, entry.slice('inline/'.length)))
  }
}

/** Room for inline policies. */
async function measure(principal: Principal, client: AwsClient, name: string, policies: readonly string[]) {
  const [inlineUsed, inlineQuota] = await Promise.all([
    inlineSize(principal, client, name, policies),
    quotaOf(client, principal.inlineQuotaName, principal.inlineQuota),
  ])
  return { inlineUsed, inlineQuota }
}

export const userQuarantine = quarantine(USER)
export const roleQuarantine = quarantine(ROLE)
