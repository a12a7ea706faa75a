import { toFault } from '../../../model/fault.ts'
import type { Facts, Identity } from '../../../model/identity.ts'
import { isObject, memberOf } from '../../../model/json-object.ts'
import type { AwsClient } from '../client.ts'
import { awsId } from '../names.ts'
import { listOf } from '../settings/documents.ts'
import type { Losses } from './listing-losses.ts'
import { common, tagsOf } from './principals.ts'

/**
 * The providers of the account. One that may not be read is listed by its ARN, without the facts that only reading it shows.
 *
 * @param trusting issuer → names of the roles that trust it, when roles were listed
 */
export async function oidcProviders(
  client: AwsClient,
  trusting: ReadonlyMap<string, string[]> | undefined,
  losses: Losses,
): Promise<Identity[]> {
  const { OpenIDConnectProviderList = [] } =
    (await losses.unlessDenied(client.iam('ListOpenIDConnectProviders', {}), 'OpenID Connect providers', {
      kinds: ['oidc-provider'],
    })) ?? {}
  const now = client.timing.date()
  const found = await Promise.all(
    OpenIDConnectProviderList.map(async ({ Arn = '' }): Promise<Identity[]> => {
      try {
        const name = /:oidc-provider\/(.+)$/.exec(Arn)?.[1] ?? Arn
        const provider = await losses.unlessDenied(
          client.iam('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: Arn }),
          'the settings of OpenID Connect providers',
          { of: name },
        )
        const audiences = provider?.ClientIDList ?? []
        return [
          {
            id: awsId(client.account, 'oidc-provider', name),
            uid: Arn,
            cloud: 'aws',
            account: client.account,
            kind: 'oidc-provider',
            name,
            facts: {
              ...(provider
                ? {
                    ...common(
                      {
                        created: provider.CreateDate,
                        tags: tagsOf(provider.Tags),
                        enabled: audiences.length > 0,
                        used: 'unknown',
                      },
                      now,
                    ),
                    audiences,
                    thumbprints: provider.ThumbprintList ?? [],
                  }
                : { path: '/' }),
              issuer: provider?.Url ?? name,
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
  const oidc = memberOf(trust, 'oidc')
  if (!Array.isArray(oidc)) return []
  const issuers = oidc.flatMap(each => (isObject(each) ? listOf(each.issuer) : []))
  return [...new Set(issuers)]
}
