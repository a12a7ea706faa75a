import type { Timing } from '../model/timing.ts'
import type { Notifier } from './message.ts'
import { slackLine } from './one-line.ts'
import { post } from './post.ts'

/**
 * An incoming webhook as Slack, Mattermost and others take it: `{"text": …}`. Names come from attackers: they can
 * neither link nor call a channel.
 */
export function slack(url: string, name: string, timing: Timing): Notifier {
  return {
    name,
    async send({ text }, signal) {
      await post({
        name,
        url,
        body: JSON.stringify({
          text: slackLine(text),
          mrkdwn: false,
          link_names: false,
          unfurl_links: false,
          unfurl_media: false,
        }),
        headers: () => ({}),
        timing,
        signal,
      })
    },
  }
}
