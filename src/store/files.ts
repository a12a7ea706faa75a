import { constants, type FileHandle, lstat, open, realpath, rename } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { errno, fileFault } from './file-fault.ts'
import {
  type Creation,
  createSteps,
  makeFolderSteps,
  readSteps,
  replaceSteps,
  syncFolderSteps,
} from './file-steps.ts'
import { runAsync } from './steps.ts'

export { errno, fileFault }

/** Largest file that is read into memory; a journal of a million entries is about half of it. */
const MOST_BYTES = 1024 * 1024 * 1024

/** Makes a folder, and those above it, readable by its owner only. */
export function makeFolder(path: string): Promise<void> {
  return runAsync(makeFolderSteps(path))
}

/** Makes the names in a folder durable; where the file system cannot sync folders, it does nothing. */
export function syncFolder(path: string): Promise<void> {
  return runAsync(syncFolderSteps(path))
}

/**
 * Returns the bytes of a regular file, at most 1 GiB; undefined if there is none. Rejects with Fault `tampered` for a link or
 * another thing that is not a file, which it never follows; `damaged` for a file that is larger; `journal` for one that cannot
 * be read.
 */
export async function readPlain(path: string): Promise<Buffer | undefined> {
  try {
    return await runAsync(readSteps(path, MOST_BYTES))
  } catch (error) {
    throw fileFault('read', path, error)
  }
}

/**
 * Replaces a file, 0600: a reader sees the old content or the new, whole. The new content and its name are on disk when this
 * resolves. Rejects with the system's error; the old content stays then.
 */
export function replaceFile(path: string, content: string | Buffer): Promise<void> {
  return runAsync(replaceSteps(path, Buffer.from(content), true))
}

/**
 * Makes a file that must not exist yet, 0600; resolves to false when it does. It is never visible half written: it is a link to a
 * finished file, where the file system has links. It is on disk, with its name, when this resolves to true. Rejects with the
 * system's error.
 */
export function createOnce(
  path: string,
  content: string | Buffer,
  options: Omit<Creation, 'durable'> = {},
): Promise<boolean> {
  return runAsync(createSteps(path, Buffer.from(content), { ...options, durable: true }))
}

/**
 * Opens a file that grows, 0600; it is made if it is missing, its name is then on disk, and a link is not followed. Rejects with
 * the system's error. The caller closes it.
 */
export async function openGrowing(path: string): Promise<FileHandle> {
  await makeFolder(dirname(path))
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants
  const handle = await open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
  if ((await handle.stat()).size === 0) await syncFolder(dirname(path))
  return handle
}

/**
 * Renames a file to `<path>.<word>-<n>` with the first free number; resolves to the new path, or to undefined if there is no such
 * file. Rejects with Fault `journal`.
 */
export async function renameAside(path: string, word: string): Promise<string | undefined> {
  for (let n = 1; ; n++) {
    const aside = `${path}.${word}-${n}`
    try {
      if (await lstat(aside).catch(() => undefined)) continue
      await rename(path, aside)
      return aside
    } catch (error) {
      if (errno(error) === 'ENOENT') return undefined
      throw fileFault('rename', path, error)
    }
  }
}

/** Returns the path with links resolved, also if its last parts do not exist. */
export async function truePath(path: string): Promise<string> {
  const whole = resolve(path)
  try {
    return await realpath(whole)
  } catch {
    const above = dirname(whole)
    return above === whole ? whole : join(await truePath(above), basename(whole))
  }
}
