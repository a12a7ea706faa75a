import { type Identity, identityId } from '../../model/identity.ts'
import type { AwsClient } from './client.ts'
import { common } from './principals.ts'

/** Instance profiles on EC2 instances, in the regions of the scope. The uid is the instance: an association gets a new
 * id whenever it is made. */
export async function associationIdentities(client: AwsClient): Promise<Identity[]> {
  const now = Date.now()
  const perRegion = await Promise.all(
    client.regions.map(async region => {
      const found: Identity[] = []
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
          const { InstanceId: instance = '' } = each
          const profile = each.IamInstanceProfile?.Arn ?? ''
          found.push({
            id: identityId('aws', client.account, 'instance-profile-association', instance),
            uid: instance,
            cloud: 'aws',
            account: client.account,
            kind: 'instance-profile-association',
            name: instance,
            facts: {
              ...common({ created: each.Timestamp, enabled: true, lastUsed: undefined }, now),
              instance,
              profile,
              role: profile.split('/').at(-1) ?? '',
              region,
              state: each.State ?? '',
            },
          })
        }
        NextToken = page.NextToken
      } while (NextToken)
      return found
    }),
  )
  return perRegion.flat()
}
