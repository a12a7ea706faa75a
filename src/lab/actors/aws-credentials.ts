import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Credentials, STSClient } from '@aws-sdk/client-sts'
import { REGION } from '../aws/seed/documents.ts'
import { keyOf, secretOf } from '../aws/seed/ids.ts'

/** The data that a signature needs. */
export interface Keys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** The seeded long-term key of a user. */
export function userKeys(user: string, nth = 1): Keys {
  const accessKeyId = keyOf(user, nth)
  return { accessKeyId, secretAccessKey: secretOf(accessKeyId) }
}

/** The two services that the actors call, through the real SDK, on one endpoint. */
export class Cloud {
  readonly #sts: typeof import('@aws-sdk/client-sts')
  readonly #secrets: typeof import('@aws-sdk/client-secrets-manager')
  readonly #endpoint: string
  readonly #anonymous: STSClient
  readonly #pool: SecretsManagerClient

  /** The SDK is loaded only when actors start. */
  static async open(endpoint: string): Promise<Cloud> {
    const [sts, secrets] = await Promise.all([
      import('@aws-sdk/client-sts'),
      import('@aws-sdk/client-secrets-manager'),
    ])
    return new Cloud(endpoint, sts, secrets)
  }

  constructor(
    endpoint: string,
    sts: typeof import('@aws-sdk/client-sts'),
    secrets: typeof import('@aws-sdk/client-secrets-manager'),
  ) {
    this.#sts = sts
    this.#secrets = secrets
    this.#endpoint = endpoint
    // An unsigned call takes no credentials, and must not go looking for the operator's own.
    this.#anonymous = new sts.STSClient(this.#config({ accessKeyId: 'none', secretAccessKey: 'none' }, 3))
    this.#pool = new secrets.SecretsManagerClient(
      this.#config({ accessKeyId: 'none', secretAccessKey: 'none' }, 1),
    )
  }

  /** Reads a secret as the holder of the keys; a thief does not retry, a workload does. */
  reader(keys: Keys, maxAttempts: number): (secretId: string) => Promise<unknown> {
    const client = new this.#secrets.SecretsManagerClient({
      ...this.#config(keys, maxAttempts),
      // One pool of connections for all sessions, also for those that live for one call.
      requestHandler: this.#pool.config.requestHandler,
    })
    return SecretId => client.send(new this.#secrets.GetSecretValueCommand({ SecretId }))
  }

  async sessionToken(keys: Keys): Promise<Keys> {
    const answer = await this.#as(keys).send(new this.#sts.GetSessionTokenCommand({ DurationSeconds: 3600 }))
    return keysOf(answer.Credentials)
  }

  async assume(keys: Keys, role: string, session: string, externalId?: string): Promise<Keys> {
    const answer = await this.#as(keys).send(
      new this.#sts.AssumeRoleCommand({
        RoleArn: role,
        RoleSessionName: session,
        ...(externalId === undefined ? {} : { ExternalId: externalId }),
      }),
    )
    return keysOf(answer.Credentials)
  }

  async assumeWithToken(token: string, role: string, session: string): Promise<Keys> {
    const answer = await this.#anonymous.send(
      new this.#sts.AssumeRoleWithWebIdentityCommand({
        RoleArn: role,
        RoleSessionName: session,
        WebIdentityToken: token,
      }),
    )
    return keysOf(answer.Credentials)
  }

  close(): void {
    this.#anonymous.destroy()
    this.#pool.destroy()
  }

  #as(keys: Keys): STSClient {
    return new this.#sts.STSClient({
      ...this.#config(keys, 1),
      requestHandler: this.#anonymous.config.requestHandler,
    })
  }

  #config(credentials: Keys, maxAttempts: number) {
    return { region: REGION, endpoint: this.#endpoint, credentials, maxAttempts }
  }
}

function keysOf(credentials: Credentials | undefined): Keys {
  const { AccessKeyId, SecretAccessKey, SessionToken } = credentials ?? {}
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
    throw new TypeError('an answer of STS without credentials')
  }
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}
