import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Configuration } from '../../src/toolkit/config/configuration.ts'
import { type ConfigRequest, loadConfiguration } from '../../src/toolkit/config/load.ts'

/** A working folder and a folder of the user's keys, with the configuration in each. */
export interface ConfigFolders {
  working: string
  user: string
  /** Writes `interdict.yaml`; `version: 1` is added. */
  write(where: 'working' | 'user', text: string, mode?: number): string
  load(request?: Partial<ConfigRequest>): Promise<Configuration>
}

export function configFolders(): ConfigFolders {
  const root = mkdtempSync(join(tmpdir(), 'interdict-config-'))
  const working = join(root, 'working')
  const user = join(root, 'user')
  for (const folder of [working, user]) mkdirSync(folder)
  return {
    working,
    user,
    write(where, text, mode = 0o644) {
      const path = join(where === 'user' ? user : working, 'interdict.yaml')
      writeFileSync(path, `version: 1\n${text}`)
      chmodSync(path, mode)
      return path
    },
    load: request => loadConfiguration({ working, user, uid: process.getuid?.(), ...request }),
  }
}
