import { nearest } from '../../../model/document/problems.ts'
import { Fault, toFault } from '../../../model/fault.ts'
import { awsClient, type ClientOptions } from '../client.ts'
import { PACE } from '../http/pace.ts'
import { awsLane } from '../http/retry.ts'
import { profiles } from '../http/sdk.ts'
import { sourceProfiles, type WhoAmI, whoAmI } from './caller.ts'

/**
 * Who the source profiles are. One that does not answer may not be what the SDK took; that its identity is not protected is
 * among the problems.
 */
export async function cameThrough(
  base: Omit<ClientOptions, 'lane' | 'account'>,
  environment: NodeJS.ProcessEnv,
  problems: string[],
): Promise<WhoAmI[]> {
  const found = await Promise.all(
    (await sourceProfiles(environment)).map(async profile => {
      const client = awsClient({
        ...base,
        account: '',
        profile,
        lane: awsLane(PACE, { rated: true, timing: base.timing }),
      })
      return await whoAmI(client)
        .catch((error: unknown) => {
          const { code, message } = toFault(error)
          if (code === 'bug') throw error
          problems.push(
            `who profile ${profile} is, through which we signed in, is not known (${message}): its user or role and its keys are not kept from being contained`,
          )
          return undefined
        })
        .finally(() => client.close())
    }),
  )
  return found.filter(each => each !== undefined)
}

/** A sign-in that failed, as a Fault. */
export function signInFault(error: unknown): Fault {
  const fault = toFault(error)
  if (fault.code !== 'denied') return fault
  return new Fault('not-authenticated', fault.message, {
    ...(fault.where === undefined ? {} : { where: fault.where }),
    next: 'check the role that is to be assumed, its trust policy and the external id',
    cause: error,
  })
}

/** Profiles that a fault names where none of them is near the one that was given. */
const PROFILES_NAMED = 10

/** Returns the fault of a sign-in with a profile that the AWS configuration does not have; `undefined` if it has it. */
export async function missingProfile(
  fault: Fault,
  { AWS_PROFILE }: NodeJS.ProcessEnv,
): Promise<Fault | undefined> {
  if (fault.code !== 'not-authenticated' || !AWS_PROFILE) return undefined
  const known = Object.keys(await profiles()).sort()
  if (known.includes(AWS_PROFILE)) return undefined
  const near = nearest(AWS_PROFILE, known)
  const listed = known.slice(0, PROFILES_NAMED).join(', ')
  const next =
    near !== undefined
      ? `did you mean AWS_PROFILE=${near}?`
      : known.length > 0
        ? `profiles are: ${listed}${known.length > PROFILES_NAMED ? ', …' : ''}`
        : 'there are no profiles here: aws configure sso makes one'
  return new Fault(fault.code, `no profile is called ${JSON.stringify(AWS_PROFILE)}`, {
    where: 'AWS_PROFILE',
    next,
    cause: fault,
  })
}

/**
 * Credentials of one partition are unknown in every other (IAM User Guide, "IAM ARNs", partitions), and without a region in
 * the environment or the profile the commercial one is asked. Missing and expired credentials have nothing to do with the region.
 */
export function inRegion(fault: Fault, region: string): Fault {
  if (fault.code !== 'not-authenticated' || /expired|could not load credentials/i.test(fault.message))
    return fault
  return new Fault(fault.code, fault.message, {
    ...(fault.where === undefined ? {} : { where: fault.where }),
    next: `${fault.next ?? 'sign in'}; the region was ${region}: credentials of GovCloud, China, the European Sovereign Cloud or an isolated partition need one of their own (AWS_REGION=us-gov-west-1)`,
    cause: fault.cause,
  })
}
