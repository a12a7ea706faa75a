import { z } from 'zod'
import { toFault } from '../../../model/fault.ts'
import type { Pace } from '../../kit/http/lane.ts'
import { type AwsClient, awsClient, type ClientOptions } from '../client.ts'
import { awsLane } from '../http/retry.ts'
import { assumedRole } from '../sign-in/assumed-role.ts'
import { type WhoAmI, whoAmI } from '../sign-in/caller.ts'

/** `scope.aws.guard`: as whom guard policies are written, an identity of the management account or of a delegated administrator. */
export const guardSchema = z
  .strictObject({
    /** A profile of the shared configuration. */
    profile: z
      .string()
      .regex(/^[^\s[\]]{1,128}$/)
      .optional(),
    /** A role to assume, with the profile where one is named, else with the credentials of the run. */
    roleArn: z
      .string()
      .regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/)
      .optional(),
    externalId: z.string().optional(),
  })
  .refine(({ profile, roleArn }) => profile !== undefined || roleArn !== undefined, {
    error: 'a profile or a roleArn',
  })

export type GuardScope = z.infer<typeof guardSchema>

/** The environment's own: a role's ARN or the name of a profile. */
export const GUARD_VARIABLE = 'INTERDICT_AWS_GUARD'

/**
 * Requests a second of the whole organization, of which all who manage it have a share: two changes of policies, two
 * `DescribePolicy` (Organizations User Guide, "Quotas and service limits"). A reading is a `ListPoliciesForTarget` and a
 * `DescribePolicy`.
 */
const PACE: Pace = { reads: { atOnce: 4, perSecond: 4 }, writes: { atOnce: 1, perSecond: 2 } }

export const NO_GUARD =
  'no credentials for it: name an identity of the management account or of a delegated administrator as scope.aws.guard (profile or roleArn), or in INTERDICT_AWS_GUARD'

export interface GuardAccess {
  client: AwsClient
  /** The identity that writes, first, and the profiles that it came through. */
  chain: readonly [WhoAmI, ...WhoAmI[]]
}

export interface GuardRequest {
  scope: GuardScope
  base: Omit<ClientOptions, 'lane' | 'account'>
  /** The run's own client: it assumes the role where no profile is named. */
  own: AwsClient
  /** In a lab no profile is looked at: the role that it names takes the place of any that is asked for. */
  lab?: { roleArn: string | undefined }
}

/** Signs in as who writes guard policies, or says why not: a run goes on without, and refuses only the guard. */
export async function openGuard(request: GuardRequest): Promise<GuardAccess | { because: string }> {
  const { scope, base, own, lab } = request
  const profile = lab === undefined ? scope.profile : undefined
  const roleArn = lab?.roleArn ?? scope.roleArn
  if (lab !== undefined && roleArn === undefined) {
    return { because: 'the lab looks at no profiles, and names no role that writes guard policies' }
  }
  const lane = () => awsLane(PACE, { rated: lab === undefined, timing: base.timing })
  const source =
    profile === undefined ? own : awsClient({ ...withoutKeys(base), account: '', profile, lane: lane() })
  const client =
    roleArn === undefined
      ? source
      : awsClient({
          ...withoutKeys(base),
          account: '',
          partition: own.partition,
          credentials: assumedRole(source, roleArn, { externalId: scope.externalId, run: base.run }),
          lane: lane(),
        })
  try {
    const me = await whoAmI(client)
    const through = source === client || source === own ? [] : [await whoAmI(source)]
    return { client, chain: [me, ...through] }
  } catch (error) {
    if (client !== own) client.close()
    const asked = roleArn ?? `profile ${profile}`
    return { because: `cannot sign in as ${asked}, which writes guard policies: ${toFault(error).message}` }
  }
}

function withoutKeys({ credentials: _, ...base }: GuardRequest['base']): GuardRequest['base'] {
  return base
}

/** The role that the environment names, if the playbook names none. */
export function guardOfEnvironment(environment: Readonly<NodeJS.ProcessEnv>): GuardScope | undefined {
  const named = environment[GUARD_VARIABLE]?.trim()
  if (!named) return undefined
  return named.startsWith('arn:') ? { roleArn: named } : { profile: named }
}
