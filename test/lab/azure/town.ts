import { onTestFinished } from 'vitest'
import { azureLab } from '../../../src/lab/azure/index.ts'
import { appId, secretOf, seedAzure, TENANT } from '../../../src/lab/azure/seed/index.ts'
import type { AzureEstate } from '../../../src/lab/azure/store.ts'
import { type Lab, startLab } from '../../../src/lab/index.ts'

export const GRAPH = 'https://graph.microsoft.com'
export const ARM = 'https://management.azure.com'
export const KEY_VAULT = 'https://vault.azure.net'

/** Of the token endpoint. */
export const TENANT_PATH = `/${TENANT}/oauth2/v2.0/token`

export interface Reply {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers are read member by member
  body: any
}

export interface Town {
  lab: Lab
  /** A token by client credentials; the error's number when there is none. */
  token(app: string, secret: string, audience: string, more?: Record<string, string>): Promise<string>
  /** The tool's own token. */
  responder(audience: string): Promise<string>
  call(method: string, path: string, token?: string, body?: unknown, headers?: object): Promise<Reply>
}

export async function town(
  change: (estate: AzureEstate) => void = () => {},
  propagationMs = 0,
): Promise<Town> {
  const cloud = azureLab(() => {
    const estate = seedAzure('2026-11-20T09:00:00.000Z')
    change(estate)
    return estate
  })
  const lab = await startLab({ clouds: [cloud], propagationMs })
  onTestFinished(() => lab.close())
  const post = async (form: Record<string, string>) => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
    const reply = await fetch(`${lab.endpoint}${TENANT_PATH}`, { method: 'POST', body })
    const answer = (await reply.json()) as { access_token?: string; error_codes?: number[] }
    if (answer.access_token === undefined) throw new Error(`AADSTS${answer.error_codes?.[0]}`)
    return answer.access_token
  }
  const token: Town['token'] = (app, secret, audience, more = {}) =>
    post({
      client_id: appId(app),
      scope: `${audience}/.default`,
      ...('client_assertion' in more ? {} : { client_secret: secretOf(secret) }),
      ...more,
    })
  return {
    lab,
    token,
    responder: audience => token('responder', 'responder/tool', audience),
    async call(method, path, bearer, body, headers = {}) {
      const reply = await fetch(`${lab.endpoint}${path}`, {
        method,
        headers: {
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await reply.text()
      return {
        status: reply.status,
        headers: reply.headers,
        body: text === '' ? undefined : JSON.parse(text),
      }
    },
  }
}
