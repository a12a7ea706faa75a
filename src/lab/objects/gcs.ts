import type { Answer } from '../cloud.ts'
import type { Exchange } from '../server.ts'
import type { LabObject, ObjectCall, Shelf, Shelves } from './shelf.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const PATH = /^\/(upload\/)?storage\/v1\/b\/([^/]+)\/o(?:\/([^/]+))?$/

const OPERATIONS: { readonly [asked: string]: string | undefined } = {
  'POST upload': 'storage.objects.insert',
  'GET object': 'storage.objects.get',
  'DELETE object': 'storage.objects.delete',
  'GET bucket': 'storage.objects.list',
}

/** Google Cloud Storage's JSON API. `ifGenerationMatch` is honoured on every write; 0 stands for a free name. */
export function gcs(shelves: Shelves, { method, url, headers, body }: Exchange): ObjectCall | undefined {
  const asked = new URL(url, 'http://host')
  const [path, upload, bucket = '', encoded] = PATH.exec(asked.pathname) ?? []
  if (path === undefined) return undefined
  const subject = upload !== undefined ? 'upload' : encoded === undefined ? 'bucket' : 'object'
  const operation = OPERATIONS[`${method} ${subject}`]
  if (operation === undefined) return undefined
  const query = asked.searchParams
  const sent = upload === undefined ? undefined : uploaded(String(headers['content-type']), body)
  const name = sent?.name ?? decodeURIComponent(encoded ?? '')
  return {
    ...{ cloud: 'gcp', service: 'storage', operation, caller: headers.authorization },
    params: { bucket, object: name },
    refuse: refusal,
    run() {
      const shelf = shelves.find(bucket)
      if (!shelf) return refusal('notFound', 404)
      if (subject === 'bucket') return listed(shelf, shelves.pageSize, query)
      if (query.get('uploadType') === 'multipart' && sent === undefined) return refusal('badRequest', 400)
      const found = shelf.get(name)
      const wanted = shelves.ignores.has(method) ? null : query.get('ifGenerationMatch')
      const refused = wanted !== null && wanted !== String(found?.generation ?? 0)
      if (subject === 'upload') {
        if (refused) return refusal('conditionNotMet', 412)
        return json({ name, generation: String(shelf.put(name, sent?.content ?? '').generation) })
      }
      if (!found) return refusal('notFound', 404)
      if (refused) return refusal('conditionNotMet', 412)
      if (operation === 'storage.objects.get') return media(found)
      shelf.remove(name)
      return { status: 204, headers: {}, body: '' }
    },
  }
}

/** The name and the content of a multipart upload (RFC 2387); undefined for another body. */
function uploaded(type: string, body: string): { name: string; content: string } | undefined {
  const [, boundary] = /^multipart\/related; boundary=(\S+)$/.exec(type) ?? []
  const [, metadata, content] = body.split(`--${boundary}`)
  const text = (part: string | undefined) => part?.slice(part.indexOf('\r\n\r\n') + 4, -2) ?? ''
  if (boundary === undefined || metadata === undefined || content === undefined) return undefined
  const { name } = JSON.parse(text(metadata)) as { name: string }
  return { name, content: text(content) }
}

function media({ content, generation }: LabObject): Answer {
  return { status: 200, headers: { 'x-goog-generation': String(generation) }, body: content }
}

function listed(shelf: Shelf, pageSize: number, query: URLSearchParams): Answer {
  const most = Math.min(pageSize, Number(query.get('maxResults') ?? pageSize))
  const { names, more } = shelf.list(query.get('prefix') ?? '', query.get('pageToken') ?? '', most)
  return json({
    ...(names.length > 0 ? { items: names.map(name => ({ name })) } : {}),
    ...(more ? { nextPageToken: names.at(-1) } : {}),
  })
}

function json(value: unknown): Answer {
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify(value) }
}

function refusal(reason: string, code: number): Answer {
  const error = { code, message: reason, errors: [{ reason, message: reason }] }
  return { status: code, headers: JSON_TYPE, body: JSON.stringify({ error }) }
}
