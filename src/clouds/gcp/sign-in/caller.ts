import { fetchOut } from '../../../egress/fetch.ts'
import { Fault } from '../../../model/fault.ts'
import type { Caller } from '../../../model/provider.ts'
import type { Hosts } from '../http/hosts.ts'
import type { SignIn, Who } from './auth.ts'

/** Our identity, and the chain that we came through. */
export interface Self {
  /** In lower case. */
  emails: readonly string[]
  /** Unique ids of service accounts, as far as the credentials say them. */
  uids: readonly string[]
  keys: readonly string[]
  /** Resource names of pools and providers. */
  federation: readonly string[]
}

export function selfOf(chain: readonly Who[]): Self {
  const providers = chain.flatMap(({ provider }) => (provider === undefined ? [] : [provider]))
  return {
    emails: chain.flatMap(({ email }) => (email === '' ? [] : [email.toLowerCase()])),
    uids: chain.flatMap(({ uid }) => (uid === undefined ? [] : [uid])),
    keys: chain.flatMap(({ key }) => (key === undefined ? [] : [key])),
    federation: providers.flatMap(each => [each, each.replace(/\/providers\/.*$/, '')]),
  }
}

export function callerOf(chain: readonly [Who, ...Who[]]): Caller {
  const [{ email, provider }] = chain
  const { emails, uids } = selfOf(chain)
  return { name: email || provider || 'somebody unknown', uids: [...new Set([...uids, ...emails])] }
}

/** Returns the reasons against acting as this caller. */
export function warningsFor(chain: readonly [Who, ...Who[]]): { message: string; refuse: boolean }[] {
  const nameless = chain.find(({ email, provider }) => email === '' && provider === undefined)
  if (nameless === undefined) return []
  return [
    {
      message:
        'these credentials do not show whose they are, so interdict could cut itself off; use a service account, or sign in with the scope userinfo.email',
      refuse: true,
    },
  ]
}

/**
 * Fills in who a user is. The address is there when the token carries an e-mail scope, as those of `gcloud auth
 * application-default login` do; the token goes in the body, not into a URL.
 */
export async function introduced(
  signedIn: SignIn,
  hosts: Hosts,
  signal: AbortSignal | undefined,
): Promise<SignIn['chain']> {
  const { chain, client } = signedIn
  const [first, ...rest] = chain
  if (first.email !== '' || first.provider !== undefined) return chain
  const { token } = await client.getAccessToken()
  const timeout = AbortSignal.timeout(10_000)
  const answer: unknown = await fetchOut(`${hosts.origin('oauth2')}/tokeninfo`, {
    method: 'POST',
    redirect: 'manual',
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    body: new URLSearchParams({ access_token: token ?? '' }),
  })
    .then(async response => (response.ok ? await response.json() : undefined))
    .catch(() => undefined)
  if (signal?.aborted) throw new Fault('interrupted', 'interrupted while signing in')
  const said = typeof answer === 'object' && answer !== null ? Object.fromEntries(Object.entries(answer)) : {}
  const email = typeof said.email === 'string' ? said.email : ''
  // For a service account's token without an e-mail scope this is the account's unique id.
  const uid = typeof said.azp === 'string' && /^\d{15,30}$/.test(said.azp) ? said.azp : undefined
  return [{ ...first, email, ...(uid === undefined ? {} : { uid }) }, ...rest]
}
