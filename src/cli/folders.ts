import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Fault } from '../model/fault.ts'
import { isStoreUrl } from '../model/store-url.ts'
import { PLATFORM } from '../platform/platform.ts'
import type { Folders } from '../toolkit/host.ts'
import { configuration } from './current-configuration.ts'

/**
 * The folders that were asked for, else those of the configuration, else the user's own, by the conventions of the system.
 *
 * @throws Fault `usage` for a URL, which would become a folder of that name
 */
export function foldersOf(flags: { state?: string | undefined; config?: string | undefined }): Folders {
  refuseUrl(flags.state)
  return {
    state: resolve(
      flags.state ?? configuration()?.state ?? join(PLATFORM.dataHome(process.env, homedir()), 'interdict'),
    ),
    config: configFolder(flags),
  }
}

function refuseUrl(state: string | undefined): void {
  if (state === undefined || !isStoreUrl(state)) return
  throw new Fault('usage', 'the runs are kept in a folder, and this is a URL', {
    where: '--state (or INTERDICT_STATE)',
    next: 'name a folder of this machine',
  })
}

/** The folder of the keys, and of the user's `interdict.yaml`. */
export function configFolder(flags: { config?: string | undefined }): string {
  return resolve(flags.config ?? join(PLATFORM.configHome(process.env, homedir()), 'interdict'))
}
