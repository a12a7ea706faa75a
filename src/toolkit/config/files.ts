import { constants, type Stats } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { Fault } from '../../model/fault.ts'
import { errno } from '../../store/files.ts'
import { quoted } from '../../store/permissions.ts'
import { CONFIG_FILE } from './file-name.ts'

const MOST_BYTES = 256 * 1024

/** Where a configuration file stands: in the folder of the user's keys, or in the working folder. */
export type ConfigKind = 'user' | 'working'

/** A configuration file that is there. */
export interface ConfigText {
  kind: ConfigKind
  path: string
  text: string
}

/** A configuration file that is not used, with the reason. */
export interface IgnoredFile {
  kind: ConfigKind
  path: string
  ignored: string
}

/** Id of the user who runs this; absent on Windows, where modes say nothing. */
export type UserId = number | undefined

/**
 * Reads a configuration file; undefined if there is none. A file of the working folder that belongs to another user (and not to
 * root) is ignored: somebody else may have put it there.
 *
 * @throws Fault `tampered` for our own file that others can write, and for a user's file that is another user's; `usage` for one
 *   that cannot be read
 */
export async function readConfigFile(
  kind: ConfigKind,
  folder: string,
  uid: UserId,
): Promise<ConfigText | IgnoredFile | undefined> {
  const path = join(folder, CONFIG_FILE)
  // A pipe must not make us wait for its writer.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(
    (error: unknown) => {
      if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return undefined
      throw new Fault('usage', `cannot read the configuration: ${errno(error) ?? 'unknown'}`, { where: path })
    },
  )
  if (handle === undefined) return undefined
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new Fault('usage', 'this is not a file', { where: path })
    if (isStranger(stats, uid)) {
      const why = 'it belongs to another user'
      if (kind === 'working') return { kind, path, ignored: why }
      throw new Fault('tampered', `the configuration is not used: ${why}`, { where: path })
    }
    if (isLoose(stats, uid)) {
      const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0')
      throw new Fault('tampered', `others can write the configuration (mode ${mode}), so it is not used`, {
        where: path,
        next: `look at it, then: chmod go-w ${quoted(path)}`,
      })
    }
    if (stats.size > MOST_BYTES) {
      throw new Fault('usage', `a configuration has at most ${MOST_BYTES / 1024} KiB`, { where: path })
    }
    return { kind, path, text: await handle.readFile('utf8') }
  } finally {
    await handle.close()
  }
}

function isStranger({ uid: owner }: Stats, uid: UserId): boolean {
  return uid !== undefined && owner !== uid && owner !== 0
}

/** Whether others can write it. The group of the user alone, which many systems give each user, is no other. */
function isLoose({ mode, gid, uid: owner }: Stats, uid: UserId): boolean {
  if (uid === undefined) return false
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== owner)
}

/** Whether a folder is, or is below, one of those that the user trusts. */
export async function isTrusted(folder: string, trusted: readonly string[], from: string): Promise<boolean> {
  const own = await truePath(folder)
  for (const each of trusted) {
    const named = await truePath(fullPath(each, from))
    if (own === named || own.startsWith(named.endsWith('/') ? named : `${named}/`)) return true
  }
  return false
}

async function truePath(path: string): Promise<string> {
  return await realpath(path).catch(() => resolve(path))
}

/** Returns a path of a configuration as an absolute one: `~/` is the user's home, and a relative path begins at the file's folder. */
export function fullPath(path: string, file: string): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1))
  return isAbsolute(path) ? path : resolve(dirname(file), path)
}
