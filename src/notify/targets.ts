import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { Fault } from '../model/fault.ts'
import type { NotifyTarget, SecretReference } from '../model/notify-target.ts'
import type { Timing } from '../model/timing.ts'
import { command } from './command.ts'
import type { Notifier } from './message.ts'
import { slack } from './slack.ts'
import { webhook } from './webhook.ts'

/** The variable of the key that webhooks are signed with. */
export const SECRET = 'INTERDICT_WEBHOOK_SECRET'
/** More than any URL or key. */
const MOST_BYTES = 16 * 1024
/** Others may not read or write what holds a secret. */
const OTHERS = 0o066

/**
 * Opens everybody whom a configuration names, and takes the variables that it read out of the environment. Faults: `usage` for a
 * variable or a file that is missing or holds no URL, `tampered` for a file that others can read.
 */
export function openTargets(
  targets: readonly NotifyTarget[],
  environment: NodeJS.ProcessEnv,
  timing: Timing,
): Notifier[] {
  const read: string[] = []
  const before = { ...environment }
  const secretOf = (of: SecretReference): string => {
    if ('file' in of) return secretIn(of.file)
    read.push(of.env)
    const value = before[of.env]
    if (value) return value
    throw new Fault('usage', `the environment variable ${of.env} is not set`, {
      where: 'notify',
      next: `set ${of.env}, or give --notify`,
    })
  }
  const urlOf = (of: SecretReference): string => {
    const url = secretOf(of)
    if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url
    throw new Fault('usage', `${nameOf(of)} holds no URL`, { where: 'notify', next: 'https://host/path' })
  }
  const notifiers = targets.map(target => {
    if ('webhook' in target) {
      return webhook(urlOf(target.webhook), secretOf(target.secret ?? { env: SECRET }), timing)
    }
    if ('slack' in target) return slack(urlOf(target.slack), `slack:${nameOf(target.slack)}`, timing)
    return command([target.command].flat(), environment)
  })
  for (const variable of read) delete environment[variable]
  return notifiers
}

function nameOf(of: SecretReference): string {
  return 'file' in of ? of.file : of.env
}

function secretIn(path: string): string {
  const wrong = (message: string, next?: string) =>
    new Fault('usage', message, { where: path, ...(next === undefined ? {} : { next }) })
  let handle: number
  try {
    handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw wrong(`cannot read a secret of the configuration: ${(error as NodeJS.ErrnoException).code ?? ''}`)
  }
  try {
    const stats = fstatSync(handle)
    if (!stats.isFile() || stats.size > MOST_BYTES) throw wrong('this is not a file that holds a secret')
    // As with keys, what belongs to root has the mode that the platform gives it.
    if (stats.uid === process.getuid?.() && (stats.mode & OTHERS) !== 0) {
      throw new Fault('tampered', 'others can read or write the file of a secret', {
        where: path,
        next: `chmod 600 ${path}`,
      })
    }
    const text = readFileSync(handle, 'utf8').trim()
    if (text === '') throw wrong('the file of a secret is empty')
    return text
  } finally {
    closeSync(handle)
  }
}
