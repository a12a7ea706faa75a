import { dirname } from 'node:path'
import { type Fault, toFault } from '../model/fault.ts'
import { fileFault, makeFolder, readPlain, renameAside, replaceFile } from './files.ts'
import { closeLine, openLine } from './hash-chain.ts'
import { NONE, readHead, unbelieved, writeHead } from './sealed-head.ts'
import { isSealed, type SealedPlace, sealOf } from './sealed-place.ts'

/**
 * A JSON value in a file that is replaced whole. It is sealed as one line, and the head in the configuration holds the
 * hash of the newest, so that an older copy, a copy of another file, or no file is not taken for it.
 */
export class SealedFile {
  /** Absolute path of the file. */
  readonly path: string
  readonly #place: SealedPlace
  /** The last write; the next one begins when it is over, since each needs to know what may be on disk. */
  #writing: Promise<unknown> = Promise.resolve()
  /** Hashes that may be on disk; undefined: not read yet. */
  #accepted: readonly string[] | undefined

  constructor(place: SealedPlace) {
    this.path = place.path
    this.#place = place
  }

  /** @returns undefined when none was ever written. @throws Fault `tampered` when it is not what was written last */
  async read(): Promise<unknown> {
    for (;;) {
      const accepted = await this.#accept()
      try {
        return await this.#read(accepted)
      } catch (error) {
        // A reader beside a watch that is running: the file was replaced between the two readings.
        if (accepted.join() === (await this.#accept()).join()) throw error
      }
    }
  }

  async #read(accepted: readonly string[]): Promise<unknown> {
    const { path } = this
    const bytes = await readPlain(path)
    if (bytes === undefined) {
      if (accepted.includes(NONE)) return undefined
      throw unbelieved(path, 'the file is missing, and one was written')
    }
    const end = bytes.indexOf(0x0a)
    const line = end === bytes.length - 1 ? openLine(bytes.subarray(0, -1)) : undefined
    if (!line) {
      throw unbelieved(path, 'the file is not sealed: an older version wrote it, or somebody else')
    }
    if (!line.intact) throw unbelieved(path, 'the file was altered')
    if (!isSealed(line, this.#place)) {
      throw unbelieved(path, 'the file is not sealed by this machine as what it stands for')
    }
    if (!accepted.includes(line.hash)) {
      throw unbelieved(path, 'the file is an older one, or was never written here')
    }
    return line.value['value']
  }

  /**
   * Replaces the value; it is on disk when this resolves. Writes are carried out in the order of the calls. Fault `journal`.
   *
   * @returns its bytes
   */
  async write(value: unknown): Promise<number> {
    const writing = this.#writing.then(() => this.#write(value))
    this.#writing = writing.catch(() => undefined)
    return await writing
  }

  async #write(value: unknown): Promise<number> {
    const before = await this.#accept()
    const text = `{"v":1,"value":${JSON.stringify(value)}}`
    const { hash, line } = closeLine(text, each => sealOf(each, this.#place))
    try {
      // Killed between the two, either of them is the newest.
      await this.#accepting([...before, hash])
      await makeFolder(dirname(this.path))
      await replaceFile(this.path, line)
    } catch (error) {
      throw fileFault('write', this.path, error)
    }
    await this.#accepting([hash])
    return line.length
  }

  /** Why the file is not believed; undefined if it is. */
  async flaw(): Promise<Fault | undefined> {
    try {
      await this.read()
      return undefined
    } catch (error) {
      return toFault(error)
    }
  }

  /** Goes on without the file: it is renamed, and never believed again. @returns its new path, if there was one */
  async setAside(): Promise<string | undefined> {
    const aside = await renameAside(this.path, 'refused')
    await this.#accepting([NONE])
    return aside
  }

  async #accept(): Promise<readonly string[]> {
    if (this.#accepted) return this.#accepted
    const head = await readHead(this.#place.head)
    if (head === undefined) return [NONE]
    if (isHead(head)) return head.accept
    throw unbelieved(this.#place.head, 'the head of a sealed file cannot be read')
  }

  async #accepting(accept: readonly string[]): Promise<void> {
    await writeHead(this.#place.head, { v: 1, accept }, this.#accepted === undefined)
    this.#accepted = accept
  }
}

function isHead(head: unknown): head is { accept: string[] } {
  return (
    typeof head === 'object' &&
    head !== null &&
    'accept' in head &&
    Array.isArray(head.accept) &&
    head.accept.every(each => typeof each === 'string')
  )
}
