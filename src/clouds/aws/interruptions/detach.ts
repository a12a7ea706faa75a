import { z } from 'zod'
import { glob } from '../../../model/expression/glob.ts'
import { entryOf, type Facet, withEntries } from '../../../model/facet.ts'
import type { Context, Interruption, Reading } from '../../../model/interruption.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import { withoutMembers } from '../../kit/lens/members.ts'
import type { AwsClient } from '../client.ts'
import { denyIssuedBefore, PREFIX, policyName, secondsAfter, sizeOf } from '../settings/denials.ts'
import { headroomOf, quotaOf } from '../settings/headroom.ts'
import { type Principal, ROLE, USER } from '../settings/principal.ts'
import { parts, sessionHorizon, textOf, writeSettings } from '../settings/settings.ts'

const GRANTS = ['managed', 'inline', 'groups'] as const

const Params = z.strictObject({
  grants: z
    .array(z.enum(GRANTS))
    .min(1)
    .default([...GRANTS])
    .describe('Which kinds of grant to take away; all by default'),
  only: z
    .array(z.string().min(1).max(256))
    .min(1)
    .exactOptional()
    .describe(
      'Only policies and groups with these names (* and ? as wildcards), or policies with these ARNs',
    ),
})

type Params = z.infer<typeof Params>

/** Takes away what grants access. Resource policies may still allow; a deny is stronger and goes back easier. */
function detach(principal: Principal): Interruption<AwsClient, Params> {
  const { noun } = principal
  const user = principal.kind === 'user'
  return {
    id: `aws.${principal.kind}.detach`,
    summary: user
      ? 'Take policies and group memberships away from the user'
      : 'Take policies away from the role',
    verbs: ['detach'],
    on: [principal.kind],
    leaves: 'what resource policies allow it; a managed policy edited meanwhile comes back as edited',
    reversal: { kind: 'exact' },
    permissions: {
      read: [
        `iam:Get${noun}`,
        `iam:List${noun}Policies`,
        `iam:Get${noun}Policy`,
        `iam:ListAttached${noun}Policies`,
        'iam:GetPolicy',
        'iam:GetAccountSummary',
        ...(user ? ['iam:ListGroupsForUser'] : []),
      ],
      cut: [
        `iam:Detach${noun}Policy`,
        `iam:Delete${noun}Policy`,
        ...(user ? ['iam:RemoveUserFromGroup'] : []),
      ],
      restore: [
        `iam:Attach${noun}Policy`,
        `iam:Put${noun}Policy`,
        `iam:Delete${noun}Policy`,
        ...(user ? ['iam:AddUserToGroup'] : []),
      ],
    },
    params: Params,
    example: { grants: [...GRANTS] },
    read: (client, context) => read(principal, client, context),
    cut: (facet, { params }) => {
      const wanted = Params.parse(params)
      return withoutMembers(
        facet,
        Object.keys(facet).filter(entry => isWanted(entry, wanted)),
      )
    },
    write: writeSettings(principal),
    horizon: sessionHorizon(principal),
    stepDown(restored, context) {
      const entry = residueEntry(context)
      if (entryOf(restored, entry) !== undefined || noRoom(restored, context) !== undefined) return restored
      return withEntries(restored, [[entry, residue(context)]])
    },
    noStepDown: noRoom,
  }
}

/** The access that a step-down leaves: sessions from before it would have the rights again. */
const residueEntry = ({ run }: Context) => `inline/${policyName(run, 'detached')}`
const residue = ({ now }: Context) => denyIssuedBefore(secondsAfter(now, 0))

/** A deny with a time in it has to be an inline policy, next to those that are put back. */
function noRoom(restored: Facet, context: Context): string | undefined {
  const { inlineQuota, inlineUsed: hidden = 0 } = headroomOf(context.seen)
  if (inlineQuota === undefined || context.exhausted.includes(residueEntry(context))) return undefined
  const used = Object.keys(restored)
    .filter(entry => parts(entry)[0] === 'inline')
    .reduce((sum, entry) => sum + sizeOf(textOf(restored, entry) ?? ''), 0)
  const needed = sizeOf(residue(context))
  if (used + hidden + needed <= inlineQuota) return undefined
  return `no room for an inline policy: ${used + hidden} of ${inlineQuota} characters are used once its own are back, and ${needed} more are needed`
}

