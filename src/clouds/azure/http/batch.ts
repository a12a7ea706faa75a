import { Fault } from '../../../model/fault.ts'
import type { Json } from '../../../model/json.ts'
import type { Timing } from '../../../model/timing.ts'
import type { Throttle } from '../../kit/http/pacer.ts'
import type { AzureCall } from './call.ts'
import { faultOf, replyFault, serviceError } from './faults.ts'
import { ATTEMPTS, again, type Backoff, LONGEST_WAIT, throttleOf, waitFor } from './retry.ts'

/** Microsoft Graph, "Combine multiple HTTP requests using JSON batching". */
export const BATCH = 20

interface Part {
  status: number
  headers: Map<string, string>
  body: unknown
}

/** The means of sending a batch. */
export interface Carrier {
  tenant: string
  backoff: Backoff
  /** Posts the requests to the version's `$batch`. */
  post(version: string, requests: Json[]): Promise<unknown>
  pause(wait: number): Promise<void>
  /** Called for each read that was throttled. */
  throttled(call: AzureCall, throttle: Throttle): void
  timing: Timing
}

/**
 * Up to twenty reads in one request. The answers come in any order and each has a status of its own: what was
 * throttled or left out is asked again, what failed is a Fault in its place.
 */
export async function batched<Item>(
  calls: readonly AzureCall[],
  carrier: Carrier,
): Promise<(Item | Fault)[]> {
  const { tenant, backoff, timing } = carrier
  const version = versionOf(calls, tenant)
  const results = new Map<number, Item | Fault>()
  let open = calls.map((_, at) => at)
  for (let tried = 1; open.length > 0; tried += 1) {
    const parts = partsOf(
      await carrier.post(
        version,
        open.map(at => requestOf(calls, at, version)),
      ),
    )
    const waits: number[] = []
    open = open.filter(at => {
      const call = calls[at]
      const part = parts.get(String(at))
      const result = call && resultOf<Item>(call, part, tenant)
      if (result === undefined) return false
      results.set(at, result.value)
      const throttle = throttleOf(part?.status, part?.headers.get('retry-after'), timing)
      if (call && throttle) carrier.throttled(call, throttle)
      if (!(result.value instanceof Fault) || tried >= ATTEMPTS || !result.again) return false
      const wait = waitFor(tried - 1, part?.headers.get('retry-after'), timing, backoff)
      waits.push(wait)
      return wait <= LONGEST_WAIT
    })
    if (open.length > 0) await carrier.pause(Math.min(LONGEST_WAIT, Math.max(...waits)))
  }
  return calls.map(
    ({ operation }, at) => results.get(at) ?? faultOf('unavailable', 'not answered', { operation, tenant }),
  )
}

function versionOf(calls: readonly AzureCall[], tenant: string): string {
  const versions = new Set(calls.map(({ path }) => path.split('/')[1] ?? ''))
  const [version = ''] = versions
  const [wrong] = calls.filter(({ service, method }) => service !== 'graph' || method !== 'GET')
  if (versions.size !== 1 || wrong !== undefined) {
    const operation = wrong?.operation ?? calls[0]?.operation ?? 'batch'
    throw faultOf('bug', 'a batch takes reads of Graph of one version', { operation, tenant })
  }
  return version
}

function requestOf(calls: readonly AzureCall[], at: number, version: string): Json {
  const { path = '', query = {}, headers } = calls[at] ?? {}
  const named = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return {
    id: String(at),
    method: 'GET',
    url: `${path.slice(version.length + 1)}${named.length === 0 ? '' : `?${named.join('&')}`}`,
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  }
}

function partsOf(body: unknown): Map<string, Part> {
  const parts = new Map<string, Part>()
  const responses =
    typeof body === 'object' && body !== null && 'responses' in body ? body.responses : undefined
  for (const each of Array.isArray(responses) ? responses : []) {
    if (typeof each !== 'object' || each === null) continue
    const { id, status, headers, body: of } = each as { [name: string]: unknown }
    const named = typeof headers === 'object' && headers !== null ? Object.entries(headers) : []
    parts.set(String(id), {
      status: Number(status),
      headers: new Map(named.map(([name, value]) => [name.toLowerCase(), String(value)])),
      body: of,
    })
  }
  return parts
}

function resultOf<Item>(
  call: AzureCall,
  part: Part | undefined,
  tenant: string,
): { value: Item | Fault; again: boolean } {
  const where = { operation: call.operation, tenant }
  if (part === undefined)
    return { value: faultOf('unavailable', 'left out of the batch', where), again: true }
  const { status, body } = part
  // A part may say 200 and hold an error all the same.
  const error = typeof body === 'object' && body !== null && 'error' in body && body.error !== null
  if (status >= 200 && status < 300 && !error) return { value: body as Item, again: false }
  const effective = status >= 200 && status < 400 ? 502 : status
  const { code } = serviceError(body)
  return {
    value: replyFault(effective, body, where),
    again: again({ method: call.method, status: effective, code, repeatable: true }),
  }
}
