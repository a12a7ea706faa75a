import { toFault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { AwsClient } from '../client.ts'
import { awsId } from '../names.ts'
import type { Losses } from './listing-losses.ts'
import { common } from './principals.ts'

/** An instance profile on an EC2 instance. */
interface Association {
  instance: string
  /** ARN of the profile. */
  profile: string
  region: string
  state: string
  created: Date | undefined
}

/**
 * The regions of the scope, else every region that the account has switched on: an instance in a region that nobody
 * thought of uses the role all the same. Without the permission to ask, our own region.
 */
async function regionsOf(client: AwsClient, losses: Losses): Promise<(string | undefined)[]> {
  if (client.regions.length > 0) return [...client.regions]
  try {
    const { Regions = [] } = await client.ec2('DescribeRegions', {})
    return Regions.flatMap(({ RegionName }) => (RegionName ? [RegionName] : []))
  } catch (error) {
    if (toFault(error).code !== 'unsupported') losses.take(error, 'instances of other regions', KINDS)
    return [undefined]
  }
}

const KINDS = { kinds: ['instance-profile-association'] }

/** Those of the regions of the scope; a region that may not be read is noted as lost. */
export async function listAssociations(client: AwsClient, losses: Losses): Promise<Association[]> {
  const perRegion = await Promise.all(
    (await regionsOf(client, losses)).map(async region => {
      const what = `instance profile associations in ${region ?? 'the region of the scope'}`
      return (await losses.unlessDenied(ofRegion(client, region), what, KINDS)) ?? []
    }),
  )
  return perRegion.flat()
}

async function ofRegion(client: AwsClient, region: string | undefined): Promise<Association[]> {
  const found: Association[] = []
  let NextToken: string | undefined
  do {
    const page = await client.ec2(
      'DescribeIamInstanceProfileAssociations',
      {
        Filters: [{ Name: 'state', Values: ['associated'] }],
        ...(NextToken === undefined ? {} : { NextToken }),
      },
      region,
    )
    for (const each of page.IamInstanceProfileAssociations ?? []) {
      found.push({
        instance: each.InstanceId ?? '',
        profile: each.IamInstanceProfile?.Arn ?? '',
        region: region ?? '',
        state: each.State ?? '',
        created: each.Timestamp,
      })
    }
    NextToken = page.NextToken
  } while (NextToken)
  return found
}

/**
 * The uid is the instance: an association gets a new id whenever it is made.
 *
 * @param rolesByProfile profile ARN → name of its role, as far as roles were listed; the others are asked for
 */
export async function associationIdentities(
  client: AwsClient,
  losses: Losses,
  rolesByProfile: ReadonlyMap<string, string> = new Map(),
): Promise<Identity[]> {
  const now = Date.now()
  const found = await listAssociations(client, losses)
  const roles = new Map<string, string | undefined>()
  for (const profile of new Set(found.map(({ profile }) => profile))) {
    roles.set(profile, rolesByProfile.get(profile) ?? (await roleOf(client, profile, losses)))
  }
  return found.map(({ instance, profile, region, state, created }) => {
    const role = roles.get(profile)
    return {
      id: awsId(client.account, 'instance-profile-association', instance),
      uid: instance,
      cloud: 'aws',
      account: client.account,
      kind: 'instance-profile-association',
      name: instance,
      facts: {
        ...common({ created, enabled: true, used: 'unknown' }, now),
        instance,
        profile,
        ...(role === undefined ? {} : { role }),
        region,
        state,
      },
    }
  })
}

/** A profile has one role or none, and only by habit the same name. Undefined where we may not look. */
async function roleOf(client: AwsClient, profile: string, losses: Losses): Promise<string | undefined> {
  const name = profile.split('/').at(-1) ?? ''
  try {
    const { InstanceProfile } = await client.iam('GetInstanceProfile', { InstanceProfileName: name })
    return InstanceProfile?.Roles?.[0]?.RoleName
  } catch (error) {
    const { code } = toFault(error)
    if (code === 'denied') losses.take(error, 'the roles of instance profiles', { of: name })
    else if (code === 'bug') throw error
    return undefined
  }
}
