import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { PLATFORM } from '../platform/platform.ts'
import type { Folders } from '../toolkit/host.ts'
import { configuration } from './current-configuration.ts'

/** The folders that were asked for, else those of the configuration, else the user's own, by the conventions of the system. */
export function foldersOf(flags: { state?: string | undefined; config?: string | undefined }): Folders {
  return {
    state: resolve(
      flags.state ?? configuration()?.state ?? join(PLATFORM.dataHome(process.env, homedir()), 'interdict'),
    ),
    config: configFolder(flags),
  }
}

/** The folder of the keys, and of the user's `interdict.yaml`. */
export function configFolder(flags: { config?: string | undefined }): string {
  return resolve(flags.config ?? join(PLATFORM.configHome(process.env, homedir()), 'interdict'))
}
