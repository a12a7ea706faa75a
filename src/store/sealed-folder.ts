import { join } from 'node:path'
import type { OwnKey } from './own-key.ts'
import { SealedFile } from './sealed-file.ts'
import { SealedLog } from './sealed-log.ts'
import type { SealedPlace } from './sealed-place.ts'

/** A folder in the state folder whose files are believed only if this machine wrote them, and wrote them last. */
export class SealedFolder {
  /** Absolute path of the folder. */
  readonly path: string
  readonly #name: string
  readonly #of: { state: string; id: string; heads: string; key: OwnKey }

  /**
   * @param name folder in the state folder, with `/` between its parts
   * @param of the state folder, its identity, and where in the configuration its heads are
   */
  constructor(name: string, of: { state: string; id: string; heads: string; key: OwnKey }) {
    this.path = join(of.state, ...name.split('/'))
    this.#name = name
    this.#of = of
  }

  /** A file that is replaced whole. */
  file(name: string): SealedFile {
    return new SealedFile(this.#place(name))
  }

  /** A file that grows by lines. */
  log(name: string): SealedLog {
    return new SealedLog(this.#place(name))
  }

  #place(name: string): SealedPlace {
    const { id, heads, key } = this.#of
    const kind = `${this.#name}/${name}`
    return {
      path: join(this.path, name),
      purpose: `interdict ${kind} ${id}`,
      head: join(headsFolder(heads), kind.replaceAll('/', '.')),
      key,
    }
  }
}

/** Folder of the heads of sealed files, among the heads of the runs of a state folder. */
export function headsFolder(heads: string): string {
  return join(heads, 'files')
}
