import { createHash } from 'node:crypto'
import { constants, type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { INPUT_LIMITS } from '../model/input-limits.ts'
import { AppendLog } from '../store/append-log.ts'
import { fileFault, openGrowing } from '../store/files.ts'
import type { Note } from './ports.ts'

export interface Aside {
  where: string
  reason: string
  excerpt: string
  /** How many records it stands for; absent for one. */
  times?: number
}

const { excerpt: EXCERPT, asideFile: MOST_BYTES, asideLines: LINES } = INPUT_LIMITS
/** Bytes at its end in which it is looked for what a restart brings again. */
const TAIL = 4 * 1024 * 1024
/** Notes about one reason of one source that are all reported; later ones are summed up. */
const NOTES = 20
/** Records that are known again. */
const KNOWN = 10_000

/** `set-aside.ndjson`: records that could not be understood, for a person. A repeated record is there once. */
export class SetAside {
  readonly #path: string
  readonly #file: AppendLog
  #known: Promise<Set<string>> | undefined
  readonly #reported = new Map<string, { notes: number; unsaid: number; due: number }>()

  constructor(folder: string) {
    this.#path = join(folder, 'set-aside.ndjson')
    const path = this.#path
    this.#file = new AppendLog({
      open: () => openGrowing(path),
      fault: error => fileFault('write', path, error),
      async rotate(size) {
        if (size <= MOST_BYTES) return false
        await rename(path, `${path}.1`)
        return true
      },
    })
  }

  /**
   * Resolves when they are on disk, with what is to be noted: one note, however many they are, and none for the hundreds
   * that follow with the same reason.
   */
  async keep(source: string, aside: readonly Aside[], at: string): Promise<Note[]> {
    this.#known ??= knownIn(this.#path)
    const known = await this.#known
    const lines = folded(aside).map(({ where, reason, excerpt, times = 1 }) => ({
      source,
      where,
      reason: reason.slice(0, EXCERPT),
      excerpt: excerpt.slice(0, EXCERPT).toWellFormed(),
      ...(times > 1 ? { count: times } : {}),
    }))
    const fresh = lines.filter(line => {
      const key = keyOf(line)
      return !known.has(key) && known.add(key)
    })
    for (const key of known) {
      if (known.size <= KNOWN) break
      known.delete(key)
    }
    if (fresh.length > 0) {
      const text = fresh.map(line => `${JSON.stringify({ at, ...line })}\n`).join('')
      await this.#file.append(Buffer.from(text), undefined)
    }
    const [{ where, reason } = { where: '', reason: '' }] = lines
    const count = aside.reduce((sum, { times = 1 }) => sum + times, 0)
    return this.#noted({ event: 'set-aside', source, where, reason, count })
  }

  /** The first notes about a reason of a source, then each time that there are twice as many. */
  #noted(note: Extract<Note, { event: 'set-aside' }>): Note[] {
    const key = JSON.stringify([note.source, note.reason])
    const known = this.#reported.get(key) ?? { notes: 0, unsaid: 0, due: 1 }
    this.#reported.set(key, known)
    known.notes++
    known.unsaid += note.count
    if (known.notes > NOTES && known.notes < known.due) return []
    known.due = 2 * known.notes
    const count = known.unsaid
    known.unsaid = 0
    if (this.#reported.size > KNOWN) this.#reported.clear()
    return [{ ...note, count }]
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

/** The first few with each reason as they are, and of all others with it one that stands for them. */
function folded(aside: readonly Aside[]): Aside[] {
  const kept: Aside[] = []
  const reasons = new Map<string, { count: number; rest?: Aside }>()
  for (const each of aside) {
    const known = reasons.get(each.reason) ?? { count: 0 }
    reasons.set(each.reason, known)
    known.count++
    if (known.count <= LINES) kept.push(each)
    else if (known.rest) known.rest.times = (known.rest.times ?? 1) + (each.times ?? 1)
    else {
      known.rest = { ...each }
      kept.push(known.rest)
    }
  }
  return kept
}

function keyOf({ source, where, reason, excerpt }: { source: string } & Aside): string {
  return createHash('sha256')
    .update(JSON.stringify([source, where, reason, excerpt]))
    .digest('base64')
}

/** Reads the end of the file; a torn last line was never believed, and is removed. */
async function knownIn(path: string): Promise<Set<string>> {
  const known = new Set<string>()
  let handle: FileHandle
  try {
    // Never through a link: the end of another file could be cut off.
    handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    // Not there yet; what else is wrong is said when it is written.
    return known
  }
  try {
    const { size } = await handle.stat()
    const from = Math.max(0, size - TAIL)
    const tail = Buffer.alloc(size - from)
    await handle.read(tail, 0, tail.length, from)
    const end = tail.lastIndexOf(0x0a) + 1
    if (end < tail.length) await handle.truncate(from + end)
    const lines = tail
      .subarray(0, end)
      .toString('utf8')
      .split('\n')
      .slice(from > 0 ? 1 : 0)
    for (const line of lines.slice(-KNOWN)) {
      try {
        known.add(keyOf(JSON.parse(line) as { source: string } & Aside))
      } catch {
        // Somebody edited it: then this one may be there twice.
      }
    }
    return known
  } finally {
    await handle.close()
  }
}
