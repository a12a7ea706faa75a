import type { Answer } from '../cloud.ts'
import type { Exchange } from '../server.ts'
import { escaped, type ObjectCall, type Shelf, type Shelves } from './shelf.ts'

const HEAD = '<?xml version="1.0" encoding="utf-8"?>'

const OPERATIONS: { readonly [asked: string]: string | undefined } = {
  'PUT blob': 'Put Blob',
  'GET blob': 'Get Blob',
  'DELETE blob': 'Delete Blob',
  'GET container': 'List Blobs',
}

/**
 * Azure Blob Storage, with the account in the path as in Azurite, for requests with a token or a SAS, which are not checked.
 * `If-None-Match: *` on a taken name: 409 `BlobAlreadyExists`; `If-Match` with another tag: 412 `ConditionNotMet`.
 */
export function blob(shelves: Shelves, { method, url, headers, body }: Exchange): ObjectCall | undefined {
  const asked = new URL(url, 'http://host')
  const query = asked.searchParams
  const caller = query.has('sig') ? 'sas' : headers.authorization
  if (headers['x-ms-version'] === undefined || caller === undefined) return undefined
  const [, container = '', name = ''] =
    /^\/[a-z0-9]+\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(asked.pathname)) ?? []
  const operation = OPERATIONS[`${method} ${name === '' ? 'container' : 'blob'}`]
  if (operation === undefined || (operation === 'List Blobs' && query.get('comp') !== 'list'))
    return undefined
  return {
    ...{ cloud: 'azure', service: 'blob', operation, caller },
    params: { container, blob: name },
    refuse: refusal,
    run() {
      const shelf = shelves.find(container)
      if (!shelf) return refusal('ContainerNotFound', 404)
      if (operation === 'List Blobs') return listed(shelf, shelves.pageSize, query)
      const found = shelf.get(name)
      const heeds = !shelves.ignores.has(method)
      const match = heeds ? headers['if-match'] : undefined
      const other = match !== undefined && match !== tagOf(found?.generation ?? 0)
      if (operation === 'Put Blob') {
        if (headers['x-ms-blob-type'] !== 'BlockBlob') return refusal('MissingRequiredHeader', 400)
        if (heeds && headers['if-none-match'] === '*' && found) return refusal('BlobAlreadyExists', 409)
        if (other) return refusal('ConditionNotMet', 412)
        const { generation } = shelf.put(name, body)
        return { status: 201, headers: { etag: tagOf(generation) }, body: '' }
      }
      // A condition comes first, as in Azurite.
      if (other) return refusal('ConditionNotMet', 412)
      if (!found) return refusal('BlobNotFound', 404)
      if (operation === 'Get Blob')
        return { status: 200, headers: { etag: tagOf(found.generation) }, body: found.content }
      shelf.remove(name)
      return { status: 202, headers: {}, body: '' }
    },
  }
}

/** The tag names the write, and says nothing of the content. */
const tagOf = (generation: number) => `"0x${generation.toString(16).toUpperCase().padStart(16, '0')}"`

function listed(shelf: Shelf, pageSize: number, query: URLSearchParams): Answer {
  const most = Math.min(pageSize, Number(query.get('maxresults') ?? pageSize))
  const { names, more } = shelf.list(query.get('prefix') ?? '', query.get('marker') ?? '', most)
  const blobs = names.map(name => `<Blob><Name>${escaped(name)}</Name></Blob>`).join('')
  const next = more ? `<NextMarker>${escaped(names.at(-1) ?? '')}</NextMarker>` : '<NextMarker />'
  const body = `${HEAD}<EnumerationResults><Blobs>${blobs}</Blobs>${next}</EnumerationResults>`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}

function refusal(code: string, status: number): Answer {
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-ms-error-code': code },
    body: `${HEAD}<Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  }
}
