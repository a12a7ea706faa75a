import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  promises,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { Fault } from '../model/fault.ts'
import { type Steps, step } from './steps.ts'

/** An open file: a number where the steps run at once, else a handle. */
export type Opened = number | promises.FileHandle

/** Returns the descriptor of an open file. */
export const numberOf = (file: Opened): number => (typeof file === 'number' ? file : file.fd)

/** Returns the handle of an open file. Fault `bug` for a file that was opened by its number. */
export function handleOf(file: Opened): promises.FileHandle {
  if (typeof file !== 'number') return file
  throw new Fault('bug', 'a file was opened in one way and is used in the other')
}

/** Opens a file; a new one gets mode 0600 unless `mode` says otherwise. Fails with the system's error. */
export const open = (path: string, flags: number, mode = 0o600): Steps<Opened> =>
  step<Opened>(
    () => openSync(path, flags, mode),
    () => promises.open(path, flags, mode),
  )

/** Closes a file. Call it once: a number may be another file's by then. */
export const close = (file: Opened): Steps<void> =>
  step(
    () => closeSync(numberOf(file)),
    () => handleOf(file).close(),
  )

/** Waits until the file's content and size are on disk (fsync). */
export const sync = (file: Opened): Steps<void> =>
  step(
    () => fsyncSync(numberOf(file)),
    () => handleOf(file).sync(),
  )

/** Gives the file mode 0600: its owner alone reads and writes it. */
export const chmod = (file: Opened): Steps<void> =>
  step(
    () => fchmodSync(numberOf(file), 0o600),
    () => handleOf(file).chmod(0o600),
  )

/** Writes every byte to the file; on a full disk it fails with `ENOSPC`. */
export const writeAll = (file: Opened, bytes: Uint8Array): Steps<void> =>
  step(
    () => writeAllSync(numberOf(file), bytes),
    () => handleOf(file).writeFile(bytes),
  )

/** Gives a file another name, in place of the file that has it (rename(2)). */
export const rename = (from: string, to: string): Steps<void> =>
  step(
    () => renameSync(from, to),
    () => promises.rename(from, to),
  )

/** Removes a name. Fails with `ENOENT` if nothing has it. */
export const unlink = (path: string): Steps<void> =>
  step(
    () => unlinkSync(path),
    () => promises.unlink(path),
  )

/** Writes every byte to an open file: a write may take less than it is given, and a full disk takes what fits. */
export function writeAllSync(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const written = writeSync(file, bytes, at)
    if (written === 0) throw nothingWritten()
    at += written
  }
}

/** Returns the error for a write that took nothing and reported no error. */
export function nothingWritten(): Error {
  return Object.assign(new Error('nothing was written'), { code: 'ENOSPC' })
}
