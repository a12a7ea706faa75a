import { closeSync, constants, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Synchronous and small: a hook of the gate asks this before every decision. */

/** The file in a state folder that holds its identity: 32 hex digits, made on first use. */
export const ID_FILE = 'id'
const ID = /^[0-9a-f]{32}$/

/**
 * - `fresh`: nothing was ever recorded here
 * - `known`: its identity was seen on this machine, wherever the folder was then
 * - `legacy`: known by its path, as versions before the identity did it
 * - `unseen`: it has journals, and this machine never saw its identity: a copy of another machine's, or of long ago
 * - `replaced`: another state folder was here, and what that one holds is not in this one
 */
export interface StatePlace {
  kind: 'fresh' | 'known' | 'legacy' | 'unseen' | 'replaced'
  id: string | undefined
  /** Folder of the heads; it need not exist. */
  heads: string
  /** Folder of the heads of the state that was here before. */
  was?: string
  /** Whether there are journals in it. */
  journals: boolean
}

/**
 * Returns what this machine knows of a state folder.
 *
 * @param state path with links resolved
 * @param config folder of the keys
 * @param digest SHA-256 in hex: the gate has one of its own
 */
export function placeOf(state: string, config: string, digest: (text: string) => string): StatePlace {
  const heads = join(config, 'heads')
  const id = readId(state)
  const own = join(heads, id ?? '')
  const journals = hasJournals(state)
  if (id !== undefined && isFolder(own)) return { kind: 'known', id, heads: own, journals }
  const legacy = legacyHeads(state, config, digest)
  if (isFolder(legacy)) return { kind: 'legacy', id, heads: legacy, journals }
  const named = id === undefined ? legacy : own
  const was = formerHeads(state, heads)
  if (was !== undefined) return { kind: 'replaced', id, heads: named, was, journals }
  return { kind: journals ? 'unseen' : 'fresh', id, heads: named, journals }
}

/** Folder of the heads as it was named after the path of the state folder. */
export function legacyHeads(state: string, config: string, digest: (text: string) => string): string {
  return join(config, 'heads', digest(state).slice(0, 16))
}

/** File beside the heads that says where their state folder was last written to. */
export function placeFile(heads: string): string {
  return join(heads, 'place')
}

function readId(state: string): string | undefined {
  const text = readSmall(join(state, ID_FILE))?.trim()
  return text !== undefined && ID.test(text) ? text : undefined
}

/** The heads of the state folder that was last written to at this path. */
function formerHeads(state: string, heads: string): string | undefined {
  return namesIn(heads)
    .filter(name => ID.test(name))
    .map(name => join(heads, name))
    .find(folder => readSmall(placeFile(folder)) === `${state}\n`)
}

function hasJournals(state: string): boolean {
  return namesIn(join(state, 'runs')).some(name => name.endsWith('.jsonl'))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function readSmall(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    return readFileSync(file, 'utf8').slice(0, 8_192)
  } catch {
    return undefined
  } finally {
    closeSync(file)
  }
}
