import { toFault } from '../../model/fault.ts'
import { type Facts, type Identity, identityId } from '../../model/identity.ts'
import type { AwsClient } from './client.ts'
import { listOf } from './documents.ts'
import { common } from './principals.ts'

/** @param trusting issuer → names of the roles that trust it, when roles were listed */
export async function oidcProviders(
  client: AwsClient,
  trusting: ReadonlyMap<string, string[]> | undefined,
): Promise<Identity[]> {
  const { OpenIDConnectProviderList = [] } = await client.iam('ListOpenIDConnectProviders', {})
  const now = Date.now()
  const found = await Promise.all(
    OpenIDConnectProviderList.map(async ({ Arn = '' }): Promise<Identity[]> => {
      try {
        const provider = await client.iam('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: Arn })
        const name = /:oidc-provider\/(.+)$/.exec(Arn)?.[1] ?? Arn
        const audiences = provider.ClientIDList ?? []
        return [
          {
            id: identityId('aws', client.account, 'oidc-provider', name),
            uid: Arn,
            cloud: 'aws',
            account: client.account,
            kind: 'oidc-provider',
            name,
            facts: {
              ...common(
                { created: provider.CreateDate, enabled: audiences.length > 0, used: 'unknown' },
                now,
              ),
              issuer: provider.Url ?? name,
              audiences,
              thumbprints: provider.ThumbprintList ?? [],
              ...(trusting === undefined ? {} : { roles: trusting.get(name) ?? [] }),
            },
          },
        ]
      } catch (error) {
        if (toFault(error).code === 'gone') return []
        throw error
      }
    }),
  )
  return found.flat()
}

/** The OIDC issuers that a role trusts, each once. */
export function issuersOf(facts: Facts): string[] {
  const { trust } = facts
  const oidc = trust !== null && typeof trust === 'object' && !Array.isArray(trust) ? trust.oidc : undefined
  if (!Array.isArray(oidc)) return []
  const issuers = oidc.flatMap(each =>
    each !== null && typeof each === 'object' && !Array.isArray(each) ? listOf(each.issuer) : [],
  )
  return [...new Set(issuers)]
}
