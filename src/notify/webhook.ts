import { createHmac } from 'node:crypto'
import type { Timing } from '../model/timing.ts'
import type { Notifier } from './message.ts'
import { jsonLine, oneLine } from './one-line.ts'
import { post } from './post.ts'

/**
 * The name is the host alone: many receivers keep their token in the path.
 *
 * Posts `{id, event, time, text, …}` as JSON. `interdict-signature: t=<unix seconds>,v1=<hex>` is the HMAC-SHA256 of
 * `<t>.<body>`: a receiver checks it, refuses an old `t`, and drops an id that it has had.
 */
export function webhook(url: string, secret: string, timing: Timing): Notifier {
  const { protocol, host } = new URL(url)
  const name = `webhook:${protocol}//${host}`
  return {
    name,
    async send({ id, event, time, text, body }, signal) {
      const sent = jsonLine({ ...body, id, event, time, text: oneLine(text) })
      await post({
        name,
        url,
        body: sent,
        headers: () => ({
          'interdict-id': id,
          'interdict-signature': signature(sent, secret, Math.floor(timing.date() / 1000)),
        }),
        timing,
        signal,
      })
    },
  }
}

/** @param at seconds since 1970 */
export function signature(body: string, secret: string, at: number): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
}
