import { constants, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Fault } from '../model/fault.ts'
import { AppendLog } from '../store/append-log.ts'
import { errno, makeFolder } from '../store/files.ts'

/** Appends lines to a file, 0600; each append is on disk when it resolves. Those that come together share a write. */
export class Appender {
  readonly #log: AppendLog

  /** @param most bytes, after which the file is moved to `<path>.1` and begun anew */
  constructor(path: string, most = Number.POSITIVE_INFINITY) {
    this.#log = new AppendLog({
      async open() {
        await makeFolder(dirname(path))
        const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW
        return await open(path, flags, 0o600)
      },
      fault: error => diskFault('write', path, error),
      async rotate(size) {
        if (size <= most) return false
        await rename(path, `${path}.1`)
        return true
      },
    })
  }

  append(text: string): Promise<void> {
    return this.#log.append(Buffer.from(text), undefined)
  }

  async close(): Promise<void> {
    await this.#log.close()
  }
}

function diskFault(doing: string, path: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  return new Fault('journal', `cannot ${doing}: ${errno(error) ?? String(error)}`, {
    where: path,
    next: 'check the folder, its permissions and the disk; what was not acknowledged comes again',
    cause: error,
  })
}
