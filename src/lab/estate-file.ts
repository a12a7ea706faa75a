import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The content of a lab's file. */
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

export interface Keeper {
  /** Notes a change; resolves when the file may count as up to date. @throws system errors of a writing */
  changed(): Promise<void>
  /** Resolves when the file says what there is. @throws system errors */
  flush(): Promise<void>
}

/**
 * Writes what there is to the file, whole or not at all. Changes that come while it writes share the next writing.
 * @param withinMs 0: a change waits until it is in the file. More: it does not wait, and is there so many milliseconds
 * later at the latest; a writing that failed is reported by the next change.
 */
export function keeper(file: string, current: () => Kept, withinMs = 0): Keeper {
  const write = serialised(async () => replace(file, current()))
  if (withinMs === 0) return { changed: write, flush: write }
  let timer: NodeJS.Timeout | undefined
  let failure: { error: unknown } | undefined
  const begin = () => {
    timer = undefined
    write().catch((error: unknown) => {
      failure = { error }
    })
  }
  return {
    async changed() {
      const failed = failure
      failure = undefined
      timer ??= setTimeout(begin, withinMs)
      if (failed !== undefined) throw failed.error
    },
    async flush() {
      clearTimeout(timer)
      timer = undefined
      await write()
    },
  }
}

async function replace(file: string, kept: Kept): Promise<void> {
  const temporary = `${file}.${randomUUID()}`
  await mkdir(dirname(file), { recursive: true })
  try {
    // It holds secret keys, if only of the lab.
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(JSON.stringify({ version: VERSION, ...kept }))
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Runs one at a time: requests that arrive meanwhile share the next run. */
function serialised(work: () => Promise<void>): () => Promise<void> {
  let working: Promise<void> | undefined
  let next: Promise<void> | undefined
  const begin = () => {
    working = work().finally(() => {
      working = undefined
    })
    return working
  }
  return () => {
    if (working === undefined) return begin()
    next ??= working
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return begin()
      })
    return next
  }
}
