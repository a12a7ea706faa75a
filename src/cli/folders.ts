import { homedir, platform } from 'node:os'
import { join, resolve } from 'node:path'
import type { Folders } from '../toolkit/host.ts'
import { configuration } from './current-configuration.ts'

/** The folders that were asked for, else those of the configuration, else the user's own, by the conventions of the system. */
export function foldersOf(flags: { state?: string | undefined; config?: string | undefined }): Folders {
  return {
    state: resolve(flags.state ?? configuration()?.state ?? join(dataHome(), 'interdict')),
    config: configFolder(flags),
  }
}

/** The folder of the keys, and of the user's `interdict.yaml`. */
export function configFolder(flags: { config?: string | undefined }): string {
  return resolve(flags.config ?? join(configHome(), 'interdict'))
}

function dataHome(): string {
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Application Support')
  if (platform() === 'win32') return process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local')
  return process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share')
}

function configHome(): string {
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Preferences')
  if (platform() === 'win32') return process.env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming')
  return process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config')
}
