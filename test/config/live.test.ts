import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { FOLDERS } from '../../src/lab/gcp/seed/ids.ts'
import type { Case } from '../cases/case.ts'
import { gcpCase } from '../cases/gcp.ts'
import { Desk } from '../hostile/program.ts'
import { receiver } from './receiver.ts'

const LONG = 300_000
let desk: Desk
afterEach(() => desk.close())

/** Opens a desk whose user has this configuration. */
async function configured(text: string): Promise<void> {
  desk = await Desk.open(gcpCase() as Case)
  await mkdir(join(desk.folder, 'config'), { mode: 0o700 })
  await writeFile(join(desk.folder, 'config/interdict.yaml'), `version: 1\n${text}`, { mode: 0o600 })
}

async function json(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const { code, stdout, stderr } = await desk.interdict([...args, '--json'], environment)
  return { code, data: JSON.parse(stdout), stderr }
}

describe('the configuration beside the clouds themselves', () => {
  it(
    'names the accounts to look at, and a flag names others',
    async () => {
      await configured(`scope: { gcp: { folder: ["${FOLDERS.production}"] } }\n`)
      const accountsOf = async (...flags: string[]) => {
        const { code, data, stderr } = await json([
          'inventory',
          '--cloud',
          'gcp',
          '--kind',
          'service-account',
          ...flags,
        ])
        expect(code, stderr).toBe(0)
        const all = (data.identities as { account: string }[]).map(({ account }) => account)
        return [...new Set(all)].sort()
      }
      expect(await accountsOf()).toEqual(['acme-data', 'acme-prod'])
      expect(await accountsOf('--project', 'acme-shop')).toEqual(['acme-shop'])
    },
    LONG,
  )

  it(
    'fills in the accounts of a playbook that names its own alone, and they are recorded in the run',
    async () => {
      await configured(`scope: { gcp: { folder: ["${FOLDERS.production}"] } }\n`)
      const text = await readFile(desk.playbook, 'utf8')
      const own = 'gcp: { projects: [self] }'
      expect(text).toContain(own)
      const scopeOf = async (...flags: string[]) => (await json(['plan', desk.playbook, ...flags])).data.scope
      expect(await scopeOf()).toEqual({ gcp: { folders: [FOLDERS.production] } })
      expect(await scopeOf('--project', 'acme-shop')).toEqual({ gcp: { projects: ['acme-shop'] } })
      await writeFile(desk.playbook, text.replace(own, 'gcp: { projects: [acme-shop] }'))
      expect(await scopeOf()).toEqual({ gcp: { projects: ['acme-shop'] } })
    },
    LONG,
  )

  it(
    'notifies of a containment and a restore those whom it names',
    async () => {
      const hook = await receiver()
      try {
        await configured('notify: [ { slack: { env: HOOK } } ]\n')
        const environment = { HOOK: hook.url }
        const contained = await json(['contain', desk.playbook, '--yes', '--no-wait'], environment)
        expect([0, 7], contained.stderr).toContain(contained.code)
        const { run } = contained.data
        expect(hook.texts.splice(0)).toEqual([expect.stringMatching(`^CONTAINED.*: run ${run} of `)])
        const back = ['--accept-live-tokens', '--reason', 'rehearsed', '--yes']
        const restored = await json(['restore', run, ...back], environment)
        expect(restored.code, restored.stderr).toBe(0)
        expect(hook.texts.splice(0)).toEqual([expect.stringMatching(`^RESTORED: run ${run} of `)])
      } finally {
        hook.close()
      }
    },
    LONG,
  )
})