const GRANT_OF: ReadonlyMap<string, (typeof GRANTS)[number]> = new Map([
  ['attached', 'managed'],
  ['inline', 'inline'],
  ['group', 'groups'],
])

/**
 * The boundary is in the facet to be seen, and is never wanted: without it the identity could do more, not less. What
 * denies (ours, AWS's own quarantine of a leaked key) stays for the same reason.
 */
function isWanted(entry: string, { grants, only }: Params): boolean {
  const [setting, of] = parts(entry)
  const grant = GRANT_OF.get(setting)
  if (grant === undefined || !grants.includes(grant)) return false
  const name = setting === 'attached' ? of.slice(of.lastIndexOf('/') + 1) : of
  if (name.startsWith(PREFIX)) return false
  if (setting === 'attached' && isAwsDenial(of, name)) return false
  return only === undefined || only.some(pattern => glob(name, pattern) || glob(of, pattern))
}

function isAwsDenial(arn: string, name: string): boolean {
  const byAws = /^arn:[^:]+:iam::aws:policy\//.test(arn)
  return byAws && (name === 'AWSDenyAll' || name.startsWith('AWSCompromisedKeyQuarantine'))
}

async function read(principal: Principal, client: AwsClient, context: Context): Promise<Reading | undefined> {
  const { identity, params } = context
  const { name } = identity
  const { grants } = Params.parse(params)
  const own = parts(residueEntry(context))[1]
  const list = (grant: (typeof GRANTS)[number], names: () => Promise<string[]>) =>
    grants.includes(grant) ? names() : []
  return unlessGone(
    (async () => {
      const [self, inline, attached, groups] = await Promise.all([
        principal.self(client, name),
        principal.inlineNames(client, name),
        list('managed', () => principal.attached(client, name)),
        list('groups', () => principal.groups(client, name)),
      ])
      const [texts, versions, inlineQuota] = await Promise.all([
        Promise.all(inline.map(policy => unlessGone(principal.inline(client, name, policy)))),
        Promise.all(attached.map(arn => defaultVersion(client, arn))),
        quotaOf(client, principal.inlineQuotaName, principal.inlineQuota),
      ])
      // Policies that are none of its business still take room, and what a step-down left is always its business.
      const isShown = (policy: string) => grants.includes('inline') || policy === own
      const facet: Facet = withEntries({}, [
        ['boundary', self.boundary],
        ...inline.flatMap((policy, at): [string, string | undefined][] =>
          isShown(policy) ? [[`inline/${policy}`, texts[at]]] : [],
        ),
        ...attached.map((arn): [string, boolean] => [`attached/${arn}`, true]),
        ...groups.map((group): [string, boolean] => [`group/${group}`, true]),
      ])
      return {
        uid: self.uid,
        facet,
        seen: {
          defaultVersions: Object.fromEntries(
            attached.map((arn, at) => [arn, versions[at]?.version ?? null]),
          ),
          added: Object.fromEntries(
            attached.flatMap((arn, at) => {
              const { made } = versions[at] ?? {}
              return made === undefined ? [] : [[`attached/${arn}`, { at: made }]]
            }),
          ),
          inlineQuota,
          inlineUsed: inline.reduce(
            (sum, policy, at) => sum + (isShown(policy) ? 0 : sizeOf(texts[at] ?? '')),
            0,
          ),
        },
      }
    })(),
  )
}

/**
 * The content of an attached policy now: another default version means other permissions when it is back. IAM does not tell
 * when it was attached; a customer's policy cannot have been before it was made.
 */
async function defaultVersion(
  client: AwsClient,
  PolicyArn: string,
): Promise<{ version?: string; made?: string }> {
  const { Policy } = (await unlessGone(client.iam('GetPolicy', { PolicyArn }))) ?? {}
  const byAws = /^arn:[^:]+:iam::aws:/.test(PolicyArn)
  return {
    ...(Policy?.DefaultVersionId === undefined ? {} : { version: Policy.DefaultVersionId }),
    ...(byAws || Policy?.CreateDate === undefined ? {} : { made: new Date(Policy.CreateDate).toISOString() }),
  }
}

export const userDetach = detach(USER)
export const roleDetach = detach(ROLE)
