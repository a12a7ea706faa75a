import { keyOf } from '../estate.ts'
import type { InstanceProfile, OidcProvider } from '../store.ts'
import { AwsError, invalid, notFound } from '../wire.ts'
import { type Call, page, type Route, type Routes, sorted, theRole } from './route.ts'
import { date, profileShape } from './shapes.ts'

function theProvider({ params, account }: Call, view: Call['view'] = 'now'): OidcProvider {
  const arn = params.need('OpenIDConnectProviderArn')
  const provider = account.oidcProviders.get(arn, view)
  if (provider === undefined) throw notFound(`OpenIDConnect Provider not found for arn ${arn}`)
  return provider
}

const providerArn = (account: string, url: string) =>
  `arn:aws:iam::${account}:oidc-provider/${url.replace('https://', '')}`

const onProvider: Partial<Route> = {
  resource: ({ params }) => params.get('OpenIDConnectProviderArn') ?? '*',
}

export const providers: Routes = {
  ListOpenIDConnectProviders: {
    run({ account, view }) {
      const all = [...account.oidcProviders.after(undefined, view)]
      return { OpenIDConnectProviderList: all.map(([Arn]) => ({ Arn })) }
    },
  },
  ListSAMLProviders: {
    run({ account, view }) {
      const all = [...account.samlProviders.after(undefined, view)]
      return { SAMLProviderList: all.map(([Arn, { created }]) => ({ Arn, CreateDate: date(created) })) }
    },
  },
  GetOpenIDConnectProvider: {
    ...onProvider,
    run(call) {
      const provider = theProvider(call, call.view)
      return {
        Url: provider.url,
        ClientIDList: provider.clientIds,
        ThumbprintList: provider.thumbprints,
        CreateDate: date(provider.created),
      }
    },
  },
  CreateOpenIDConnectProvider: {
    writes: true,
    resource: ({ account, params }) => providerArn(account.id, params.need('Url')),
    run({ account, params, clock }) {
      const url = params.need('Url')
      if (!/^https:\/\/[\w.-]+(?:\/[\w./-]*)?$/.test(url))
        throw invalid(`Invalid Open ID Connect Provider URL: ${url}`)
      const arn = providerArn(account.id, url)
      if (account.oidcProviders.get(arn) !== undefined) {
        throw new AwsError('EntityAlreadyExists', 409, `Provider with url ${url} already exists.`)
      }
      account.oidcProviders.set(arn, {
        arn,
        url: url.slice('https://'.length),
        clientIds: params.list('ClientIDList.member'),
        thumbprints: params.list('ThumbprintList.member'),
        created: clock.now(),
      })
      return { OpenIDConnectProviderArn: arn }
    },
  },
  DeleteOpenIDConnectProvider: {
    ...onProvider,
    writes: true,
    run(call) {
      call.account.oidcProviders.delete(theProvider(call).arn)
      return undefined
    },
  },
  AddClientIDToOpenIDConnectProvider: {
    ...onProvider,
    writes: true,
    run(call) {
      const provider = theProvider(call)
      const id = call.params.need('ClientID')
      if (provider.clientIds.includes(id)) return undefined
      const clientIds = [...provider.clientIds, id]
      call.account.oidcProviders.set(provider.arn, { ...provider, clientIds })
      return undefined
    },
  },
  RemoveClientIDFromOpenIDConnectProvider: {
    ...onProvider,
    writes: true,
    run(call) {
      const provider = theProvider(call)
      const id = call.params.need('ClientID')
      const clientIds = provider.clientIds.filter(each => each !== id)
      call.account.oidcProviders.set(provider.arn, { ...provider, clientIds })
      return undefined
    },
  },
  ListInstanceProfiles: {
    run(call) {
      const { account, view } = call
      const { items, more } = page(call, key => account.instanceProfiles.after(key, view))
      return { InstanceProfiles: items.map(each => profileShape(account, each, view)), ...more }
    },
  },
  ListInstanceProfilesForRole: {
    run(call) {
      const { account, view } = call
      const { name } = theRole(call, view)
      const own: InstanceProfile[] = []
      for (const [, profile] of account.instanceProfiles.after(undefined, view)) {
        if (profile.role === name) own.push(profile)
      }
      const { items, more } = page(call, sorted(own, keyOf))
      return { InstanceProfiles: items.map(each => profileShape(account, each, view)), ...more }
    },
  },
  GetInstanceProfile: {
    run({ account, params, view }) {
      const name = params.need('InstanceProfileName')
      const profile = account.instanceProfiles.get(keyOf({ name }), view)
      if (profile === undefined) throw notFound(`Instance Profile ${name} cannot be found.`)
      return { InstanceProfile: profileShape(account, profile, view) }
    },
  },
}
