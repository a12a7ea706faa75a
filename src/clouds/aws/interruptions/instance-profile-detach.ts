import { z } from 'zod'
import { differences, type Facet, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Interruption } from '../../../model/interruption.ts'
import type { AwsClient } from '../client.ts'

const ENTRY = 'instance-profile'

/**
 * The instance gets no further credentials of the role. Credentials that it has already keep working, so that the role has to
 * be stopped as well.
 */
export const instanceProfileDetach: Interruption<AwsClient, Record<string, never>> = {
  id: 'aws.instance-profile-association.detach',
  summary: 'Take the instance profile, and so the role, away from the instance',
  verbs: ['detach'],
  on: ['instance-profile-association'],
  leaves: 'credentials the instance already fetched, for about 6h; Systems Manager access is lost as well',
  reversal: { kind: 'equivalent', differs: 'the association id' },
  permissions: {
    read: ['ec2:DescribeIamInstanceProfileAssociations'],
    cut: ['ec2:DescribeIamInstanceProfileAssociations', 'ec2:DisassociateIamInstanceProfile'],
    restore: [
      'ec2:DescribeIamInstanceProfileAssociations',
      'ec2:AssociateIamInstanceProfile',
      'ec2:DisassociateIamInstanceProfile',
      'iam:PassRole',
    ],
  },
  params: z.strictObject({}),
  example: {},
  async read(client, { identity }) {
    const found = await association(client, identity)
    const facet: Facet = withEntries({}, [[ENTRY, found?.profile]])
    // The association's own id ends with it; the instance is what stays the same.
    return { uid: identity.uid, facet }
  },
  cut: facet => withEntries(facet, [[ENTRY, undefined]]),
  async write(client, from, to, { identity }) {
    for (const { to: profile } of differences(from, to)) {
      const found = await association(client, identity)
      if (found?.profile === profile) continue
      if (found !== undefined) {
        await client.ec2('DisassociateIamInstanceProfile', { AssociationId: found.id }, regionOf(identity))
      }
      if (profile === undefined) continue
      await client
        .ec2(
          'AssociateIamInstanceProfile',
          { InstanceId: instanceOf(identity), IamInstanceProfile: { Arn: String(profile) } },
          regionOf(identity),
        )
        .catch((error: unknown) => {
          throw withoutProfile(error, String(profile))
        })
    }
  },
  horizon: () => 0,
}

/** EC2 refuses a profile that is not there as a parameter: "Value (…) for parameter iamInstanceProfile.arn is invalid". */
function withoutProfile(error: unknown, profile: string): unknown {
  const isInvalid =
    error instanceof Fault && error.code === 'rejected' && /instance ?profile/i.test(error.message)
  if (!isInvalid) return error
  return new Fault('missing', `${profile} no longer exists, so it cannot be put back`, {
    ...(error.where === undefined ? {} : { where: error.where }),
    cause: error,
  })
}

/** The profile that the instance has now; EC2 goes on showing associations that are ending. */
async function association(client: AwsClient, identity: Identity) {
  const { IamInstanceProfileAssociations = [] } = await client.ec2(
    'DescribeIamInstanceProfileAssociations',
    {
      Filters: [
        { Name: 'instance-id', Values: [instanceOf(identity)] },
        { Name: 'state', Values: ['associating', 'associated'] },
      ],
    },
    regionOf(identity),
  )
  const found = IamInstanceProfileAssociations[0]
  const id = found?.AssociationId
  const profile = found?.IamInstanceProfile?.Arn
  return id === undefined || profile === undefined ? undefined : { id, profile }
}

function instanceOf({ id, facts }: Identity): string {
  if (typeof facts.instance === 'string') return facts.instance
  throw new Fault('rejected', 'the instance of the association is not known', { where: id })
}

function regionOf({ facts }: Identity): string | undefined {
  return typeof facts.region === 'string' && facts.region !== '' ? facts.region : undefined
}
