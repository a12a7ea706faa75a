import { directOrProxy } from '../../../egress/agents.ts'
import { Fault } from '../../../model/fault.ts'
import { type AuthClient, type AuthLibrary, authLibrary } from '../client.ts'
import { GoogleError } from '../http/faults.ts'
import { DEFAULT_UNIVERSE, type Hosts } from '../http/hosts.ts'
import { type CredentialFile, type FederatedFile, parseCredentials } from './credential-file.ts'

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform']

/** One link of the chain by which we came to our token. */
export interface Who {
  type: 'service-account' | 'user' | 'federated'
  /** Of a service account or a user; empty where the credentials do not say. */
  email: string
  /** The unique id of a service account, where the credentials say it. */
  uid?: string
  /** Id of the key that was signed with. */
  key?: string
  /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>` */
  provider?: string
}

export interface SignIn {
  client: AuthClient
  /** The effective caller first, then what it came through. */
  chain: readonly [Who, ...Who[]]
  project?: string
  quotaProject?: string
}

/** Signs in with a file, or as the service account of the machine; nothing is sent before a token is needed. */
export async function signIn(file: CredentialFile | undefined, hosts: Hosts): Promise<SignIn> {
  const library = await authLibrary()
  return file === undefined ? await machine(library) : build(library, file, hosts)
}

/** Acts as the last of `emails`, through those before it. */
export async function actAs(source: SignIn, emails: readonly string[], hosts: Hosts): Promise<SignIn> {
  const target = emails.at(-1)
  if (target === undefined) return source
  return impersonated(await authLibrary(), source, target, emails.slice(0, -1), hosts)
}

function build(library: AuthLibrary, file: CredentialFile, hosts: Hosts): SignIn {
  const universe = file.universe_domain ?? DEFAULT_UNIVERSE
  if (universe !== hosts.universe && hosts.override === undefined) {
    throw new Fault('not-authenticated', `these credentials are for ${universe}, not for ${hosts.universe}`, {
      next: `GOOGLE_CLOUD_UNIVERSE_DOMAIN=${universe}`,
    })
  }
  const options = { transporter: transporterOf(library, hosts, file), universeDomain: hosts.universe }
  const quota = file.quota_project_id === undefined ? {} : { quotaProject: file.quota_project_id }
  if (file.type === 'service_account') {
    allowed(file.token_uri, hosts, 'token_uri')
    const audience = file.token_uri === undefined ? {} : { additionalClaims: { aud: file.token_uri } }
    const client = new library.JWT({
      ...options,
      ...audience,
      email: file.client_email,
      key: file.private_key,
      ...(file.private_key_id === undefined ? {} : { keyId: file.private_key_id }),
      scopes: SCOPES,
    })
    return {
      client,
      chain: [
        {
          type: 'service-account',
          email: file.client_email,
          ...(file.client_id === undefined ? {} : { uid: file.client_id }),
          ...(file.private_key_id === undefined ? {} : { key: file.private_key_id }),
        },
      ],
      ...(file.project_id === undefined ? {} : { project: file.project_id }),
      ...quota,
    }
  }
  if (file.type === 'authorized_user') {
    const client = new library.UserRefreshClient({
      ...options,
      clientId: file.client_id,
      clientSecret: file.client_secret,
      refreshToken: file.refresh_token,
    })
    return { client, chain: [{ type: 'user', email: '' }], ...quota }
  }
  if (file.type === 'impersonated_service_account') {
    const source = build(library, parseCredentials(file.source_credentials, 'source_credentials'), hosts)
    allowed(file.service_account_impersonation_url, hosts, 'service_account_impersonation_url')
    const target = impersonationTarget(file.service_account_impersonation_url)
    const delegates = (file.delegates ?? []).map(each => each.replace(/^.*\/serviceAccounts\//, ''))
    return { ...impersonated(library, source, target, delegates, hosts), ...quota }
  }
  return { ...federated(library, file, options, hosts), ...quota }
}

type FederatedInput = Parameters<AuthLibrary['ExternalAccountClient']['fromJSON']>[0]

function federated(
  library: AuthLibrary,
  file: FederatedFile,
  options: { transporter: InstanceType<AuthLibrary['gaxios']['Gaxios']>; universeDomain: string },
  hosts: Hosts,
): SignIn {
  const { service_account_impersonation_url: through, audience } = file
  allowed(file.token_url, hosts, 'token_url')
  allowed(through, hosts, 'service_account_impersonation_url')
  const given = {
    ...file,
    ...options,
    token_url: redirected(file.token_url ?? `https://sts.${hosts.universe}/v1/token`, hosts),
    ...(through === undefined ? {} : { service_account_impersonation_url: redirected(through, hosts) }),
  }
  // The library checks what it needs of the rest, by the kind of source.
  const client = library.ExternalAccountClient.fromJSON(given as FederatedInput)
  if (client === null) throw new Fault('not-authenticated', 'not a workload identity federation file')
  client.scopes = SCOPES
  const provider = /\/\/iam\.[^/]+\/(.+)$/.exec(audience)?.[1]
  const pool: Who = { type: 'federated', email: '', ...(provider === undefined ? {} : { provider }) }
  const email = through === undefined ? undefined : impersonationTarget(through)
  return {
    client,
    chain: email === undefined ? [pool] : [{ type: 'service-account', email }, pool],
  }
}

