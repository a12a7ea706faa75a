import type { Answer } from '../cloud.ts'
import type { Exchange } from '../server.ts'
import type { MessageQueue } from './message-queue.ts'
import type { QueueCall, Queues } from './wire.ts'

const PATH = /^\/[a-z0-9]+\/([a-z0-9-]+)\/messages(?:\/([^/]+))?$/
const MOST = 32
/** Seven days. */
const LONGEST = 604_800

class StorageError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

/**
 * Azure Queue Storage over its REST API ("Get Messages", "Update Message", "Delete Message"), asked with a SAS: `p` may get
 * and delete, `u` may update. The SAS's signature is not computed again. A receipt stays good after its time until the
 * message is lent again; an update makes a new one.
 */
export function storageQueue(queues: Queues, { method, url, headers }: Exchange): QueueCall | undefined {
  const asked = new URL(url, 'http://host')
  const [, name = '', id] = PATH.exec(asked.pathname) ?? []
  const operation = OPERATIONS[`${method} ${id === undefined ? 'messages' : 'message'}`]
  if (name === '' || operation === undefined || headers['x-ms-version'] === undefined) return undefined
  const query = asked.searchParams
  return {
    cloud: 'azure',
    service: 'queue',
    operation,
    caller: query.has('sig') ? 'sas' : undefined,
    params: Object.fromEntries(query),
    refuse: (code, status) => refusal(new StorageError(status, code)),
    run() {
      try {
        allowed(query, operation === 'Update Message' ? 'u' : 'p', queues.now())
        const queue = queues.find(name)
        if (!queue) throw new StorageError(404, 'QueueNotFound')
        if (operation === 'Get Messages') return received(queue, query)
        return changed(queue, operation, id ?? '', query)
      } catch (error) {
        if (error instanceof StorageError) return refusal(error)
        throw error
      }
    },
  }
}

const OPERATIONS: { readonly [asked: string]: string | undefined } = {
  'GET messages': 'Get Messages',
  'PUT message': 'Update Message',
  'DELETE message': 'Delete Message',
}

function allowed(query: URLSearchParams, permission: string, now: number): void {
  const until = Date.parse(query.get('se') ?? '')
  if (!query.has('sig') || !(until > now)) throw new StorageError(403, 'AuthenticationFailed')
  if (!query.get('sp')?.includes(permission)) throw new StorageError(403, 'AuthorizationPermissionMismatch')
}

function received(queue: MessageQueue, query: URLSearchParams): Answer {
  const most = within(query, 'numofmessages', 1, MOST, 1)
  const items = queue
    .lend(most, within(query, 'visibilitytimeout', 1, LONGEST, 30))
    .map(
      ({ id, body, receipt, count, putAt, visibleAt }) =>
        `<QueueMessage><MessageId>${id}</MessageId><InsertionTime>${date(putAt)}</InsertionTime>` +
        `<ExpirationTime>${date(putAt + LONGEST * 1000)}</ExpirationTime><PopReceipt>${receipt}</PopReceipt>` +
        `<TimeNextVisible>${date(visibleAt)}</TimeNextVisible><DequeueCount>${count}</DequeueCount>` +
        `<MessageText>${escaped(body)}</MessageText></QueueMessage>`,
    )
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="utf-8"?><QueueMessagesList>${items.join('')}</QueueMessagesList>`,
  }
}

function changed(queue: MessageQueue, operation: string, id: string, query: URLSearchParams): Answer {
  const receipt = query.get('popreceipt') ?? ''
  if (!queue.has(id)) throw new StorageError(404, 'MessageNotFound')
  const standing = queue.standing(receipt)
  if (!queue.isOf(receipt, id) || standing === 'old') throw new StorageError(400, 'PopReceiptMismatch')
  if (operation === 'Delete Message') {
    queue.remove(receipt)
    return { status: 204, headers: {}, body: '' }
  }
  const on = queue.lendOn(receipt, within(query, 'visibilitytimeout', 0, LONGEST, 0), true)
  return {
    status: 204,
    headers: { 'x-ms-popreceipt': on?.receipt ?? '', 'x-ms-time-next-visible': date(on?.visibleAt ?? 0) },
    body: '',
  }
}

function within(query: URLSearchParams, name: string, least: number, most: number, usual: number): number {
  const value = Number(query.get(name) ?? usual)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new StorageError(400, 'OutOfRangeQueryParameterValue')
}

const date = (milliseconds: number) => new Date(milliseconds).toUTCString()
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function refusal({ status, code }: StorageError): Answer {
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-ms-error-code': code },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  }
}
