import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue'
import { throughProxy } from '../../../egress/agents.ts'
import { keepOwnDirect, proxyFor } from '../../../egress/proxy.ts'
import { Fault } from '../../../model/fault.ts'
import { answerFault, bodyText, LEASE, type Queue, sentAt } from '../../../sources/queue.ts'

/** Messages in an answer ("Get Messages", Azure Storage REST API). */
const MOST = 32

export interface Lent {
  id: string
  /** Each extension gives a new one; the old one is worth nothing. */
  receipt: string
}

/**
 * An Azure Storage queue by its URL. Credentials: `AZURE_STORAGE_CONNECTION_STRING` if it is set, a SAS in the URL, else
 * the default chain of @azure/identity.
 */
export async function azureQueue(url: string, environment: NodeJS.ProcessEnv): Promise<Queue<Lent>> {
  const parsed = queueUrl(url)
  // A SAS is a secret.
  const name = `azqueue:${parsed.origin}${parsed.pathname}`
  const client = await clientOf(parsed, environment)
  const call = async <Answer>(
    operation: string,
    work: (abortSignal: AbortSignal) => Promise<Answer>,
    signal?: AbortSignal,
  ): Promise<Answer> => {
    // A connection that died without a word would be waited for without end.
    const limit = AbortSignal.timeout(120_000)
    try {
      return await work(signal ? AbortSignal.any([signal, limit]) : limit)
    } catch (error) {
      const {
        statusCode = 0,
        code,
        message,
      } = error as { statusCode?: number; code?: string; message?: string }
      const said = code ?? message?.split('\n', 1)[0] ?? 'no answer'
      if ((error as Error).name === 'CredentialUnavailableError' || code === 'AuthenticationFailed') {
        throw answerFault(name, operation, 401, said)
      }
      throw answerFault(name, operation, statusCode, said, error)
    }
  }
  const lend = async (lent: readonly Lent[], seconds: number) => {
    await Promise.all(
      lent.map(async each => {
        const { popReceipt } = await call('Update Message', abortSignal =>
          client.updateMessage(each.id, each.receipt, undefined, seconds, { abortSignal }),
        )
        if (popReceipt !== undefined) each.receipt = popReceipt
      }),
    )
  }
  return {
    name,
    most: MOST,
    async receive(signal) {
      const { receivedMessageItems } = await call(
        'Get Messages',
        abortSignal =>
          client.receiveMessages({ numberOfMessages: MOST, visibilityTimeout: LEASE, abortSignal }),
        signal,
      )
      return receivedMessageItems.map(
        ({ messageId, popReceipt, messageText, insertedOn }: DequeuedMessageItem) => ({
          delivered: {
            record: bodyText(messageText),
            where: `${name} ${messageId}`,
            sent: sentAt(insertedOn?.getTime()),
          },
          lent: { id: messageId, receipt: popReceipt },
        }),
      )
    },
    extend: lent => lend(lent, LEASE),
    giveBack: lent => lend(lent, 0),
    async remove(lent) {
      const removed = await Promise.allSettled(
        lent.map(({ id, receipt }) =>
          call('Delete Message', abortSignal =>
            client.deleteMessage(id, receipt, { abortSignal }).catch(unlessGone),
          ),
        ),
      )
      const failed = removed.find(each => each.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}

/** A removal whose answer was lost is asked for again by the SDK, and is not found then. */
function unlessGone(error: unknown): void {
  if ((error as { code?: string }).code !== 'MessageNotFound') throw error
}

async function clientOf(url: URL, environment: NodeJS.ProcessEnv): Promise<QueueClient> {
  const { QueueClient } = await import('@azure/storage-queue')
  const connection = environment['AZURE_STORAGE_CONNECTION_STRING']
  const proxy = proxySettings(url)
  const options = {
    retryOptions: { maxTries: 3, retryDelayInMs: 250, tryTimeoutInMs: 30_000 },
    ...(proxy === undefined ? {} : { proxyOptions: proxy }),
  }
  if (connection !== undefined && connection !== '') {
    const queue = url.pathname.split('/').filter(Boolean).at(-1) ?? ''
    return new QueueClient(connection, queue, options)
  }
  if (url.searchParams.has('sig')) return new QueueClient(url.href, undefined, options)
  const [{ DefaultAzureCredential }, { createDefaultHttpClient }] = await Promise.all([
    import('@azure/identity'),
    import('@azure/core-rest-pipeline'),
  ])
  const httpClient = throughProxy(createDefaultHttpClient())
  return new QueueClient(url.href, new DefaultAzureCredential({ httpClient }), options)
}

/** The proxy as Azure's client takes it, which must not choose one by itself where we connect directly. */
function proxySettings(url: URL) {
  const proxy = proxyFor(url)
  keepOwnDirect(process.env, proxy === undefined ? url.hostname : undefined)
  if (proxy === undefined) return undefined
  const { protocol, hostname, port, username, password } = proxy
  return {
    host: `${protocol}//${hostname}`,
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  }
}

function queueUrl(url: string): URL {
  if (URL.canParse(url) && /^https?:/.test(url) && new URL(url).pathname.length > 1) return new URL(url)
  throw new Fault('usage', `${JSON.stringify(url.replace(/\?.*/s, ''))} is no URL of a queue`, {
    where: '--source',
    next: 'write it like azqueue:https://account.queue.core.windows.net/events',
  })
}
