import { z } from 'zod'
import type { Interruption } from '../../../model/interruption.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import { withoutMembers, writeMembers } from '../../kit/lens/members.ts'
import type { AwsClient } from '../client.ts'
import { arnOf } from '../settings/settings.ts'

const Params = z.strictObject({
  audiences: z
    .array(z.string().min(1).max(255))
    .min(1)
    .exactOptional()
    .describe('Client ids (audiences) to take away; all by default'),
})

type Params = z.infer<typeof Params>

/**
 * Tokens of the provider are no longer taken. Changing its thumbprints would do nothing: AWS does not look at them
 * where it trusts the issuer's certificate authority (IAM User Guide, "Obtain the thumbprint for an OpenID Connect
 * identity provider").
 */
export const oidcProviderDisable: Interruption<AwsClient, Params> = {
  id: 'aws.oidc-provider.disable',
  summary: 'Take the audiences away from the OpenID Connect provider: its tokens are no longer accepted',
  verbs: ['disable'],
  on: ['oidc-provider'],
  leaves: 'sessions that were issued, until they expire; stops every role that trusts the provider',
  reversal: { kind: 'exact' },
  permissions: {
    read: ['iam:GetOpenIDConnectProvider'],
    cut: ['iam:RemoveClientIDFromOpenIDConnectProvider'],
    restore: ['iam:AddClientIDToOpenIDConnectProvider'],
  },
  params: Params,
  example: {},
  async read(client, { identity }) {
    const found = await unlessGone(
      client.iam('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arnOf(client, identity) }),
    )
    if (found === undefined) return undefined
    return {
      // The provider has no unique id: the ARN is made of its URL, and another one under it would be the same issuer.
      uid: identity.uid,
      facet: Object.fromEntries((found.ClientIDList ?? []).map(id => [`audience/${id}`, true])),
    }
  },
  cut(facet, { params }) {
    const { audiences } = Params.parse(params)
    return withoutMembers(
      facet,
      audiences?.map(id => `audience/${id}`) ?? Object.keys(facet).filter(isAudience),
    )
  },
  async write(client, from, to, { identity }) {
    const OpenIDConnectProviderArn = arnOf(client, identity)
    const audience = (entry: string) => ({
      OpenIDConnectProviderArn,
      ClientID: entry.slice('audience/'.length),
    })
    await writeMembers(from, to, {
      add: entry => client.iam('AddClientIDToOpenIDConnectProvider', audience(entry)),
      remove: entry => client.iam('RemoveClientIDFromOpenIDConnectProvider', audience(entry)),
    })
  },
  horizon: () => 0,
}

const isAudience = (entry: string) => entry.startsWith('audience/')
