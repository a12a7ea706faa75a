import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A queue of messages as all three clouds have it: lent until they are removed, or given back. */
export class Messages {
  readonly texts = new Map<string, { text: string; lent: boolean }>()
  readonly calls: string[] = []
  /** Answers that fail first. */
  fail: number[] = []

  constructor(texts: readonly string[]) {
    for (const [index, text] of texts.entries()) this.texts.set(`m${index}`, { text, lent: false })
  }

  lend(most: number): [string, string][] {
    const free = [...this.texts].filter(([, { lent }]) => !lent).slice(0, most)
    for (const [, message] of free) message.lent = true
    return free.map(([id, { text }]) => [id, text])
  }

  giveBack(id: string): void {
    const message = this.texts.get(id)
    if (message) message.lent = false
  }
}

const closers: (() => void)[] = []

/** Ends the servers of a test. */
export function closeServers(): void {
  for (const close of closers.splice(0)) close()
}

type Answer = { status?: number; headers?: { [name: string]: string }; body?: string }

async function serve(answer: (request: IncomingMessage, body: string) => Answer): Promise<string> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const { status = 200, headers = {}, body: text = '' } = answer(request, body)
      response.writeHead(status, headers).end(text)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** `subscriptions.pull`, `acknowledge`, `modifyAckDeadline`, as the REST reference of Pub/Sub describes them. */
export function pubsub(messages: Messages): Promise<string> {
  return serve((request, body) => {
    const [, verb = ''] = /^\/v1\/projects\/p\/subscriptions\/s:(\w+)$/.exec(request.url ?? '') ?? []
    messages.calls.push(verb)
    const status = messages.fail.shift()
    if (status !== undefined) return { status, body: JSON.stringify({ error: { message: 'no' } }) }
    const asked = JSON.parse(body) as { maxMessages?: number; ackIds?: string[]; ackDeadlineSeconds?: number }
    if (verb === 'pull') {
      const receivedMessages = messages.lend(Math.min(asked.maxMessages ?? 1, 2)).map(([id, text]) => ({
        ackId: id,
        message: { data: base64(text), messageId: id },
      }))
      return { body: JSON.stringify(receivedMessages.length > 0 ? { receivedMessages } : {}) }
    }
    for (const id of asked.ackIds ?? []) {
      if (verb === 'acknowledge') messages.texts.delete(id)
      else if (asked.ackDeadlineSeconds === 0) messages.giveBack(id)
    }
    return { body: '{}' }
  })
}

/** "Get Messages", "Delete Message", "Update Message" of Azure Queue Storage: XML, and a receipt for each lending. */
export function azure(messages: Messages): Promise<string> {
  return serve(request => {
    const url = new URL(request.url ?? '', 'http://host')
    const id = /\/messages\/(.+)$/.exec(url.pathname)?.[1]
    messages.calls.push(`${request.method} ${id === undefined ? 'messages' : 'message'}`)
    const status = messages.fail.shift()
    if (status !== undefined) return { status, headers: { 'x-ms-error-code': 'AuthenticationFailed' } }
    if (request.method === 'GET') {
      const now = new Date().toUTCString()
      const items = messages
        .lend(2)
        .map(
          ([each, text]) =>
            `<QueueMessage><MessageId>${each}</MessageId><InsertionTime>${now}</InsertionTime>` +
            `<ExpirationTime>${now}</ExpirationTime><PopReceipt>r-${each}</PopReceipt>` +
            `<TimeNextVisible>${now}</TimeNextVisible><DequeueCount>1</DequeueCount>` +
            `<MessageText>${base64(text)}</MessageText></QueueMessage>`,
        )
      return {
        headers: { 'content-type': 'application/xml' },
        body: `<?xml version="1.0" encoding="utf-8"?><QueueMessagesList>${items.join('')}</QueueMessagesList>`,
      }
    }
    if (request.method === 'DELETE') messages.texts.delete(id ?? '')
    else messages.giveBack(id ?? '')
    return { status: 204, headers: { 'x-ms-popreceipt': `r2-${id}` } }
  })
}
