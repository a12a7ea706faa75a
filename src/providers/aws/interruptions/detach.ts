import { z } from 'zod'
import { glob } from '../../../model/expression/glob.ts'
import { type Facet, withEntries } from '../../../model/facet.ts'
import type { Context, Interruption, Reading } from '../../../model/interruption.ts'
import type { AwsClient } from '../client.ts'
import { PREFIX } from './denials.ts'
import { type Principal, ROLE, USER } from './principal.ts'
import { parts, sessionHorizon, unlessGone, writeSettings } from './settings.ts'

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
        ...(user ? ['iam:ListGroupsForUser'] : []),
      ],
      cut: [
        `iam:Detach${noun}Policy`,
        `iam:Delete${noun}Policy`,
        ...(user ? ['iam:RemoveUserFromGroup'] : []),
      ],
      restore: [`iam:Attach${noun}Policy`, `iam:Put${noun}Policy`, ...(user ? ['iam:AddUserToGroup'] : [])],
    },
    params: Params,
    example: { grants: [...GRANTS] },
    read: (client, context) => read(principal, client, context),
    cut: (facet, { params }) => {
      const wanted = Params.parse(params)
      return withEntries(
        facet,
        Object.keys(facet)
          .filter(entry => isWanted(entry, wanted))
          .map(entry => [entry, undefined]),
      )
    },
    write: writeSettings(principal),
    horizon: sessionHorizon(principal),
  }
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

async function read(
  principal: Principal,
  client: AwsClient,
  { identity, params }: Context,
): Promise<Reading | undefined> {
  const { name } = identity
  const { grants } = Params.parse(params)
  const list = (grant: (typeof GRANTS)[number], names: () => Promise<string[]>) =>
    grants.includes(grant) ? names() : []
  return unlessGone(
    (async () => {
      const [self, inline, attached, groups] = await Promise.all([
        principal.self(client, name),
        list('inline', () => principal.inlineNames(client, name)),
        list('managed', () => principal.attached(client, name)),
        list('groups', () => principal.groups(client, name)),
      ])
      const [texts, versions] = await Promise.all([
        Promise.all(inline.map(policy => unlessGone(principal.inline(client, name, policy)))),
        Promise.all(attached.map(arn => defaultVersion(client, arn))),
      ])
      const facet: Facet = withEntries({}, [
        ['boundary', self.boundary],
        ...inline.map((policy, at): [string, string | undefined] => [`inline/${policy}`, texts[at]]),
        ...attached.map((arn): [string, boolean] => [`attached/${arn}`, true]),
        ...groups.map((group): [string, boolean] => [`group/${group}`, true]),
      ])
      return {
        uid: self.uid,
        facet,
        seen: { defaultVersions: Object.fromEntries(attached.map((arn, at) => [arn, versions[at] ?? null])) },
      }
    })(),
  )
}

/** What an attached policy says now: another default version means other permissions when it is back. */
async function defaultVersion(client: AwsClient, PolicyArn: string): Promise<string | undefined> {
  const found = await unlessGone(client.iam('GetPolicy', { PolicyArn }))
  return found?.Policy?.DefaultVersionId
}

export const userDetach = detach(USER)
export const roleDetach = detach(ROLE)
