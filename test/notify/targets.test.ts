import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { setConfiguration } from '../../src/cli/current-configuration.ts'
import { notifiersFor } from '../../src/cli/notifiers.ts'
import type { NotifyTarget } from '../../src/model/notify-target.ts'
import { openTargets } from '../../src/notify/index.ts'
import { combined } from '../../src/toolkit/config/configuration.ts'
import { receiver } from '../config/receiver.ts'
import { skippingTime } from '../skipping-time.ts'

const folder = mkdtempSync(join(tmpdir(), 'interdict-targets-'))

/** A file with a secret. */
function secretFile(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

const open = (targets: NotifyTarget[], environment: NodeJS.ProcessEnv = {}) =>
  openTargets(targets, environment, skippingTime())

describe('a receiver that the configuration names', () => {
  it('is reached by the URL of a variable or a file, and the variable is taken out of the environment', async () => {
    const hook = await receiver()
    try {
      const environment = { HOOK: hook.url, KEY: 'hush', OTHER: 'stays' }
      const notifiers = open(
        [
          { slack: { env: 'HOOK' } },
          { slack: { file: secretFile('url', `${hook.url}\n`) } },
          { webhook: { env: 'HOOK' }, secret: { env: 'KEY' } },
        ],
        environment,
      )
      expect(environment).toEqual({ OTHER: 'stays' })
      const message = { id: '1', event: 'e', time: '2026-01-01T00:00:00.000Z', text: 'hello', body: {} }
      for (const notifier of notifiers) await notifier.send(message)
      expect(hook.texts).toEqual(['hello', 'hello', 'hello'])
      expect(notifiers.map(({ name }) => name).join()).not.toContain('/hook')
    } finally {
      hook.close()
    }
  })

  it.each<[string, NotifyTarget, object]>([
    ['a variable that is not set', { slack: { env: 'HOOK' } }, { code: 'usage', message: /HOOK is not set/ }],
    ['no URL', { slack: { file: secretFile('word', 'hush') } }, { code: 'usage', message: /holds no URL/ }],
    [
      'a key of a webhook that is missing',
      { webhook: { file: secretFile('hook', 'http://127.0.0.1:1/x') } },
      { code: 'usage', message: /INTERDICT_WEBHOOK_SECRET is not set/ },
    ],
    [
      'a file that others can read',
      { slack: { file: secretFile('loose', 'http://127.0.0.1:1/x', 0o644) } },
      { code: 'tampered', next: `chmod 600 ${join(folder, 'loose')}` },
    ],
    [
      'a file that is missing',
      { slack: { file: join(folder, 'none') } },
      { code: 'usage', message: /ENOENT/ },
    ],
    ['an empty file', { slack: { file: secretFile('empty', '\n') } }, { code: 'usage', message: /empty/ }],
    ['a folder', { slack: { file: folder } }, { code: 'usage' }],
  ])('is refused with %s, without its secret', (_, target, { message, ...fault }: { message?: RegExp }) => {
    const refused = (() => {
      try {
        open([target])
      } catch (error) {
        return error as Error
      }
      throw new Error('not refused')
    })()
    expect(refused).toMatchObject(fault)
    if (message) expect(refused.message).toMatch(message)
    expect(`${refused.message}${JSON.stringify(refused)}`).not.toContain('hush')
  })
})

describe('those who are notified', () => {
  afterEach(() => setConfiguration(undefined))
  const namesOf = async (flags: Parameters<typeof notifiersFor>[0]) =>
    (await notifiersFor(flags, skippingTime())).map(({ name }) => name)

  it('are those of the flag, else those of the configuration, and in the lab those of the flag alone', async () => {
    setConfiguration({ ...combined([], [], undefined), notify: [{ command: 'page' }] })
    expect(await namesOf({})).toEqual(['command:page'])
    expect(await namesOf({ notify: ['command:call'] })).toEqual(['command:call'])
    expect(await namesOf({ lab: true })).toEqual([])
    expect(await namesOf({ lab: true, notify: ['command:call'] })).toEqual(['command:call'])
    setConfiguration(undefined)
    expect(await namesOf({})).toEqual([])
  })
})
