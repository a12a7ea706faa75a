import type { AuthClient, OAuth2Client } from 'google-auth-library'
import { idOfKey } from '../gcp/seed/accounts.ts'
import { emailOf, KEYS } from '../gcp/seed/ids.ts'
import { keyPair } from '../gcp/seed/rsa.ts'

type Library = typeof import('google-auth-library')

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform']

/** The status by which Google refused a call, e.g. `PERMISSION_DENIED`, as the name of the error. */
export class Refused extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

/** The members of an answer in JSON. */
export interface Answered {
  readonly [member: string]: unknown
}

export interface Federation {
  /** Full name of a provider, or `identitynamespace:<pool>:<cluster>`. */
  audience: string
  /** The issuer's token, a new one each time. */
  subject: () => string
  /** The account to become; missing: the workload goes as itself. */
  account?: string
}

/** Google's own library for tokens, and Secret Manager over its `request`, on one endpoint. */
export class GoogleCloud {
  readonly #library: Library
  readonly #endpoint: string
  readonly #transporter: InstanceType<Library['gaxios']['Gaxios']>

  /** The library is loaded only when actors start. */
  static async open(endpoint: string): Promise<GoogleCloud> {
    return new GoogleCloud(endpoint, await import('google-auth-library'))
  }

  constructor(endpoint: string, library: Library) {
    this.#library = library
    this.#endpoint = endpoint
    this.#transporter = new library.gaxios.Gaxios({ timeout: 20_000, retry: false })
    // The library ignores the token endpoint of a key file and uses its own.
    this.#transporter.interceptors.request.add({
      resolved: async config => {
        const { pathname, search } = new URL(String(config.url))
        config.url = new URL(`${endpoint}${pathname}${search}`)
        config.retry = false
        return config
      },
    })
  }

  /** Somebody with a key of the account. */
  withKey(name: string, project: string, pair: string = KEYS.work, nth = 1): AuthClient {
    return new this.#library.JWT({
      email: emailOf(name, project),
      key: keyPair(pair).privateKey,
      keyId: idOfKey(name, pair, nth),
      scopes: SCOPES,
      transporter: this.#transporter,
    })
  }

  /** Somebody with a key file, as Google gave it. */
  withKeyFile(file: { client_email: string; private_key: string; private_key_id: string }): AuthClient {
    return new this.#library.JWT({
      email: file.client_email,
      key: file.private_key,
      keyId: file.private_key_id,
      scopes: SCOPES,
      transporter: this.#transporter,
    })
  }

  /** Somebody who may make tokens of the account. */
  impersonating(source: AuthClient, account: string): AuthClient {
    return new this.#library.Impersonated({
      sourceClient: source as OAuth2Client,
      targetPrincipal: account,
      targetScopes: SCOPES,
      lifetime: 3600,
      endpoint: this.#endpoint,
      transporter: this.#transporter,
    })
  }

  /** A workload with a token of its own issuer. */
  federated({ audience, subject, account }: Federation): AuthClient {
    return new this.#library.IdentityPoolClient({
      type: 'external_account',
      audience,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${this.#endpoint}/v1/token`,
      subject_token_supplier: { getSubjectToken: async () => subject() },
      ...(account === undefined
        ? {}
        : {
            service_account_impersonation_url: `${this.#endpoint}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
          }),
      scopes: SCOPES,
      transporter: this.#transporter,
    })
  }

  /** Somebody who holds nothing but this token. @throws Refused when the source gets none */
  async holding(source: AuthClient): Promise<AuthClient> {
    const { token } = await asked(() => source.getAccessToken())
    if (typeof token !== 'string') throw new Refused('NO_TOKEN', 'no token was given')
    const client = new this.#library.OAuth2Client({ transporter: this.#transporter })
    client.setCredentials({ access_token: token })
    return client
  }

  /** @param secret `<project>/<name>`. @throws Refused */
  async read(client: AuthClient, secret: string): Promise<unknown> {
    const [project, name] = secret.split('/')
    return this.call(client, 'GET', `/v1/projects/${project}/secrets/${name}/versions/latest:access`)
  }

  /** The answer to a call of any API. @throws Refused */
  async call(
    client: AuthClient,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<Answered> {
    const url = `${this.#endpoint}${path}`
    const sent = body === undefined ? {} : { data: body }
    const { data } = await asked(() => client.request<Answered>({ url, method, ...sent, retry: false }))
    return data
  }
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw new Refused(nameOf(error), error instanceof Error ? error.message : String(error))
  }
}

function nameOf(error: unknown): string {
  const { response, code } = error as { response?: { data?: unknown; status?: number }; code?: unknown }
  const { error: reported } = (response?.data ?? {}) as { error?: unknown }
  if (typeof reported === 'string') return reported
  const { status } = (reported ?? {}) as { status?: unknown }
  if (typeof status === 'string') return status
  return response?.status === undefined ? String(code ?? 'Error') : `HTTP ${response.status}`
}
