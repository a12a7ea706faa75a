import type { Answer } from '../cloud.ts'
import type { Exchange } from '../server.ts'
import { escaped, type ObjectCall, type Shelf, type Shelves } from './shelf.ts'

const XML = { 'content-type': 'application/xml' }
const HEAD = '<?xml version="1.0" encoding="UTF-8"?>'

const OPERATIONS: { readonly [asked: string]: string | undefined } = {
  'PUT object': 'PutObject',
  'GET object': 'GetObject',
  'DELETE object': 'DeleteObject',
  'GET bucket': 'ListObjectsV2',
}

/**
 * Amazon S3, path style, for requests with Signature Version 4, which conditional writes require; the signature is not computed
 * again. `If-None-Match: *` on a taken name and `If-Match` with another tag: 412; `If-Match` on a missing object: 404.
 */
export function s3(shelves: Shelves, { method, url, headers, body }: Exchange): ObjectCall | undefined {
  const [, caller] = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(headers.authorization ?? '') ?? []
  if (caller === undefined) return undefined
  const asked = new URL(url, 'http://host')
  const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(asked.pathname)) ?? []
  const operation = OPERATIONS[`${method} ${key === '' ? 'bucket' : 'object'}`]
  if (operation === undefined) return undefined
  return {
    ...{ cloud: 'aws', service: 's3', operation, caller },
    params: { Bucket: bucket, Key: key },
    refuse: refusal,
    run() {
      const shelf = shelves.find(bucket)
      if (!shelf) return refusal('NoSuchBucket', 404)
      if (operation === 'ListObjectsV2') return listed(shelf, shelves.pageSize, asked.searchParams)
      const found = shelf.get(key)
      if (operation === 'GetObject')
        return found
          ? { status: 200, headers: { etag: found.etag }, body: found.content }
          : refusal('NoSuchKey', 404)
      const heeds = !shelves.ignores.has(method)
      const match = heeds ? headers['if-match'] : undefined
      if (match !== undefined && !found) return refusal('NoSuchKey', 404)
      const refused = match !== undefined && match !== '*' && match !== found?.etag
      if (refused || (heeds && found && headers['if-none-match'] === '*'))
        return refusal('PreconditionFailed', 412)
      if (operation === 'PutObject')
        return { status: 200, headers: { etag: shelf.put(key, body).etag }, body: '' }
      shelf.remove(key)
      return { status: 204, headers: {}, body: '' }
    },
  }
}

function listed(shelf: Shelf, pageSize: number, query: URLSearchParams): Answer {
  const most = Math.min(pageSize, Number(query.get('max-keys') ?? pageSize))
  const { names, more } = shelf.list(query.get('prefix') ?? '', query.get('continuation-token') ?? '', most)
  const contents = names.map(name => `<Contents><Key>${escaped(name)}</Key></Contents>`).join('')
  const next = more ? `<NextContinuationToken>${escaped(names.at(-1) ?? '')}</NextContinuationToken>` : ''
  const body = `${HEAD}<ListBucketResult><IsTruncated>${more}</IsTruncated>${contents}${next}</ListBucketResult>`
  return { status: 200, headers: XML, body }
}

function refusal(code: string, status: number): Answer {
  return {
    status,
    headers: XML,
    body: `${HEAD}<Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  }
}
