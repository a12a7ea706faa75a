import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Synchronous, since a hook is a short process: promises of files would cost it more than the files. */

/** The system's error code (`ENOENT`), if the thrown thing has one. */
export function errno(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The content of a regular file that is no link, or undefined when there is none. */
export function readWhole(path: string, most: number): Buffer | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return undefined
    throw error
  }
  try {
    const { size, mode } = fstatSync(file)
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error(`${path} should be a regular file`)
    if (size > most) throw new Error(`${path} is too large: ${size} bytes`)
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
}

/** Writes every byte; a write may take less than it is given, and a full disk takes what fits. */
function writeWhole(file: number, content: string): void {
  const bytes = Buffer.from(content)
  for (let at = 0; at < bytes.length; ) {
    const written = writeSync(file, bytes, at)
    if (written === 0) throw new Error('the disk is full')
    at += written
  }
}

let made = 0

/** Replaces a file at once; 0600. `durable`: on disk before this returns. */
export function replaceWhole(path: string, content: string, durable = false): void {
  const beside = `${path}.${process.pid}.${made++}`
  const write = () => {
    const file = openSync(beside, 'wx', 0o600)
    try {
      writeWhole(file, content)
      if (durable) fdatasyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(beside, path)
  }
  try {
    write()
  } catch (error) {
    removeIfThere(beside)
    if (errno(error) === 'ENOENT') makeFolder(dirname(path))
    else if (errno(error) !== 'EEXIST') throw error
    write()
  }
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Not there, or not ours to remove: whoever makes it again will say.
  }
}
