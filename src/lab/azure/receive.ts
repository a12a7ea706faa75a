import type { Answer, Inquiry } from '../cloud.ts'
import type { Trouble } from '../faults.ts'
import type { Exchange } from '../server.ts'
import { findArm, runArm } from './arm/index.ts'
import { readBlob, readSecret, writeSecret } from './data-plane.ts'
import type { LiveAzure } from './estate.ts'
import { itemsOf, runBatch } from './graph/batch.ts'
import { findGraph, runGraph } from './graph/index.ts'
import { metadataToken } from './imds.ts'
import { limitsOf } from './limits.ts'
import { clientCredentials, instanceDiscovery, type Login, openidConfiguration } from './login.ts'
import { read } from './token.ts'
import { answer, type Found, Problem, refusal, type Service, throttled } from './wire.ts'

export interface World extends Login {
  estate: LiveAzure
  /** Tokens of managed identities that hosts have cached. */
  kept: Map<string, { until: number; found: Found }>
}

const TENANT = '[\\w.-]+'
const TOKEN = new RegExp(`^/(${TENANT})/oauth2/v2\\.0/token$`)
const OPENID = new RegExp(`^/(${TENANT})/v2\\.0/\\.well-known/openid-configuration$`)
const KEYS = new RegExp(`^/${TENANT}/discovery/v2\\.0/keys$`)
const DISCOVERY = /^\/common\/discovery\/instance$/
const METADATA = /^\/metadata\/identity\/oauth2\/token$/
const GRAPH = /^\/(?:v1\.0|beta)(?:\/|$)/
const BATCH = /^\/(v1\.0|beta)\/\$batch$/
const SECRET = /^(?:\/vault\/([\w-]+))?\/secrets\/([\w-]+)(?:\/\w*)?$/
const BLOB = /^\/blob\/(\w+)\/(.+)$/
const ARM = /^\/(?:subscriptions|providers|tenants)(?:\/|$)/i

const ALL = [TOKEN, OPENID, KEYS, DISCOVERY, METADATA, GRAPH, SECRET, BLOB, ARM]

export function recognises({ url }: Exchange): boolean {
  const [path = ''] = url.split('?')
  return ALL.some(pattern => pattern.test(path))
}

type Do = (trouble: Trouble | undefined) => { found: Found; changed: boolean }

/**
 * The operation that a request names: of the token endpoint, Graph, Resource Manager or a data plane. Graph's operations are
 * named by method and address (`PATCH /v1.0/servicePrincipals/{id}`), the others' by their action.
 */
export function receive(world: World, exchange: Exchange): Inquiry {
  const { method, url, body } = exchange
  const [path = '', text = ''] = url.split('?')
  const query = new URLSearchParams(text)
  const headers = headersOf(exchange)
  const base = `${headers['x-forwarded-proto'] ?? 'http'}://${headers['host'] ?? 'localhost'}`
  const bearer = /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1]
  const caller = bearer === undefined ? undefined : read(bearer)?.appid
  const params = { ...Object.fromEntries(query), ...membersOf(body) }
  const inquiry = (service: Service, operation: string, more: object, run: Do): Inquiry => ({
    service,
    operation,
    ...(caller === undefined ? {} : { caller }),
    params: { ...params, ...more },
    limits: () => {
      const { tenant, users } = world.estate.fixed
      const items = service === 'graph' && url.includes('$batch') ? itemsIn(body).length : 1
      return limitsOf({ service, method, url, caller, tenant: tenant.id, users: users.length, items })
    },
    run: trouble => carryOut(service, trouble, run),
  })
  const reads =
    (run: () => Found): Do =>
    () => ({ found: run(), changed: false })

  if (method === 'POST' && TOKEN.test(path)) {
    const form = new URLSearchParams(body)
    const shown = { clientId: form.get('client_id') ?? '', scope: form.get('scope') ?? '' }
    const [, tenant = ''] = TOKEN.exec(path) ?? []
    return {
      ...inquiry(
        'login',
        'token',
        {},
        reads(() => clientCredentials(world, tenant, form)),
      ),
      caller: shown.clientId,
      params: shown,
    }
  }
  const [, openid] = OPENID.exec(path) ?? []
  // Clients ask for these over TLS only.
  const secure = base.replace(/^http:/, 'https:')
  if (openid !== undefined) {
    return inquiry(
      'login',
      'openid-configuration',
      {},
      reads(() => openidConfiguration(secure, openid)),
    )
  }
  if (DISCOVERY.test(path)) {
    const { id } = world.estate.fixed.tenant
    const endpoint = `${secure}/${id}/v2.0/.well-known/openid-configuration`
    const host = headers['host'] ?? 'localhost'
    return inquiry(
      'login',
      'instance',
      {},
      reads(() => instanceDiscovery(host, endpoint)),
    )
  }
  if (KEYS.test(path))
    return inquiry(
      'login',
      'keys',
      {},
      reads(() => ({ body: { keys: [] } })),
    )
  if (METADATA.test(path)) {
    const host = { resource: headers['x-lab-resource'] ?? '' }
    return inquiry(
      'imds',
      'token',
      host,
      reads(() => metadataToken(world, world.kept, query, headers)),
    )
  }
  if (GRAPH.test(path)) return graph(world, exchange, headers, base, inquiry)
  const secret = SECRET.exec(path)
  if (secret !== null && method === 'GET') {
    const [, vault, name = ''] = secret
    const holder = vault ?? headers['host']?.split('.')[0] ?? ''
    const asked = { holder, name }
    const run = () => readSecret({ ...world, view: 'now' }, asked, headers['authorization'])
    return inquiry('vault', 'Microsoft.KeyVault/vaults/secrets/getSecret/action', asked, reads(run))
  }
  if (secret !== null && method === 'PUT') {
    const [, vault, name = ''] = secret
    const holder = vault ?? headers['host']?.split('.')[0] ?? ''
    const asked = { holder, name }
    return inquiry('vault', 'Microsoft.KeyVault/vaults/secrets/setSecret/action', asked, () => ({
      found: writeSecret(
        { ...world, view: 'now' },
        asked,
        membersOf(body)['value'],
        headers['authorization'],
      ),
      changed: true,
    }))
  }
  const blob = BLOB.exec(path)
  if (blob !== null && method === 'GET') {
    const asked = { holder: blob[1] ?? '', name: blob[2] ?? '' }
    const run = () => readBlob({ ...world, view: 'now' }, asked, headers['authorization'])
    return inquiry(
      'blob',
      'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read',
      asked,
      reads(run),
    )
  }
  const request = findArm(method, url)
  const input = { authorization: headers['authorization'], body, base }
  return inquiry('arm', request.operation, request.params, trouble => ({
    found: runArm({ ...world, view: trouble?.kind === 'stale' ? 'stale' : 'now' }, request, input),
    changed: request.route?.writes === true,
  }))
}

