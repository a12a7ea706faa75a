import { constants, fstatSync, linkSync, lstatSync, mkdirSync, promises, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Fault } from '../model/fault.ts'
import { REAL } from '../model/timing.ts'
import { PLATFORM } from '../platform/platform.ts'
import { errno } from './file-fault.ts'
import {
  chmod,
  close,
  handleOf,
  numberOf,
  type Opened,
  open,
  rename,
  sync,
  unlink,
  writeAll,
} from './file-operations.ts'
import { type Steps, step } from './steps.ts'

/** Reads a regular file; see `readPlain`. */
export function* readSteps(path: string, most: number): Steps<Buffer | undefined> {
  let file: Opened
  try {
    file = yield* open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return undefined
    if (errno(error) !== 'ELOOP') throw error
    throw new Fault('tampered', 'a link stands where a file should be', { where: path })
  }
  try {
    const opened = file
    const { size, mode } = yield* step(
      () => fstatSync(numberOf(opened)),
      () => handleOf(opened).stat(),
    )
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) {
      throw new Fault('tampered', 'this should be a regular file', { where: path })
    }
    if (size > most) throw new Fault('damaged', `too large: ${size} bytes`, { where: path })
    return yield* step<Buffer>(
      () => readFileSync(numberOf(opened)),
      () => handleOf(opened).readFile(),
    )
  } finally {
    yield* close(file)
  }
}

/** Makes the names in a folder durable; see `syncFolder`. */
export function* syncFolderSteps(path: string): Steps<void> {
  if (!PLATFORM.syncsFolders) return
  let folder: Opened
  try {
    folder = yield* open(path, constants.O_RDONLY)
  } catch (error) {
    // One that may be written to and not read.
    if (errno(error) === 'EACCES') return
    throw error
  }
  try {
    yield* sync(folder)
  } catch (error) {
    if (errno(error) !== 'EINVAL' && errno(error) !== 'ENOTSUP') throw error
  } finally {
    yield* close(folder)
  }
}

let made = 0

function newName(path: string): string {
  const chance = Math.floor(REAL.random() * 2 ** 48).toString(16)
  return join(dirname(path), `.${basename(path)}.${process.pid}.${made++}.${chance}`)
}

/** Writes a file of a name that is not taken; 0600. The caller renames or links it. */
function* writeBeside(beside: string, content: Uint8Array, durable: boolean): Steps<void> {
  const file = yield* open(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
  try {
    // The mask of the process may have taken more away, and never adds.
    yield* chmod(file)
    yield* writeAll(file, content)
    if (durable) yield* sync(file)
  } catch (error) {
    yield* removeSteps(beside)
    throw error
  } finally {
    yield* close(file)
  }
}

/** Replaces a file; see `replaceFile`. */
export function* replaceSteps(path: string, content: Uint8Array, durable: boolean): Steps<void> {
  const beside = newName(path)
  yield* writeBeside(beside, content, durable)
  try {
    yield* rename(beside, path)
  } catch (error) {
    yield* removeSteps(beside)
    throw error
  }
  if (durable) yield* syncFolderSteps(dirname(path))
}

/** How a file that does not exist is made. */
export interface Creation {
  durable: boolean
  /** Name of the unfinished file; a new name by default. It must not be taken. */
  beside?: string
  /** Where the file system has no links: `exclusive` never writes over another file, `whole` never leaves half a file. */
  withoutLinks?: 'exclusive' | 'whole'
}

/** Makes a file that does not exist; see `createOnce`. */
export function* createSteps(
  path: string,
  content: Uint8Array,
  { durable, beside = newName(path), withoutLinks = 'exclusive' }: Creation,
): Steps<boolean> {
  yield* writeBeside(beside, content, durable)
  try {
    yield* step(
      () => linkSync(beside, path),
      () => promises.link(beside, path),
    )
  } catch (error) {
    if (errno(error) === 'EEXIST') return false
    if (!NO_LINKS.has(errno(error) ?? '')) throw error
    const created =
      withoutLinks === 'whole'
        ? yield* renameToFree(beside, path)
        : yield* createExclusive(path, content, durable)
    if (!created) return false
  } finally {
    yield* removeSteps(beside)
  }
  if (durable) yield* syncFolderSteps(dirname(path))
  return true
}

const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

function* renameToFree(beside: string, path: string): Steps<boolean> {
  try {
    yield* step(
      () => void lstatSync(path),
      async () => void (await promises.lstat(path)),
    )
    return false
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error
  }
  yield* rename(beside, path)
  return true
}

function* createExclusive(path: string, content: Uint8Array, durable: boolean): Steps<boolean> {
  let file: Opened
  try {
    file = yield* open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
  } catch (error) {
    if (errno(error) === 'EEXIST') return false
    throw error
  }
  try {
    yield* writeAll(file, content)
    if (durable) yield* sync(file)
  } catch (error) {
    yield* removeSteps(path)
    throw error
  } finally {
    yield* close(file)
  }
  return true
}

/** Removes a file where it can. */
export function* removeSteps(path: string): Steps<void> {
  try {
    yield* unlink(path)
  } catch {
    // It is missing, or not ours to remove: the next one who makes it finds out.
  }
}

/** Makes a folder, and those above it; 0700. */
export function* makeFolderSteps(path: string): Steps<void> {
  const options = { recursive: true, mode: 0o700 }
  yield* step(
    () => void mkdirSync(path, options),
    async () => void (await promises.mkdir(path, options)),
  )
}
