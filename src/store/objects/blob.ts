import type { Condition, ObjectService, Written } from './object-store.ts'
import { Unanswered } from './object-store.ts'
import {
  answerTo,
  codeOf,
  elements,
  type Place,
  refusal,
  type ServiceRequest,
  timeOf,
} from './service-call.ts'

/** Of Azure Storage's REST API; conditions and tokens of Entra ID are older. */
const VERSION = '2023-11-03'

/**
 * Azure Blob Storage over REST ("Specifying conditional headers for Blob service operations"): a taken name is 409
 * `BlobAlreadyExists`, another tag 412 `ConditionNotMet`.
 */
export function blobObjects({ where, base, prefix, send }: Place): ObjectService {
  const at = (name: string) => new URL(`${base}/${prefix}${name}`)
  const ask = async (request: ServiceRequest, expected: readonly number[]) => {
    request.headers['x-ms-version'] = VERSION
    const answer = await answerTo(send, request)
    if (codeOf(answer) === 'ContainerNotFound' || !expected.includes(answer.status))
      throw refusal(where, request, answer)
    return answer
  }
  const page = async (below: string, more: { [name: string]: string } = {}) => {
    const url = new URL(base)
    const query = { restype: 'container', comp: 'list', prefix: `${prefix}${below}`, ...more }
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return await ask({ method: 'GET', url, headers: {} }, [200])
  }
  return {
    where,
    async put(name: string, bytes: Buffer, condition: Condition): Promise<Written> {
      const headers: ServiceRequest['headers'] = {
        'x-ms-blob-type': 'BlockBlob',
        ...('ifAbsent' in condition ? { 'if-none-match': '*' } : { 'if-match': condition.ifTag }),
      }
      const request: ServiceRequest = { method: 'PUT', url: at(name), headers, body: bytes }
      const answer = await ask(request, [201, 404, 409, 412])
      if (answer.status === 409 && codeOf(answer) !== 'BlobAlreadyExists')
        throw refusal(where, request, answer)
      if (answer.status !== 201) return { kind: 'conflict' }
      const tag = answer.headers.get('etag')
      if (tag === null) throw new Unanswered('its answer has no ETag')
      return { kind: 'written', tag }
    },
    async get(name) {
      const answer = await ask({ method: 'GET', url: at(name), headers: {} }, [200, 404])
      if (answer.status === 404) return undefined
      return { bytes: answer.body, tag: answer.headers.get('etag') ?? '' }
    },
    async list(below) {
      const names: string[] = []
      let marker: string | undefined
      do {
        const answer = await page(below, marker === undefined ? {} : { marker })
        const xml = answer.body.toString('utf8')
        names.push(...elements(xml, 'Name').map(name => name.slice(prefix.length)))
        marker = elements(xml, 'NextMarker')[0]
      } while (marker !== undefined && marker !== '')
      return names.sort()
    },
    async remove(name, tag) {
      const request: ServiceRequest = { method: 'DELETE', url: at(name), headers: { 'if-match': tag } }
      const answer = await ask(request, [202, 404, 412])
      return answer.status === 404 ? 'missing' : answer.status === 412 ? 'conflict' : 'removed'
    },
    now: async () => timeOf(await page('', { maxresults: '1' })),
  }
}
