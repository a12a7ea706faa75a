import { Fault, toFault } from '../../../model/fault.ts'
import { awsClient, type ClientOptions } from '../client.ts'
import { PACE } from '../http/pace.ts'
import { awsLane } from '../http/retry.ts'
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

/**
 * Credentials of one partition are unknown in every other (IAM User Guide, "IAM ARNs", partitions), and without a region in
 * the environment or the profile the commercial one is asked.
 */
export function inRegion(fault: Fault, region: string): Fault {
  if (fault.code !== 'not-authenticated') return fault
  return new Fault(fault.code, fault.message, {
    ...(fault.where === undefined ? {} : { where: fault.where }),
    next: `${fault.next ?? 'sign in'}; the region was ${region}: credentials of GovCloud, China, the European Sovereign Cloud or an isolated partition need one of their own (AWS_REGION=us-gov-west-1)`,
    cause: fault.cause,
  })
}
