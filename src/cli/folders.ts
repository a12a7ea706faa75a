import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { PLATFORM } from '../platform/platform.ts'
import type { Folders } from '../toolkit/host.ts'

/** The folders that were asked for, else the user's own, by the conventions of the system. */
export function foldersOf(flags: { state?: string | undefined; config?: string | undefined }): Folders {
  return {
    state: resolve(flags.state ?? join(PLATFORM.dataHome(process.env, homedir()), 'interdict')),
    config: resolve(flags.config ?? join(PLATFORM.configHome(process.env, homedir()), 'interdict')),
  }
}
