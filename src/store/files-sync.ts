import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import { errno } from './file-fault.ts'
import { writeAllSync } from './file-operations.ts'
import {
  createSteps,
  makeFolderSteps,
  readSteps,
  removeSteps,
  replaceSteps,
  syncFolderSteps,
} from './file-steps.ts'
import { runSync } from './steps.ts'

export { errno } from './file-fault.ts'
export { writeAllSync } from './file-operations.ts'

/** The files of the store for short programs, such as a hook: promises of files would cost them more than the files. */

const NEWLINE = 0x0a

/**
 * Returns the bytes of a regular file; undefined if there is none. Throws Fault `tampered` for a link or another thing that is
 * not a file, `damaged` for more than `most` bytes, and else the system's error.
 */
export function readPlainSync(path: string, most: number): Buffer | undefined {
  return runSync(readSteps(path, most))
}

/** Makes a folder, and those above it, readable by its owner only. */
export function makeFolderSync(path: string): void {
  runSync(makeFolderSteps(path))
}

/**
 * Replaces a file, 0600, and makes its folder if it is missing: a reader sees the old content or the new, whole. `durable`: it is
 * on disk when this returns, else when the system writes it. Throws the system's error; the old content stays then.
 */
export function replaceFileSync(path: string, content: string, { durable = false } = {}): void {
  const bytes = Buffer.from(content)
  try {
    runSync(replaceSteps(path, bytes, durable))
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error
    makeFolderSync(dirname(path))
    runSync(replaceSteps(path, bytes, durable))
  }
}

/** Makes a file that must not exist yet, 0600, seen by nobody half written; false if it exists. It need not be on disk. */
export function createOnceSync(path: string, content: string): boolean {
  return runSync(createSteps(path, Buffer.from(content), { durable: false }))
}

/** Removes a file if it is there and can be removed. */
export function removeFileSync(path: string): void {
  runSync(removeSteps(path))
}

/** Makes the names in a folder durable, where the file system can. */
export function syncFolderSync(path: string): void {
  runSync(syncFolderSteps(path))
}

/**
 * Opens a file that grows, 0600; it is made if it is missing, and a link is not followed. Throws the system's error. The caller
 * closes it.
 */
export function openGrowingSync(path: string): number {
  return openSync(
    path,
    constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW,
    0o600,
  )
}

/**
 * Appends a line to a file that others follow; it is on disk when this returns. If a crash or a full disk left half a line at the
 * end, this ends it first, so that the new line is not joined to it. One process at a time may append; the caller holds the lock.
 */
export function appendLineSync(path: string, line: string): void {
  const file = openGrowingSync(path)
  try {
    writeAllSync(file, Buffer.from(endsWhole(file) ? line : `\n${line}`))
    fdatasyncSync(file)
  } finally {
    closeSync(file)
  }
}

function endsWhole(file: number): boolean {
  const { size } = fstatSync(file)
  if (size === 0) return true
  const last = Buffer.alloc(1)
  readSync(file, last, 0, 1, size - 1)
  return last[0] === NEWLINE
}
