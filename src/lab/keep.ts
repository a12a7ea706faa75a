import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** What a lab's file holds. */
export interface Kept {
  id: string
  /** Milliseconds. */
  clockOffset: number
  /** By cloud. */
  estates: { [cloud: string]: unknown }
}

const VERSION = 2

/** undefined when there is no file. @throws TypeError for a file that is not a lab's; system errors */
export async function load(file: string): Promise<Kept | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const kept = parse(text)
  if (kept === undefined) throw new TypeError(`${file} holds no lab`)
  return kept
}

function parse(text: string): Kept | undefined {
  try {
    const { version, ...kept } = JSON.parse(text) as Kept & { version: unknown }
    const isOurs =
      version === VERSION &&
      typeof kept.id === 'string' &&
      typeof kept.estates === 'object' &&
      kept.estates !== null
    return isOurs && Number.isFinite(kept.clockOffset) ? kept : undefined
  } catch {
    return undefined
  }
}

/**
 * A function that writes what there is to the file, whole or not at all, and resolves when it is there. Calls that come
 * while it writes share the next writing.
 */
export function keep(file: string, current: () => Kept): () => Promise<void> {
  let writing: Promise<void> | undefined
  let next: Promise<void> | undefined
  const write = async () => {
    const temporary = `${file}.${randomUUID()}`
    await mkdir(dirname(file), { recursive: true })
    try {
      // It holds secret keys, if only of the lab.
      const handle = await open(temporary, 'wx', 0o600)
      try {
        await handle.writeFile(JSON.stringify({ version: VERSION, ...current() }))
      } finally {
        await handle.close()
      }
      await rename(temporary, file)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
  const begin = () => {
    writing = write().finally(() => {
      writing = undefined
    })
    return writing
  }
  return () => {
    if (writing === undefined) return begin()
    next ??= writing
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return begin()
      })
    return next
  }
}
