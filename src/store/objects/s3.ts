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

/**
 * Amazon S3 over REST, with conditional writes (Amazon S3 User Guide, "How to prevent object overwrites with conditional writes"):
 * 412 for a condition that does not hold, 409 `ConditionalRequestConflict` for two uploads at once, to be repeated, and 404 for
 * `If-Match` on a missing object.
 */
export function s3Objects({ where, base, prefix, send }: Place): ObjectService {
  const at = (name: string) => new URL(`${base}/${prefix}${name}`)
  const ask = async (request: ServiceRequest, expected: readonly number[]) => {
    const answer = await answerTo(send, request)
    if (answer.status === 409 && codeOf(answer) === 'ConditionalRequestConflict')
      throw new Unanswered('two writes at once')
    if (codeOf(answer) === 'NoSuchBucket' || !expected.includes(answer.status))
      throw refusal(where, request, answer)
    return answer
  }
  const page = async (below: string, more: { [name: string]: string } = {}) => {
    const url = new URL(`${base}/`)
    for (const [name, value] of Object.entries({ 'list-type': '2', prefix: `${prefix}${below}`, ...more }))
      url.searchParams.set(name, value)
    return await ask({ method: 'GET', url, headers: {} }, [200])
  }
  return {
    where,
    async put(name: string, bytes: Buffer, condition: Condition): Promise<Written> {
      const headers: ServiceRequest['headers'] =
        'ifAbsent' in condition ? { 'if-none-match': '*' } : { 'if-match': condition.ifTag }
      const answer = await ask({ method: 'PUT', url: at(name), headers, body: bytes }, [200, 404, 412])
      const tag = answer.headers.get('etag')
      if (answer.status !== 200) return { kind: 'conflict' }
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
      let token: string | undefined
      do {
        const answer = await page(below, token === undefined ? {} : { 'continuation-token': token })
        const xml = answer.body.toString('utf8')
        names.push(...elements(xml, 'Key').map(key => key.slice(prefix.length)))
        token = elements(xml, 'NextContinuationToken')[0]
      } while (token !== undefined)
      return names.sort()
    },
    async remove(name, tag) {
      const answer = await ask({ method: 'DELETE', url: at(name), headers: { 'if-match': tag } }, [
        ...[200, 204, 404, 412],
      ])
      return answer.status === 404 ? 'missing' : answer.status === 412 ? 'conflict' : 'removed'
    },
    now: async () => timeOf(await page('', { 'max-keys': '1' })),
  }
}