function impersonated(
  library: AuthLibrary,
  source: SignIn,
  target: string,
  delegates: readonly string[],
  hosts: Hosts,
): SignIn {
  const client = new library.Impersonated({
    sourceClient: source.client as InstanceType<AuthLibrary['OAuth2Client']>,
    targetPrincipal: target,
    delegates: delegates.map(each => `projects/-/serviceAccounts/${each}`),
    targetScopes: SCOPES,
    lifetime: 3600,
    endpoint: hosts.origin('iamcredentials'),
  })
  const links = [target, ...[...delegates].reverse()].map(
    (email): Who => ({ type: 'service-account', email }),
  )
  const [first, ...rest] = links
  const { project, quotaProject } = source
  return {
    client,
    chain: [first ?? { type: 'service-account', email: target }, ...rest, ...source.chain],
    ...(project === undefined ? {} : { project }),
    ...(quotaProject === undefined ? {} : { quotaProject }),
  }
}

/** On Google's own machines the metadata server hands out tokens. */
async function machine(library: AuthLibrary): Promise<SignIn> {
  if (!(await library.gcpMetadata.isAvailable().catch(() => false))) {
    throw new Fault('not-authenticated', 'no Google Cloud credentials were found', {
      next: 'gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a key file',
    })
  }
  const [email, project] = await Promise.all([
    library.gcpMetadata.instance<string>('service-accounts/default/email').catch(() => ''),
    library.gcpMetadata.project<string>('project-id').catch(() => undefined),
  ])
  const pool = /^[^@]+\.svc\.id\.goog$/.test(email)
  return {
    client: new library.Compute({ scopes: SCOPES }),
    chain: [pool ? { type: 'federated', email: '', provider: email } : { type: 'service-account', email }],
    ...(project === undefined ? {} : { project }),
  }
}

function impersonationTarget(url: string): string {
  const email = /\/serviceAccounts\/([^/:]+):generate(AccessToken|IdToken)$/.exec(url)?.[1]
  if (email !== undefined) return decodeURIComponent(email)
  throw new Fault('not-authenticated', 'service_account_impersonation_url names no service account')
}

/** A credential file may come from anywhere; where it sends us is checked before anything is sent. */
function allowed(text: string | undefined, hosts: Hosts, where: string): void {
  if (text === undefined) return
  const { origin } = new URL(text)
  const services = ['oauth2', 'sts', 'iamcredentials'] as const
  const google = services.map(service => `https://${service}.${hosts.universe}`)
  const ours = services.map(service => hosts.origin(service))
  if ([...google, ...ours, 'https://accounts.google.com'].includes(origin)) return
  throw new Fault('not-authenticated', `${where} leads to ${origin}, which is not Google's`, {
    where,
    next: 'do not use this file; make a new one with gcloud',
  })
}

/** The same path at the lab or the emulator, where there is one. */
function redirected(text: string, { override }: Hosts): string {
  const url = new URL(text)
  return override === undefined ? text : `${override}${url.pathname}${url.search}`
}

/**
 * The way out of Google's library. It knows fixed addresses (a key file's `token_uri` is not read), retries by itself
 * and follows redirects; none of it is left to it.
 */
function transporterOf(library: AuthLibrary, hosts: Hosts, file: CredentialFile) {
  const transporter = new library.gaxios.Gaxios({
    timeout: 20_000,
    redirect: 'manual',
    // The library's own choice would ask for this machine through the proxy, and takes the proxy of https for http.
    agent: directOrProxy,
  })
  const source = file.type === 'external_account' ? file.credential_source?.url : undefined
  transporter.interceptors.request.add({
    resolved: async config => {
      const url = new URL(String(config.url))
      const google = url.hostname.endsWith(`.${hosts.universe}`) || url.origin === hosts.override
      if (google) {
        config.url = new URL(redirected(url.href, hosts))
      } else if (config.headers.has('authorization') && !source?.startsWith(url.origin)) {
        throw new Fault('not-authenticated', `a token was on its way to ${url.origin}`)
      }
      config.retry = false
      config.retryConfig = { retry: 0, noResponseRetries: 0, httpMethodsToRetry: [] }
      return config
    },
  })
  return transporter
}

/** The header for a URL. Failures are GoogleErrors and Faults; what may pass is retried by the caller. */
export async function authorizationOf(client: AuthClient, url: string): Promise<string> {
  try {
    const header = (await client.getRequestHeaders(url)).get('authorization')
    if (header) return header
  } catch (error) {
    throw authError(error)
  }
  throw new Fault('not-authenticated', 'the credentials give no token')
}

function authError(error: unknown): unknown {
  if (error instanceof Fault) return error
  if (!(error instanceof Error)) return new Fault('bug', String(error))
  const { cause } = error
  if (cause instanceof Fault) return cause
  const response = 'response' in error && typeof error.response === 'object' ? error.response : undefined
  const http = response && 'status' in response ? Number(response.status) : undefined
  if (http !== undefined && http >= 500) return new GoogleError(http, 'UNAVAILABLE', plain(error))
  const network = 'code' in error || error.message.includes('fetch failed')
  if (http === undefined && network)
    return new GoogleError(503, 'UNAVAILABLE', plain(error), { cause: error })
  return new Fault('not-authenticated', `signing in: ${plain(error)}`, {
    next: 'check the credentials (interdict doctor); to act as another account: roles/iam.serviceAccountTokenCreator on it',
  })
}

/** The library's messages may hold the whole answer; an answer to a sign-in may hold a token. */
function plain({ message }: Error): string {
  return message.replace(/[\w-]{20,}\.[\w-]{20,}(\.[\w-]+)?/g, '…').slice(0, 300)
}
