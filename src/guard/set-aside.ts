import { join } from 'node:path'
import { Appender } from './disk.ts'
import type { Note } from './ports.ts'

export interface Aside {
  where: string
  reason: string
  excerpt: string
}

const EXCERPT = 1_000
/** Bytes; then the file becomes the older one, and the older one goes. */
const MOST_BYTES = 64 * 1024 * 1024

/** `set-aside.ndjson`: records that could not be understood, for a person. */
export class SetAside {
  readonly #file: Appender

  constructor(folder: string) {
    this.#file = new Appender(join(folder, 'set-aside.ndjson'), MOST_BYTES)
  }

  /** Resolves when they are on disk, with what is to be told: one note, however many they are. */
  async keep(source: string, aside: readonly Aside[], at: string): Promise<Note> {
    const lines = aside.map(({ where, reason, excerpt }) =>
      JSON.stringify({
        at,
        source,
        where,
        reason: reason.slice(0, EXCERPT),
        excerpt: excerpt.slice(0, EXCERPT).toWellFormed(),
      }),
    )
    await this.#file.append(lines.map(line => `${line}\n`).join(''))
    const [{ where, reason } = { where: '', reason: '' }] = aside
    return { event: 'set-aside', source, where, reason: reason.slice(0, EXCERPT), count: aside.length }
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
