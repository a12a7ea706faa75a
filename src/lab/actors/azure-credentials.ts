import { createHash, randomUUID } from 'node:crypto'
import { appId, EXCHANGE_AUDIENCE, GITHUB, objectId, secretOf, TENANT } from '../azure/seed/ids.ts'

const GRAPH = 'https://graph.microsoft.com'
const KEY_VAULT = 'https://vault.azure.net'
const MANAGEMENT = 'https://management.azure.com'

export type Resource = 'graph' | 'vault' | 'arm'

/** A refusal, by the name that the service gives it: `AADSTS7000112`, `Forbidden`. */
class Refusal extends Error {
  readonly status: number

  constructor(name: string, status: number, message: string) {
    super(message)
    this.name = name
    this.status = status
  }
}

/** The token endpoint, Graph and Key Vault, as workloads call them. */
export class AzureCloud {
  readonly #endpoint: string
  readonly #evaluated: boolean

  /** @param evaluated announce continuous access evaluation, as current libraries do; true when missing */
  constructor(endpoint: string, { evaluated = true }: { evaluated?: boolean } = {}) {
    this.#endpoint = endpoint
    this.#evaluated = evaluated
  }

  /** A token for an application by one of its seeded secrets, e.g. `billing-export/ci`. */
  bySecret(app: string, secret: string, resource: Resource): Promise<string> {
    return this.#token(resource, { client_id: appId(app), client_secret: secretOf(secret) })
  }

  /** By a token that GitHub gave a workflow. */
  byWorkflow(app: string, subject: string, resource: Resource): Promise<string> {
    return this.#token(resource, { client_id: appId(app), ...assertion(workflowToken(subject)) })
  }

  /** An agent's, by the secret of its blueprint. */
  async byBlueprint(agent: string, blueprint: string, secret: string, resource: Resource): Promise<string> {
    const stand = await this.#ask({
      client_id: appId(blueprint),
      client_secret: secretOf(secret),
      scope: `${EXCHANGE_AUDIENCE}/.default`,
      fmi_path: objectId(agent),
    })
    return this.#token(resource, { client_id: objectId(agent), ...assertion(stand) })
  }

  /** The token that a machine or site gets from its host. */
  async byHost(host: string, resource: Resource): Promise<string> {
    const query = new URLSearchParams({ 'api-version': '2018-02-01', resource: audienceOf(resource) })
    const address = `${this.#endpoint}/metadata/identity/oauth2/token?${query}`
    return tokenIn(
      await answered(await fetch(address, { headers: { metadata: 'true', 'x-lab-resource': host } })),
    )
  }

  readSecret(token: string, name: string): Promise<unknown> {
    return this.#read(token, `/vault/kv-acme-prod/secrets/${name}?api-version=7.4`)
  }

  readUsers(token: string): Promise<unknown> {
    return this.#read(token, '/v1.0/users?$select=id,userPrincipalName')
  }

  /** The answer to a call of Graph or of Azure Resource Manager; empty where it has no body. @throws Refusal */
  async call(
    token: string,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<{ [member: string]: unknown }> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    return answered(
      await fetch(`${this.#endpoint}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...json },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
  }

  #read(token: string, path: string): Promise<unknown> {
    return this.call(token, 'GET', path)
  }

  /** With the capability that current libraries announce: the service refuses a revoked token at once. */
  #token(resource: Resource, form: { [name: string]: string }): Promise<string> {
    const claims = JSON.stringify({ access_token: { xms_cc: { values: ['cp1'] } } })
    const scope = `${audienceOf(resource)}/.default`
    return this.#ask({ ...form, ...(this.#evaluated ? { claims } : {}), scope })
  }

  async #ask(form: { [name: string]: string }): Promise<string> {
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
    const address = `${this.#endpoint}/${TENANT}/oauth2/v2.0/token`
    return tokenIn(await answered(await fetch(address, { method: 'POST', body })))
  }
}

/** Whether it may go better next time by itself. */
export function isPassing(error: unknown): boolean {
  return error instanceof Refusal && (error.status === 429 || error.status >= 500)
}

function audienceOf(resource: Resource): string {
  return { graph: GRAPH, vault: KEY_VAULT, arm: MANAGEMENT }[resource]
}

function assertion(token: string): { [name: string]: string } {
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: token,
  }
}

async function answered(reply: Response): Promise<{ [member: string]: unknown }> {
  const text = await reply.text()
  const body = (text === '' ? {} : JSON.parse(text)) as { [member: string]: unknown }
  if (reply.ok) return body
  const { error, error_codes: numbers, error_description: described } = body
  if (Array.isArray(numbers)) throw new Refusal(`AADSTS${numbers[0]}`, reply.status, String(described))
  const { code, message } = (typeof error === 'object' && error !== null ? error : { code: error }) as {
    code?: unknown
    message?: unknown
  }
  throw new Refusal(String(code), reply.status, String(message))
}

function tokenIn(body: { [member: string]: unknown }): string {
  if (typeof body['access_token'] === 'string') return body['access_token']
  throw new TypeError('an answer of the token endpoint without a token')
}

/** The token that GitHub gives a workflow for Entra: valid for five minutes, and a signature that the lab does not look at. */
export function workflowToken(sub: string): string {
  const iat = Math.floor(Date.now() / 1000)
  const times = { iat, nbf: iat, exp: iat + 300 }
  const claims = { iss: GITHUB, sub, aud: EXCHANGE_AUDIENCE, ...times, jti: randomUUID() }
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: 'lab' })}.${part(claims)}`
  return `${signed}.${createHash('sha256').update(signed).digest('base64url')}`
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
