import { sha256 } from '../sha256.ts'
import type { Condition, ObjectService, Written } from './object-store.ts'
import { Unanswered } from './object-store.ts'
import { answerTo, type Place, refusal, type ServiceRequest, timeOf } from './service-call.ts'

/**
 * Google Cloud Storage over its JSON API ("Request preconditions"): the tag is the generation, 0 stands for a free name, and 412
 * means that the condition does not hold. Uploads are `multipart`: fake-gcs-server 1.54.0 ignores conditions of `media` uploads.
 *
 * @param place `base` is `<origin>/<bucket>`
 */
export function gcsObjects({ where, base, prefix, send }: Place): ObjectService {
  const { origin, pathname } = new URL(base)
  const bucket = pathname.slice(1)
  const at = (name: string, query: { [name: string]: string }) =>
    withQuery(`${origin}/storage/v1/b/${bucket}/o/${encodeURIComponent(`${prefix}${name}`)}`, query)
  const ask = async (request: ServiceRequest, expected: readonly number[]) => {
    const answer = await answerTo(send, request)
    if (!expected.includes(answer.status)) throw refusal(where, request, answer)
    return answer
  }
  const page = (below: string, more: { [name: string]: string }) => {
    const query = { prefix: `${prefix}${below}`, fields: 'items(name),nextPageToken', ...more }
    const url = withQuery(`${origin}/storage/v1/b/${bucket}/o`, query)
    return ask({ method: 'GET', url, headers: {} }, [200])
  }
  return {
    where,
    async put(name: string, bytes: Buffer, condition: Condition): Promise<Written> {
      const generation = 'ifAbsent' in condition ? '0' : condition.ifTag
      const query = { uploadType: 'multipart', ifGenerationMatch: generation }
      const { type, body } = multipart(`${prefix}${name}`, bytes)
      const url = withQuery(`${origin}/upload/storage/v1/b/${bucket}/o`, query)
      const request: ServiceRequest = { method: 'POST', url, headers: { 'content-type': type }, body }
      const answer = await ask(request, [200, 412])
      if (answer.status === 412) return { kind: 'conflict' }
      const made = parsed(answer.body) as { generation?: string }
      if (typeof made.generation !== 'string') throw new Unanswered('its answer has no generation')
      return { kind: 'written', tag: made.generation }
    },
    async get(name) {
      const answer = await ask({ method: 'GET', url: at(name, { alt: 'media' }), headers: {} }, [200, 404])
      if (answer.status === 404) return undefined
      return { bytes: answer.body, tag: answer.headers.get('x-goog-generation') ?? '' }
    },
    async list(below) {
      const names: string[] = []
      let token: string | undefined
      do {
        const answer = await page(below, token === undefined ? {} : { pageToken: token })
        const found = parsed(answer.body) as { items?: { name: string }[]; nextPageToken?: string }
        names.push(...(found.items ?? []).map(each => each.name.slice(prefix.length)))
        token = found.nextPageToken
      } while (token !== undefined && token !== '')
      return names.sort()
    },
    async remove(name, tag) {
      const url = at(name, { ifGenerationMatch: tag })
      const answer = await ask({ method: 'DELETE', url, headers: {} }, [200, 204, 404, 412])
      return answer.status === 404 ? 'missing' : answer.status === 412 ? 'conflict' : 'removed'
    },
    now: async () => timeOf(await page('', { maxResults: '1' })),
  }
}

function withQuery(address: string, query: { [name: string]: string }): URL {
  const url = new URL(address)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url
}

/** A body of metadata and content (RFC 2387); the boundary is the content's digest, which the content cannot contain. */
function multipart(name: string, bytes: Buffer): { type: string; body: Buffer } {
  const boundary = sha256(bytes)
  const part = (type: string) => `--${boundary}\r\ncontent-type: ${type}\r\n\r\n`
  const head = `${part('application/json; charset=utf-8')}${JSON.stringify({ name })}\r\n${part('application/octet-stream')}`
  return {
    type: `multipart/related; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new Unanswered('its answer is not JSON')
  }
}
