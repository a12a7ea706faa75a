import { z } from 'zod'
import { entryOf, type Facet, withEntries } from '../../../model/facet.ts'
import type { Context, Interruption, Reading } from '../../../model/interruption.ts'
import type { AwsClient } from '../client.ts'
import { denyAll, denyIssuedBefore, policyName, secondsAfter } from './denials.ts'
import { fitsAttached, fitsInline, type Headroom, inlineSize, quotaOf } from './headroom.ts'
import { type Principal, ROLE, USER } from './principal.ts'
import { simulate } from './probe.ts'
import { sessionHorizon, unlessGone, writeSettings } from './settings.ts'

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
    refuse: (facet, context) =>
      isStopped(facet, context) || rungs(context).some(rung => rung.room)
        ? undefined
        : 'no room for a deny: inline policies and managed policies are at their quota, and the boundary was refused',
    read: (client, context) => read(principal, client, context),
    cut(facet, context) {
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

const ownEntry = ({ run }: Context) => `inline/${policyName(run)}`
const denyAllIn = (partition: string) => `arn:${partition}:iam::aws:policy/AWSDenyAll`

/** A policy of AWS has the partition of the account (`aws-cn`, …), which the reading tells. */
function denyAllArn({ seen }: Context): string {
  const known = typeof seen === 'object' && seen !== null && !Array.isArray(seen) ? seen.partition : undefined
  return denyAllIn(typeof known === 'string' ? known : 'aws')
}

/** Where a deny can go, best first. */
function rungs(context: Context) {
  const arn = denyAllArn(context)
  const open = (entry: string) => !context.exhausted.includes(entry)
  // Room for the longer document that a step-down leaves in its place, so that a restore does not get stuck.
  const inline = fitsInline(context.seen, denyIssuedBefore(secondsAfter(context.now, 0)))
  return [
    { entry: ownEntry(context), value: denyAll(), room: inline && open(ownEntry(context)) },
    { entry: `attached/${arn}`, value: true, room: fitsAttached(context.seen) && open(`attached/${arn}`) },
    { entry: 'boundary', value: arn, room: open('boundary') },
  ]
}

/** By any of the three. What a step-down left in place of ours denies less, and does not count. */
function isStopped(facet: Facet, context: Context): boolean {
  const arn = denyAllArn(context)
  return (
    entryOf(facet, ownEntry(context)) === denyAll() ||
    entryOf(facet, `attached/${arn}`) !== undefined ||
    entryOf(facet, 'boundary') === arn
  )
}

async function read(principal: Principal, client: AwsClient, context: Context): Promise<Reading | undefined> {
  const { name } = context.identity
  return unlessGone(
    (async () => {
      const [self, inlineNames, attached] = await Promise.all([
        principal.self(client, name),
        principal.inlineNames(client, name),
        principal.attached(client, name),
      ])
      const arn = denyAllIn(client.partition)
      const own = policyName(context.run)
      const text = inlineNames.includes(own)
        ? await unlessGone(principal.inline(client, name, own))
        : undefined
      const facet = withEntries({}, [
        [`inline/${own}`, text],
        [`attached/${arn}`, attached.includes(arn) ? true : undefined],
        ['boundary', self.boundary],
      ])
      // Ours is in already: there is nothing to find room for, and verifying stays cheap.
      const headroom: Headroom = text === undefined ? await measure(principal, client, name, inlineNames) : {}
      const attachedQuota = await quotaOf(client, principal.attachedQuotaName, 10)
      return {
        uid: self.uid,
        facet,
        seen: { ...headroom, partition: client.partition, attachedCount: attached.length, attachedQuota },
      }
    })(),
  )
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
