import type { Notifier } from './message.ts'
import { post } from './post.ts'

/**
 * An incoming webhook as Slack, Mattermost and others take it: `{"text": …}`. Names come from attackers: `&`, `<` and `>`
 * are escaped, so that they can neither link nor call a channel (Slack, "Formatting text for app surfaces").
 */
export function slack(url: string, name: string, backoff?: number): Notifier {
  return {
    name,
    async send({ text }, signal) {
      const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
      await post({
        name,
        url,
        body: JSON.stringify({ text: escaped, mrkdwn: false }),
        headers: () => ({}),
        signal,
        ...(backoff === undefined ? {} : { backoff }),
      })
    },
  }
}
