import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../model/fault.ts'
import { errno, fileFault, makeFolder, readPlain, replaceFile } from '../store/files.ts'
import type { ChainEnd } from '../store/hash-chain.ts'
import { placeFile } from '../store/state-place.ts'
import { isRunId } from './run-id.ts'

/** The last entry of a run that is known to have been on disk; -1: the run was created here, and nothing of it is known to be. */
export interface Head extends ChainEnd {
  /**
   * Ids of all identities of which the run may hold something, and of their owners; empty: it holds nothing. Missing:
   * not known, as in heads of older versions.
   */
  held?: readonly string[]
}

/** The head of a run of which no entry is on disk yet. */
export const BEGUN: Head = { seq: -1, hash: '' }

/** Returns the head in a file; undefined if there is none. Rejects with Fault `damaged`. */
export async function readHead(path: string, run: string): Promise<Head | undefined> {
  const text = (await readPlain(path))?.toString('utf8')
  if (text === undefined) return undefined
  try {
    const head: unknown = JSON.parse(text)
    if (isHead(head)) return head
  } catch {
    // Reported below.
  }
  throw new Fault('damaged', `the record of the head of run ${run} cannot be read`, {
    where: path,
    next: 'compare the run with a copy you trust; if it is right, delete this file',
  })
}

/** Writes the head of a run into a folder, which is made if it is missing. */
export async function writeHead(folder: string, run: string, head: Head): Promise<void> {
  await makeFolder(folder)
  await replaceFile(join(folder, `${run}.json`), `${JSON.stringify(head)}\n`)
}

/** Notes beside the heads in a folder where their state is: a path or a URL. */
export async function notePlace(folder: string, place: string): Promise<void> {
  const path = placeFile(folder)
  const text = `${place}\n`
  if ((await readPlain(path))?.toString('utf8') !== text) await replaceFile(path, text)
}

/** Returns the names in a folder; none where it does not exist. Rejects with Fault `journal`. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return []
    throw fileFault('read', folder, error)
  }
}

/** Returns the runs whose heads are in a folder. */
export async function runsIn(folder: string): Promise<string[]> {
  return (await namesIn(folder))
    .filter(name => name.endsWith('.json'))
    .map(name => name.slice(0, -5))
    .filter(isRunId)
}

/** Returns the runs that may hold something, by the heads in a folder. */
export async function mayHoldRuns(folder: string): Promise<string[]> {
  const held: string[] = []
  for (const run of await runsIn(folder)) {
    const head = await readHead(join(folder, `${run}.json`), run).catch(() => undefined)
    if (head?.seq === BEGUN.seq || head?.held?.length === 0) continue
    held.push(run)
  }
  return held
}

function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null || !('seq' in value) || !('hash' in value)) return false
  const held = 'held' in value ? value.held : undefined
  const ids = held === undefined || (Array.isArray(held) && held.every(each => typeof each === 'string'))
  return Number.isSafeInteger(value.seq) && typeof value.hash === 'string' && ids
}