type Make = (service: Service, operation: string, more: object, run: Do) => Inquiry

function graph(
  world: World,
  { method, url, body }: Exchange,
  headers: Headers,
  base: string,
  make: Make,
): Inquiry {
  const input = { headers, body, base }
  const viewed = (trouble: Trouble | undefined) =>
    ({ ...world, view: trouble?.kind === 'stale' ? 'stale' : 'now' }) as const
  const [, version] = BATCH.exec(url.split('?')[0] ?? '') ?? []
  if (version !== undefined && method === 'POST') {
    const parts = itemsIn(body).map(({ method: of, url: at }) =>
      findGraph(String(of), `/${version}/${String(at).replace(/^\//, '')}`),
    )
    const operations = parts.map(({ operation }) => operation)
    let befallen: readonly (Trouble | undefined)[] = []
    const batch = make('graph', `POST /${version}/$batch`, { operations }, trouble =>
      runBatch(viewed(trouble), version, input, befallen),
    )
    return {
      ...batch,
      parts: parts.map(({ operation, params }) => ({ operation, params })),
      run(trouble, inParts) {
        befallen = inParts
        return batch.run(trouble, inParts)
      },
    }
  }
  const request = findGraph(method, url)
  return make('graph', request.operation, request.params, trouble => ({
    found: runGraph(viewed(trouble), request, input),
    changed: request.route?.writes === true,
  }))
}

function itemsIn(body: string): ReturnType<typeof itemsOf> {
  try {
    return itemsOf(body)
  } catch {
    return []
  }
}

function carryOut(
  service: Service,
  trouble: Trouble | undefined,
  run: Do,
): { answer: Answer; changed: boolean } {
  try {
    if (trouble?.kind === 'throttle') throw throttled(service, trouble.seconds)
    if (trouble?.kind === 'error') {
      throw new Problem(trouble.status, trouble.code, trouble.message ?? 'A fault of the lab')
    }
    const { found, changed } = run(trouble)
    if (trouble?.kind !== 'applied-then-503') return { answer: answer(found), changed }
    const late = new Problem(503, 'ServiceUnavailable', 'The service is temporarily unavailable.')
    return { answer: refusal(service, late), changed }
  } catch (error) {
    if (error instanceof Problem) return { answer: refusal(service, error), changed: false }
    throw error
  }
}

type Headers = { readonly [name: string]: string | undefined }

function headersOf({ headers }: Exchange): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

/** Of a JSON body; nothing of any other. */
function membersOf(body: string): { [member: string]: unknown } {
  if (!body.startsWith('{')) return {}
  try {
    return { ...JSON.parse(body) }
  } catch {
    return {}
  }
}
