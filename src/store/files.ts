import { randomBytes } from 'node:crypto'
import { constants, type FileHandle, link, mkdir, open, realpath, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Fault } from '../model/fault.ts'

/** Largest file that is read into memory; a journal of a million entries is about half of it. */
const MOST_BYTES = 1024 * 1024 * 1024

/** The system's error code (`ENOENT`), if the thrown thing has one. */
export function errno(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Fault `journal` for a failed file operation. */
export function fileFault(doing: string, path: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  const reason = errno(error) ?? (error instanceof Error ? error.message : String(error))
  return new Fault('journal', `cannot ${doing}: ${reason}`, {
    where: path,
    next: HINTS[reason] ?? 'check the folder, its permissions and the disk',
    cause: error,
  })
}

const HINTS: { [code: string]: string } = {
  ENOSPC: 'free some disk space',
  EDQUOT: 'free some of your disk quota',
  EFBIG: 'raise the file size limit (ulimit -f)',
  EROFS: 'choose folders that can be written, with --state and --config',
  EACCES: 'become the user who owns the folder, or choose others with --state and --config',
  EPERM: 'become the user who owns the folder, or choose others with --state and --config',
}

/** Makes a folder, and those above it, readable by its owner only. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

/** Makes the names in a folder durable; a file system that cannot sync folders is left to its own devices. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } catch (error) {
    if (errno(error) !== 'EINVAL' && errno(error) !== 'ENOTSUP') throw error
  } finally {
    await handle.close()
  }
}

/** The bytes of a regular file, or undefined when there is none. Links and pipes are refused, and never followed. */
export async function readPlain(path: string): Promise<Buffer | undefined> {
  let handle: FileHandle
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return undefined
    if (errno(error) === 'ELOOP')
      throw new Fault('tampered', 'a link stands where a file should be', { where: path })
    throw fileFault('read', path, error)
  }
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new Fault('tampered', 'this should be a regular file', { where: path })
    if (stat.size > MOST_BYTES) throw new Fault('damaged', `too large: ${stat.size} bytes`, { where: path })
    return await handle.readFile()
  } catch (error) {
    throw fileFault('read', path, error)
  } finally {
    await handle.close()
  }
}

/** Writes a file beside `path`, on disk before this returns; 0600. The caller renames or links it. */
async function writeBeside(path: string, content: string | Buffer): Promise<string> {
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  const handle = await open(beside, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } catch (error) {
    await unlink(beside).catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
  return beside
}

/** Replaces a file at once: a reader sees the old content or the new, whole. */
export async function replaceFile(path: string, content: string | Buffer): Promise<void> {
  const beside = await writeBeside(path, content)
  try {
    await rename(beside, path)
  } catch (error) {
    await unlink(beside).catch(() => undefined)
    throw error
  }
}

/**
 * Makes a file that must not exist yet; false when it does. A link to a finished file, not O_EXCL alone: nobody may
 * see it half written.
 */
export async function createOnce(path: string, content: string | Buffer): Promise<boolean> {
  const beside = await writeBeside(path, content)
  try {
    await link(beside, path)
    return true
  } catch (error) {
    if (errno(error) === 'EEXIST') return false
    if (!NO_LINKS.has(errno(error) ?? '')) throw error
    return await createExclusive(path, content)
  } finally {
    await unlink(beside).catch(() => undefined)
  }
}

const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

async function createExclusive(path: string, content: string | Buffer): Promise<boolean> {
  let handle: FileHandle
  try {
    handle = await open(path, 'wx', 0o600)
  } catch (error) {
    if (errno(error) === 'EEXIST') return false
    throw error
  }
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return true
}

/** The path with links resolved, also where its last parts do not exist (yet, or any more). */
export async function truePath(path: string): Promise<string> {
  const whole = resolve(path)
  try {
    return await realpath(whole)
  } catch {
    const above = dirname(whole)
    return above === whole ? whole : join(await truePath(above), basename(whole))
  }
}
