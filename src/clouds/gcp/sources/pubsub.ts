import type { AuthClient } from 'google-auth-library'
import { directOrProxy } from '../../../egress/agents.ts'
import { fetchOut } from '../../../egress/fetch.ts'
import { keepOwnDirect } from '../../../egress/proxy.ts'
import { Fault } from '../../../model/fault.ts'
import { answerFault, LEASE, type Queue, sentAt } from '../../../sources/queue.ts'

const SCOPE = 'https://www.googleapis.com/auth/pubsub'
const MOST = 100

export interface PubsubOptions {
  /** An emulator, `host:port` or a URL: no credentials are sent to it. */
  endpoint?: string | undefined
}

/**
 * A Google Pub/Sub subscription, over REST: `subscriptions.pull`, `acknowledge`, `modifyAckDeadline` ("Pub/Sub API,
 * REST Resource: v1.projects.subscriptions"). Credentials are Application Default Credentials. An acknowledgement is not
 * promised to hold: a message may come again, and is known by its record's id.
 */
export function pubsubQueue(subscription: string, { endpoint }: PubsubOptions = {}): Queue<string> {
  if (!/^projects\/[^/]+\/subscriptions\/[^/]+$/.test(subscription)) {
    throw new Fault('usage', `${JSON.stringify(subscription)} is not a subscription`, {
      where: '--source',
      next: 'write it like pubsub:projects/my-project/subscriptions/audit',
    })
  }
  const name = `pubsub:${subscription}`
  const origin =
    endpoint === undefined
      ? 'https://pubsub.googleapis.com'
      : new URL(endpoint.includes('://') ? endpoint : `http://${endpoint}`).origin
  let signedIn: Promise<AuthClient> | undefined

  async function headers(url: string): Promise<Headers> {
    if (endpoint !== undefined) return new Headers()
    signedIn ??= signIn()
    try {
      return new Headers(await (await signedIn).getRequestHeaders(url))
    } catch (error) {
      signedIn = undefined
      throw new Fault('not-authenticated', `${name}: ${error instanceof Error ? error.message : error}`, {
        next: 'gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS',
        cause: error,
      })
    }
  }

  async function call(verb: string, body: object, signal?: AbortSignal): Promise<unknown> {
    const operation = `pubsub.subscriptions.${verb}`
    const url = `${origin}/v1/${subscription}:${verb}`
    const head = await headers(url)
    head.set('content-type', 'application/json')
    const limit = AbortSignal.timeout(120_000)
    let answer: Response
    try {
      answer = await fetchOut(url, {
        method: 'POST',
        headers: head,
        body: JSON.stringify(body),
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      })
      const said = (await answer.json()) as { error?: { message?: string } }
      if (answer.ok) return said
      throw answerFault(name, operation, answer.status, said.error?.message ?? answer.statusText)
    } catch (error) {
      if (error instanceof Fault) throw error
      throw answerFault(name, operation, 0, error instanceof Error ? error.message : String(error), error)
    }
  }
  const deadline = async (ackIds: readonly string[], ackDeadlineSeconds: number) => {
    await call('modifyAckDeadline', { ackIds, ackDeadlineSeconds })
  }
  return {
    name,
    most: MOST,
    async receive(signal) {
      const answer = (await call('pull', { maxMessages: MOST }, signal)) as Pulled
      const messages = (answer.receivedMessages ?? []).flatMap(({ ackId, message }) =>
        ackId === undefined
          ? []
          : [
              {
                delivered: {
                  // `PubsubMessage.data` is always base64.
                  record: Buffer.from(message?.data ?? '', 'base64').toString('utf8'),
                  where: `${name} ${message?.messageId ?? ''}`,
                  sent: sentAt(Date.parse(message?.publishTime ?? '')),
                },
                lent: ackId,
              },
            ],
      )
      // The subscription's own deadline may be ten seconds.
      if (messages.length > 0) {
        const lent = messages.map(each => each.lent)
        await deadline(lent, LEASE).catch(() => undefined)
      }
      return messages
    },
    extend: ackIds => deadline(ackIds, LEASE),
    giveBack: ackIds => deadline(ackIds, 0),
    async remove(ackIds) {
      await call('acknowledge', { ackIds })
    },
  }
}

async function signIn(): Promise<AuthClient> {
  // Its metadata client reads the environment itself.
  keepOwnDirect()
  const { GoogleAuth, gaxios } = await import('google-auth-library')
  const transporter = new gaxios.Gaxios({ agent: directOrProxy })
  return await new GoogleAuth({ scopes: [SCOPE], clientOptions: { transporter } }).getClient()
}

interface Pulled {
  receivedMessages?: {
    ackId?: string
    message?: { data?: string; messageId?: string; publishTime?: string }
  }[]
}
