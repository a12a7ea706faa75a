import { dirname } from 'node:path'
import { Fault } from '../model/fault.ts'
import { fileFault, makeFolder, readPlain, replaceFile } from './files.ts'

/** Stands for "no file" among the hashes that a head accepts. */
export const NONE = ''

/** The head of a sealed file, as JSON in the configuration; undefined where none was ever written. */
export async function readHead(path: string): Promise<unknown> {
  const text = (await readPlain(path))?.toString('utf8')
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    // The same for JSON of another shape.
    return null
  }
}

/** @param fresh whether the folder may have to be made */
export async function writeHead(path: string, head: object, fresh = false): Promise<void> {
  try {
    if (fresh) await makeFolder(dirname(path))
    await replaceFile(path, `${JSON.stringify(head)}\n`)
  } catch (error) {
    throw fileFault('record the head of a sealed file', path, error)
  }
}

/** Whether a head says that there is no file, or that nothing is in it. */
export function isEmptyHead(head: unknown): boolean {
  if (typeof head !== 'object' || head === null || 'next' in head) return false
  if ('accept' in head) return Array.isArray(head.accept) && head.accept.every(each => each === NONE)
  return 'seq' in head && head.seq === -1
}

/** The message about a sealed file that is not believed. */
export function unbelieved(path: string, why: string): Fault {
  return new Fault('tampered', why, { where: path, next: RECOVER })
}

const RECOVER =
  'find out who wrote it; to go on without what it says, give the same command with --trust-state: the file is renamed and not read'
