import { Fault } from '../model/fault.ts'
import { command } from './command.ts'
import type { Notifier } from './message.ts'
import { slack } from './slack.ts'
import { webhook } from './webhook.ts'

export type { Message, Notifier } from './message.ts'

const SECRET = 'INTERDICT_WEBHOOK_SECRET'

/**
 * What `--notify` names: `webhook:URL` (its secret is in INTERDICT_WEBHOOK_SECRET), `slack:VARIABLE` (the URL is a secret,
 * and in that variable), `command:PROGRAM` or `command:["PROGRAM", "ARGUMENT"]`. Fault `usage`.
 */
export function openNotifier(given: string, environment: NodeJS.ProcessEnv): Notifier {
  const wrong = (message: string, next: string) => new Fault('usage', message, { where: '--notify', next })
  const [, scheme, rest = ''] = /^([a-z]+):(.+)$/s.exec(given) ?? []
  if (scheme === 'webhook') {
    if (!isUrl(rest)) throw wrong('this is no URL of a webhook', 'webhook:https://host/path')
    const secret = environment[SECRET]
    if (!secret) throw wrong(`there is no secret to sign with`, `set ${SECRET}`)
    return webhook(rest, secret)
  }
  if (scheme === 'slack') {
    const url = /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest) ? environment[rest] : undefined
    if (url === undefined || !isUrl(url)) {
      throw wrong('no URL for slack', 'put it into an environment variable: it is a secret; then slack:NAME')
    }
    return slack(url, `slack:${rest}`)
  }
  if (scheme === 'command') return command(argvOf(rest) ?? [rest])
  throw wrong('this is no way to notify', 'webhook:URL, slack:VARIABLE or command:PROGRAM')
}

function isUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function argvOf(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const argv: unknown = JSON.parse(text)
    if (Array.isArray(argv) && argv.length > 0 && argv.every(each => typeof each === 'string')) return argv
  } catch {
    // Said below.
  }
  throw new Fault('usage', 'this is no list of a program and its arguments', {
    where: '--notify',
    next: 'command:["program", "argument"]',
  })
}
