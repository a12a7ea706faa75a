import { Fault } from '../model/fault.ts'
import type { Timing } from '../model/timing.ts'
import { command } from './command.ts'
import type { Notifier } from './message.ts'
import { slack } from './slack.ts'
import { SECRET } from './targets.ts'
import { webhook } from './webhook.ts'

export type { Message, Notifier } from './message.ts'
export { openTargets } from './targets.ts'

/**
 * Opens everybody whom `--notify` names, and takes what it read of their secrets out of the environment, so that no program
 * that is started afterwards, by us or by a library, inherits them. Fault `usage`.
 */
export function openNotifiers(
  given: readonly string[],
  environment: NodeJS.ProcessEnv,
  timing: Timing,
): Notifier[] {
  const before = { ...environment }
  const notifiers = given.map(each => openNotifier(each, before, timing))
  delete environment[SECRET]
  for (const each of given) {
    const [, variable] = /^slack:(.+)$/s.exec(each) ?? []
    if (variable !== undefined) delete environment[variable]
  }
  return notifiers
}

/**
 * The forms of `--notify`: `webhook:URL` (its secret is in INTERDICT_WEBHOOK_SECRET), `slack:VARIABLE` (the URL is a secret,
 * and in that variable), `command:PROGRAM` or `command:["PROGRAM", "ARGUMENT"]`. Fault `usage`.
 */
function openNotifier(given: string, environment: NodeJS.ProcessEnv, timing: Timing): Notifier {
  const wrong = (message: string, next: string) => new Fault('usage', message, { where: '--notify', next })
  const [, scheme, rest = ''] = /^([a-z]+):(.+)$/s.exec(given) ?? []
  if (scheme === 'webhook') {
    if (!isUrl(rest)) throw wrong('not a URL of a webhook', 'webhook:https://host/path')
    const secret = environment[SECRET]
    if (!secret) throw wrong('the secret to sign with is missing', `set ${SECRET}`)
    return webhook(rest, secret, timing)
  }
  if (scheme === 'slack') {
    const url = /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest) ? environment[rest] : undefined
    if (url === undefined || !isUrl(url)) {
      throw wrong('no URL for slack', 'put it into an environment variable: it is a secret; then slack:NAME')
    }
    return slack(url, `slack:${rest}`, timing)
  }
  if (scheme === 'command') return command(argvOf(rest) ?? [rest], environment)
  throw wrong('not a way to notify', 'webhook:URL, slack:VARIABLE or command:PROGRAM')
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
    // Reported below.
  }
  throw new Fault('usage', 'not a list of a program and its arguments', {
    where: '--notify',
    next: 'command:["program", "argument"]',
  })
}
