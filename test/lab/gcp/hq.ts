import { afterEach } from 'vitest'
import { type GcpLab, type GcpLabOptions, gcpLab } from '../../../src/lab/gcp/index.ts'
import { seedGcp } from '../../../src/lab/gcp/seed/index.ts'
import type { GcpEstate } from '../../../src/lab/gcp/store.ts'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import { assertion, type Signer, workKeyOf } from './keys.ts'

export interface Reply {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into, member by member
  body: any
}

export interface Hq {
  lab: Lab
  gcp: GcpLab
  /** Calls with a token: the responder's when none is given; null for none at all. */
  call(method: string, path: string, body?: unknown, token?: string | null): Promise<Reply>
  /** An access token for an account, as whoever has a key of it gets one. */
  token(email: string, key?: Signer): Promise<string>
}

const open: Lab[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map(lab => lab.close()))
})

/** A lab of Google Cloud alone, at once consistent unless told otherwise. */
export async function start(
  options: GcpLabOptions & { propagationMs?: number; seed?: () => GcpEstate; file?: string } = {},
): Promise<Hq> {
  const { propagationMs = 0, seed = () => seedGcp(new Date().toISOString()), file, ...rest } = options
  const gcp = gcpLab(seed, rest)
  const lab = await startLab({ clouds: [gcp], propagationMs, ...(file === undefined ? {} : { file }) })
  open.push(lab)
  const { responder } = gcp
  const send = async (method: string, path: string, body: unknown, token: string | null): Promise<Reply> => {
    const answer = await fetch(`${lab.endpoint}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: await answer.json() }
  }
  const token = (email: string, key?: Signer) => tokenOf(lab.endpoint, email, key)
  let own: Promise<string> | undefined
  return {
    lab,
    gcp,
    token,
    async call(method, path, body, given) {
      if (given !== undefined) return send(method, path, body, given)
      own ??= token(responder.client_email, {
        id: responder.private_key_id,
        privateKey: responder.private_key,
      })
      return send(method, path, body, await own)
    },
  }
}

/** An access token for an account, for whoever has a key of it. */
export async function tokenOf(
  endpoint: string,
  email: string,
  key: Signer = workKeyOf(email),
): Promise<string> {
  const answer = await fetch(`${endpoint}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertion(email, key),
    }),
  })
  const { access_token, error_description } = (await answer.json()) as {
    access_token?: string
    error_description?: string
  }
  if (access_token === undefined) throw new Error(error_description)
  return access_token
}
