import { type FileHandle, unlink } from 'node:fs/promises'
import { AppendLog } from '../store/append-log.ts'
import type { Head } from './head-files.ts'
import type { Journal } from './journal.ts'

/** The lines of a journal as one file. */
export function linesIn(path: string, handle: FileHandle): ConstructorParameters<typeof Journal>[0]['lines'] {
  return options => {
    const log = new AppendLog<Head>({ ...options, open: async () => handle })
    return {
      append: (line, head) => log.append(line, head),
      fail: error => log.fail(error),
      async close() {
        await log.close()
        await handle.close()
      },
      discard: () => unlink(path).catch(() => undefined),
    }
  }
}
